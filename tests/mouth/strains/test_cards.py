"""Cards: what is read, and what is refused with one clear line."""

import pytest

from commensal.mouth.community import Community
from commensal.mouth.errors import StrainError
from commensal.mouth.parameters import data_file
from commensal.mouth.processes.table import load_guilds
from commensal.mouth.strains.reading import MAX_BYTES, find, parse_card, read_card, read_cards, shipped
from commensal.mouth.strains.strain import strains_table
from commensal.provenance import Mark
from tests.mouth.strains.cards import FULL, figure, least


def test_the_shipped_strains_are_those_of_the_strain_sheet_each_from_a_file_of_its_name():
    assert set(shipped()) == {"bcs3_l1", "jh1140", "a2jm", "jh145", "dentisani_7746", "a12", "k12", "m18"}
    files = {one.name for one in data_file("strains").iterdir()}
    assert files == {f"{name}.toml" for name in shipped()}
    assert shipped()["bcs3_l1"].is_engineered
    assert not shipped()["jh145"].is_engineered


def test_the_card_of_the_specification_is_read_whole():
    card = parse_card(FULL, "spec")
    assert card.kill_switch.cells == 1e13
    assert card.kill_switch.kill_per_h == pytest.approx(9.0 * 2.302585 / 6.0)
    assert card.overrides["example.q_arginine"].high == 10.0
    assert card.overrides["example.kill_unrescued"].mark is Mark.SEEN
    assert card.spectrum_overrides["mutans.half_dentisanin"].value == 0.8
    assert [one.name for one in card.mics_ug_ml] == ["amoxicillin", "clindamycin"]
    assert len(card.approvals) == 2


def test_a_strain_in_a_community_has_its_own_figures_and_its_parents_niche():
    strain = parse_card(least(more=figure("q_sugar", 4, "mmol/g/h")), "plain")
    community = Community(shares={"mutans": 0.5, "mitis": 1.0, "plain": 0.5}, strains=(strain,))
    found = community.table().parameters
    assert found["plain.q_sugar"].value == 4.0
    assert found["mutans.q_sugar"].value == load_guilds()["mutans.q_sugar"].value
    assert set(community.niches_g_l()) == {"host_nutrient.mutans", "host_nutrient.mitis"}
    assert "host_nutrient.plain" not in community.table().states
    with pytest.raises(ValueError, match="shares must name every strain"):
        Community(shares={"mutans": 1.0}, strains=(strain,))


def test_the_spectrum_of_a_card_changes_who_is_harmed_and_two_that_disagree_are_refused():
    one = parse_card(FULL, "spec")
    table = strains_table(("mutans", "example"), [one])
    assert table.parameters["mutans.half_dentisanin"].value == 0.8
    other = parse_card(FULL.replace('id = "example"', 'id = "other"').replace("value = 0.8", "value = 0.9"), "other")
    with pytest.raises(StrainError, match=r"expected the mutans.half_dentisanin of the other strains, got 0.9 ug/mL"):
        strains_table(("mutans", "example", "other"), [one, other])
    with pytest.raises(StrainError, match="ids of their own"):
        strains_table(("mutans", "example"), [one, one])


SAID = '\ntext = "x"\nsource = "y"\n'
BAD = {
    "a parent that is no guild": (least(parent="mutanss"), "expected one of the guilds .* did you mean mutans"),
    "an id with capitals": (least(id="Plain"), "id: expected 2 to 32 of a-z"),
    "a guild's name": (least(id="mitis"), "a name that no guild has"),
    "no evidence": (least().split("\n[[evidence]]")[0], "evidence: expected at least one statement"),
    "evidence without a mark": (least().replace('mark = "seen"', ""), "evidence 1: mark: expected a line of text"),
    "a mark that is none": (least().replace('"seen"', '"sure"'), "expected a mark: seen, derived"),
    "a figure without a mark": (least(more=figure("q_sugar", 4, "mmol/g/h").replace("mark", "note")), "parameter 1: mark"),
    "an unknown parameter": (least(more=figure("q_suger", 4, "mmol/g/h")), "did you mean q_sugar"),
    "another guild's parameter": (least(more=figure("q_arginine", 4, "mmol/g/h")), "a parameter of the guild mutans"),
    "another unit": (least(more=figure("q_sugar", 4, "1/h")), "unit: expected mmol/g/h"),
    "a negative rate": (least(more=figure("q_sugar", -4, "mmol/g/h")), "value: expected a number, 0 to inf|expected a number"),
    "not a number": (least(more=figure("q_sugar", "nan", "mmol/g/h")), "expected a number"),
    "outside its own range": (least(more=figure("q_sugar", 4, "mmol/g/h", 5, 6)), "low <= value <= high"),
    "impossible growth": (least(more=figure("mu_sugar", 30, "1/h")), "a growth rate of at most 3 /h"),
    "lowest pH above best": (least(more=figure("growth_ph_lowest", 7, "1")), "growth_ph: expected lowest < best"),
    "a yield sugar cannot give": (least(more=figure("lactate_yield", 3, "1")), "kinetics: .*ferment_fast"),
    "a yield at the end of its range": (least(more=figure("lactate_yield", 1, "1", 1, 3)), "kinetics: .*ferment_fast"),
    "one parameter twice": (least(more=2 * figure("q_sugar", 4, "mmol/g/h")), "each parameter once"),
    "an unknown name": (least(top="colour = 3\n"), "unknown name 'colour'"),
    "another format": (least().replace("card/1", "card/9"), 'format = "commensal.strain-card/1"'),
    "escapes without cells": (FULL.replace("cells = 1e13\n", ""), "both or neither"),
    "more escapes than cells": (FULL.replace("escapes = 0", "escapes = 9").replace("1e13", "5"), "both or neither"),
    "a half of a guild unharmed": (FULL.replace("is_harmed = true", "is_harmed = false"), "half: expected a figure > 0"),
    "a digest that is none": (least(top='genome_sha256 = "abc"\n'), "the SHA-256 of the genome"),
    "a day that is none": (FULL.replace("2026-01-31", "yesterday"), "a day as 2026-01-31"),
    "truncated": (FULL[:400], "expected a strain card in TOML"),
    "brackets without end": ("a = " + 9999 * "[", "expected a strain card in TOML"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_card_that_cannot_be_is_refused_with_one_line(what):
    text, said = BAD[what]
    with pytest.raises(StrainError, match=said) as refused:
        parse_card(text, "mine.toml")
    assert str(refused.value).startswith("mine.toml:")
    assert "\n" not in str(refused.value)


def test_files_that_are_no_cards_are_refused(tmp_path):
    huge, binary, folder = tmp_path / "huge.toml", tmp_path / "binary.toml", tmp_path / "folder.toml"
    huge.write_text("#" * (MAX_BYTES + 1))
    binary.write_bytes(bytes(range(256)))
    folder.mkdir()
    for path, said in (
        (huge, "at most 65536 bytes"),
        (binary, "UTF-8"),
        (folder, "got a folder"),
        (tmp_path / "no.toml", "can be read"),
    ):
        with pytest.raises(StrainError, match=said):
            read_card(path)
    with pytest.raises(StrainError, match="did you mean bcs3_l1"):
        find("bcs3-l1")


def test_two_cards_with_one_id_are_refused(tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(least())
    with pytest.raises(
        StrainError, match=r"b.toml: id: expected an id that no other card has, got 'plain', which a.toml"
    ):
        read_cards([tmp_path / "a.toml", tmp_path / "b.toml"])
