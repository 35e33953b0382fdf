"""The form that is shown: our own words, unless a clinic hands in the official text."""

import pytest

from commensal.lila import flesch_kincaid_grade, mdas_form
from commensal.lila.errors import FormError

OFFICIAL = """
language = "es"
version = "oficial 2001"
source = "the authors' page"
situations = ["uno", "dos", "tres", "cuatro", "cinco"]
answers = ["a", "b", "c", "d", "e"]
"""


def test_our_own_words_are_marked_unvalidated_and_carry_the_licence_note():
    form = mdas_form()
    assert not form.is_validated
    assert len(form.situations) == len(form.answers) == 5
    assert "paraphrase" in form.licence
    assert "citation" in form.licence


def test_our_own_words_are_plain():
    for text in mdas_form().situations:
        assert flesch_kincaid_grade(text) <= 6


def test_our_own_words_are_not_the_scales_own_sentences():
    for text in mdas_form().situations:
        assert "how would you feel" not in text.lower()
        assert not text.lower().startswith(("if you", "if you were"))


def test_an_official_text_is_taken_word_for_word(tmp_path):
    path = tmp_path / "mdas-es.toml"
    path.write_text(OFFICIAL)
    form = mdas_form(path)
    assert form.is_validated
    assert form.situations == ("uno", "dos", "tres", "cuatro", "cinco")
    assert form.label == "MDAS, oficial 2001, es, validated"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (OFFICIAL.replace('language = "es"', ""), "language"),
        (OFFICIAL.replace('"the authors\' page"', '""'), "source"),
        (OFFICIAL.replace(', "cinco"', ""), "situations"),
        (OFFICIAL.replace('"a", ', "1, "), "answers"),
        ("not = [toml", "TOML"),
    ],
)
def test_an_official_text_that_is_not_whole_is_refused(tmp_path, text, field):
    path = tmp_path / "mdas-es.toml"
    path.write_text(text)
    with pytest.raises(FormError, match=field):
        mdas_form(path)


def test_an_official_text_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FormError, match=r"none\.toml"):
        mdas_form(tmp_path / "none.toml")
