"""The grade of a text, against counts made by hand and against the formula's published form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.lila import flesch_kincaid_grade
from commensal.lila.readability import sentence_count, syllables, words_of


@pytest.mark.parametrize(
    ("text", "words", "sentences", "syllable_count"),
    [
        ("The cat sat on the mat.", 6, 1, 6),
        ("Stopped. Nothing more happens until you choose.", 7, 2, 10),
        ("I can't promise you will feel nothing. I can promise we stop when you say stop.", 16, 2, 19),
        ("Periodontitis is an inflammatory disease.", 5, 1, 15),
        ("Paste with 1450 ppm fluoride fits.", 6, 1, 9),
        ("The pH was 5.5 at noon.", 6, 1, 7),
    ],
)
def test_the_grade_agrees_with_counts_made_by_hand(text, words, sentences, syllable_count):
    by_hand = 0.39 * words / sentences + 11.8 * syllable_count / words - 15.59
    assert flesch_kincaid_grade(text) == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("tooth", 1),
        ("enamel", 3),
        ("cavity", 3),
        ("surface", 2),
        ("surfaces", 3),
        ("cleaned", 1),
        ("needed", 2),
        ("table", 2),
        ("tables", 2),
        ("whole", 1),
        ("does", 1),
        ("tongue", 1),
        ("saliva", 3),
        ("referral", 3),
        ("can't", 1),
        ("every", 2),
        ("mm", 2),
        ("42", 1),
    ],
)
def test_syllables_as_a_dictionary_gives_them(word, count):
    assert syllables(word) == count


def test_a_full_stop_inside_a_number_does_not_end_a_sentence():
    assert sentence_count("It was 5.5 then. It is 6.1 now.") == 2
    assert words_of("It's 5.5, not 1,450.") == ["It's", "5.5", "not", "1,450"]


def test_a_text_without_a_word_is_refused():
    with pytest.raises(ValueError, match="must have a word"):
        flesch_kincaid_grade(" ... ")


@given(st.lists(st.sampled_from(["tooth", "enamel", "saliva", "acid", "we", "look", "again"]), min_size=1, max_size=20))
def test_saying_a_text_twice_does_not_change_its_grade(words):
    once = " ".join(words) + "."
    assert flesch_kincaid_grade(f"{once} {once}") == pytest.approx(flesch_kincaid_grade(once))


@given(st.lists(st.sampled_from(["tooth", "enamel", "saliva", "acid", "we", "look", "again"]), min_size=2, max_size=20))
def test_shorter_sentences_are_easier(words):
    assert flesch_kincaid_grade(". ".join(words)) < flesch_kincaid_grade(" ".join(words))
