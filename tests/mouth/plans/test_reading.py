"""A plan file is read whole and right, or refused with one clear message."""

import pytest

from commensal.mouth.errors import SceneError
from commensal.mouth.plans import read_plan

HEAD = 'format = "commensal.mouth-plan/1"\n'
DAY = '[day]\nbegins = "07:00"\nends = "31:00"\n'


def read(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path)


def test_a_plan_of_a_day_alone_is_an_adults(tmp_path):
    plan = read(tmp_path, HEAD + DAY)
    assert (plan.title, len(plan.twin.dentition.present), plan.twin.enamel.deficit_vol_percent_um) == ("plan", 28, 0.0)


def test_teeth_are_those_of_the_age_or_those_named(tmp_path):
    child = read(tmp_path, HEAD + "[teeth]\nage_y = 5\nabsent = ['51']\n" + DAY)
    assert len(child.twin.dentition.present) == 19
    named = read(tmp_path, HEAD + "[teeth]\npresent = ['11', '46']\nplaque = 'caries_active'\n" + DAY)
    assert named.twin.dentition.present == {"11", "46"}
    assert named.twin.community.shares["mutans"] == 0.05


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('format = "commensal.mouth-scene/1"\n' + DAY, r'format: expected format = "commensal.mouth-plan/1"'),
        (HEAD, r"day: expected a table \[day\]"),
        (HEAD + '[day]\nbegins = "07:00"\nends = "20:00"\n', r"day: expected a whole day.*got 780 min"),
        (HEAD + "[teeth]\npresent = ['11']\nabsent = ['11']\n" + DAY, r"tooth 11: said to be both present and absent"),
        (HEAD + "[teeth]\npresent = ['19']\n" + DAY, r"teeth: expected an FDI tooth number"),
        (HEAD + "[teeth]\npresent = 11\n" + DAY, r"teeth: present: expected a list of texts"),
        (HEAD + "[teeth]\nplaque = 'angry'\n" + DAY, r"teeth: expected one of the plaques ordinary"),
        (HEAD + "[teeth]\ndeficit_vol_percent_um = 9999\n" + DAY, r"teeth: deficit_vol_percent_um must be 0 to 3000"),
        (HEAD + "[teeth]\ncolour = 'white'\n" + DAY, r"the unknown name 'colour'"),
        (HEAD + "[mouth]\nflow_unstimulated_ml_min = -1\n" + DAY, r"mouth: flow_unstimulated_ml_min must be"),
        ("not toml [", r"expected a plan in TOML.*today.toml"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(tmp_path, text, message):
    with pytest.raises(SceneError, match=message):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SceneError, match="expected a plan file that can be read"):
        read_plan(tmp_path / "none.toml")
