"""What is done in a scene: products by name, acts by their figures, and clear refusals."""

import pytest

from commensal.mouth.errors import SceneError
from commensal.mouth.exposure import Exposure, Slow
from commensal.mouth.scenes.reading import read_text

HEAD = 'format = "commensal.mouth-scene/1"\n[day]\nbegins = "07:00"\nends = "31:00"\n[[site]]\n'


def exposures(text):
    return read_text(HEAD + text, "s")


def test_a_product_is_looked_up_and_keeps_the_words_it_was_told_in():
    scene = exposures('[[exposure]]\nat = "07:30"\nwhat = "Brushing with toothpaste"\n')
    (one,), (product,) = scene.day.exposures, scene.products
    assert (one.name, one.at_min, one.duration_min) == ("Brushing with toothpaste", 450.0, 2.0)
    assert one.holds_mmol_l == {"fluoride": 15.8}
    assert product.name == "brushing with fluoride paste"
    assert product.mark in scene.marks


def test_an_act_may_be_given_by_its_figures():
    told = (
        '[[exposure]]\nat = "08:00"\nwhat = "my rinse"\nduration_min = 1\nkills_to_um = 20\nholds_mmol_l = { fluoride = 12 }\n'
        "lingers = { fluoride = { amount_umol = 2, half_min = 70 } }\nremoves = { between = 0.5 }\n"
        "kills_log10 = { mutans = 1 }\nadds_g_m2 = { mitis = 0.1 }\n"
    )
    (one,) = exposures(told).day.exposures
    assert one == Exposure(
        name="my rinse", at_min=480.0, duration_min=1.0, holds_mmol_l={"fluoride": 12.0},
        lingers={"fluoride": Slow(amount_umol=2.0, half_min=70.0)}, removes={"between": 0.5},
        kills_log10={"mutans": 1.0}, kills_to_um=20.0, adds_g_m2={"mitis": 0.1},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ('what = "floss"\n', r"exposure 1: at: expected a time in quotes"),
        ('at = "08:00"\n', r"exposure 1: what: expected what is done"),
        ('at = "08:00"\nwhat = "flos"\n', r"expected a product of data/products.csv, got flos; did you mean floss\?"),
        ('at = "08:00"\nwhat = "x"\nremoves = { cheek = 0.5 }\n', r"duration_min: expected how many minutes it takes"),
        ('at = "08:00"\nwhat = "x"\nduration_min = 1\nremoves = { lip = 0.5 }\n', r"removes must name everywhere"),
        ('at = "08:00"\nwhat = "x"\nduration_min = 1\nholds_mmol_l = { soap = 5 }\n', r"expected solutes of .*'soap'"),
        ('at = "08:00"\nwhat = "x"\nduration_min = 1\nlingers = { fluoride = 5 }\n', r"lingers"),
        ('at = "08:00"\nwhat = "floss"\nhow = "hard"\n', r"the unknown name 'how'"),
        ('at = "31:00"\nwhat = "floss"\n', r"end before 1860 min"),
        ('at = "08:00"\nwhat = "floss"\n[[exposure]]\nat = "08:00"\nwhat = "brushing"\n', r"done at the same time"),
    ],
)
def test_what_cannot_be_done_is_refused(told, message):
    with pytest.raises(SceneError, match=message):
        exposures("[[exposure]]\n" + told)


def test_nothing_is_eaten_while_teeth_are_brushed():
    told = '[[exposure]]\nat = "08:00"\nwhat = "brushing"\n[[intake]]\nat = "08:01"\nwhat = "cola"\nduration_min = 5\n'
    with pytest.raises(SceneError, match=r"brushing: nothing is eaten or drunk meanwhile, got cola"):
        exposures(told)
