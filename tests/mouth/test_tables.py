"""The tables: every number has a unit, a range, a source and a mark, or the table is refused."""

import csv
import io
import shutil
from pathlib import Path

import pytest

from commensal.mouth import find_food, load_parameters, parameters, site_groups, validate
from commensal.mouth.errors import ParameterError
from commensal.mouth.foods import foods
from commensal.mouth.parameter_page import page
from commensal.mouth.parameters import COLUMNS, TABLES, data_file, parse, read_rows
from commensal.provenance import Mark

GOOD = "name,value,unit,low,high,source,mark,note\nx,1,mmol/L,0,2,somebody 1999,seen,\n"


def test_every_shipped_number_has_unit_range_source_and_mark():
    rows = list(load_parameters())
    assert len(rows) > 60
    assert {row.mark for row in rows} == set(Mark)
    assert load_parameters().mark is Mark.RECALLED


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",1,", ",nan,", "expected a finite number, got 'nan'"),
        (",1,", ",one,", "expected a finite number, got 'one'"),
        (",1,", ",inf,", "expected a finite number"),
        (",1,", ",3,", "value must lie in 0 to 2 mmol/L, got 3"),
        ("mmol/L", "furlongs", "expected a unit"),
        ("somebody 1999", " ", "a source must be given"),
        ("seen", "certain", "expected a mark"),
        ("value", "amount", "expected the columns"),
        (",seen,", ",seen,,", "expected 8 cells"),
        (",seen,", ",seen", "expected 8 cells"),
    ],
)
def test_a_row_that_is_not_as_it_must_be_refuses_the_table(old, new, message):
    assert parse(GOOD, "test")[0].value == 1.0
    with pytest.raises(ParameterError, match=message):
        parse(GOOD.replace(old, new, 1), "test")


def test_asking_for_a_number_that_does_not_exist_says_so():
    with pytest.raises(ParameterError, match="expected the name of a parameter, got 'speed_of_light'"):
        load_parameters().value("speed_of_light")


def test_fourteen_groups_cover_every_surface_of_every_tooth():
    groups = site_groups()
    assert len(groups) == 14
    for tooth, surfaces in (("11", "MDBL"), ("36", "MDBLO"), ("53", "MDBL"), ("84", "MDBLO")):
        covered = [s for group in groups if group.holds(tooth) for s in group.surfaces]
        assert sorted(covered) == sorted(surfaces)
    assert {group.label for group in groups} >= {"upper back teeth, cheek side", "lower front teeth, tongue side"}


def test_film_speeds_stay_in_the_range_that_was_measured_and_its_ends_are_marked_seen():
    groups = site_groups()
    for group in groups:
        low, high = group.film_speed_range_mm_min
        assert 0.8 <= low <= group.film_speed_mm_min <= high <= 8.0
        assert (group.mark is Mark.SEEN) == (group.film_speed_mm_min in (0.8, 8.0))


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Cola", "cola"),
        ("a can of diet cola", "diet cola"),
        ("two biscuits", "biscuit"),
        ("Coffee with two sugars", "coffee with sugar"),
        ("coffee", "coffee"),
        ("sugar-free gum", "sugar free gum"),
        ("chewy caramels", "toffee"),
    ],
)
def test_a_food_is_found_by_the_longest_name_in_the_words(told, name):
    assert find_food(told).name == name


def test_a_word_inside_another_is_not_a_food():
    assert find_food("steak") is None  # not tea
    assert find_food("popular") is None  # not pop


def test_every_food_has_a_source_and_a_mark():
    assert len(foods()) > 40
    assert all(food.source and food.mark in Mark for food in foods())


def test_every_target_that_must_be_reached_is_and_every_other_miss_has_its_reason():
    results = validate()
    assert len(results) >= 100
    assert [result.id for result in results if result.level == "must" and not result.passed] == []
    missed = {result.id for result in results if not result.passed}
    assert missed == {result.id for result in results if result.why_it_may_fail}
    assert {result.level for result in results} == {"must", "should"}
    assert {result.provenance for result in results} == {"seen", "derived", "recalled"}


def test_the_tables_have_the_columns_their_readers_expect():
    for table in TABLES:
        text = data_file(f"{table}.csv").read_text(encoding="utf-8")
        assert tuple(next(csv.reader(io.StringIO(text)))) == COLUMNS
        assert read_rows(text, table, COLUMNS)


def test_the_page_of_parameters_is_written_from_the_tables():
    shown = (Path(__file__).parents[2] / "docs" / "rooms" / "mouth-parameters.md").read_text(encoding="utf-8")
    assert shown == page(), "run: python -m commensal.mouth.parameter_page > docs/rooms/mouth-parameters.md"


@pytest.mark.parametrize("name", ["plaque.csv", "foods.csv", "guilds.csv", "processes.csv", "components.csv"])
def test_the_digest_knows_every_table_that_a_run_depends_on(name, tmp_path, monkeypatch):
    shipped = load_parameters().sha256
    shutil.copytree(str(data_file("")), tmp_path / "data")
    changed = tmp_path / "data" / name
    changed.write_text(changed.read_text() + "\n")
    monkeypatch.setattr(parameters, "data_file", lambda name: tmp_path / "data" / name)
    assert parameters.load.__wrapped__().sha256 != shipped
