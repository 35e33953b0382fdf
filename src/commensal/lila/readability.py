"""How hard a text is to read: the Flesch-Kincaid grade of English, our own count.

    grade = 0.39 words / sentences + 11.8 syllables / words - 15.59      (Kincaid 1975)

A word is a run of letters with its apostrophes, or a number. A number is one syllable, as is common.
Letters without a vowel ("ppm", "CPR") are spelled: one syllable a letter. A sentence ends with . ! ? or the
end of the text; a full stop inside a number does not end one. Syllables are counted by rule, with a table
of words the rules get wrong.

Leaves out: languages other than English, which need a scale of their own.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|\d+(?:[.,]\d+)*")
_END = re.compile(r"[.!?]+(?=\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?:[^laeiouy]es|[^aeiouytd]ed|[^aeiouyl]e|[aeiouy]le|[aeiouy]les)$")
_SOUNDED_ES = re.compile(r"(?:s|x|z|ch|sh|c|g)es$")


def flesch_kincaid_grade(text: str) -> float:
    """The school grade (US) at which `text` is read with ease; it may be below zero.

    Raises:
        ValueError: the text has no word.

    >>> round(flesch_kincaid_grade("The cat sat on the mat."), 2)
    -1.45
    """
    words = words_of(text)
    if not words:
        raise ValueError("text must have a word to be graded, got none")
    syllable_count = sum(syllables(word) for word in words)
    return 0.39 * len(words) / sentence_count(text) + 11.8 * syllable_count / len(words) - 15.59


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, in order."""
    return _WORD.findall(text)


def sentence_count(text: str) -> int:
    """Sentences with at least one word; at least 1."""
    parts = [part for part in _END.split(text) if words_of(part)]
    return max(1, len(parts))


def syllables(word: str) -> int:
    """Syllables of one English word, by rule; numbers count one, letters without a vowel one each.

    >>> [syllables(word) for word in ("tooth", "enamel", "saliva", "cleaned", "spaces", "ppm", "1450")]
    [1, 3, 3, 1, 2, 3, 1]
    """
    if word[0].isdigit():
        return 1
    plain = re.sub(r"['’].*$", "", word.lower())
    if plain in _exceptions():
        return _exceptions()[plain]
    groups = len(_VOWELS.findall(plain))
    if groups == 0:
        return len(plain)
    ends_silent = _SILENT_END.search(plain) is not None and _SOUNDED_ES.search(plain) is None
    return max(1, groups - ends_silent)


@cache
def _exceptions() -> dict[str, int]:
    text = files("commensal.lila").joinpath("data", "syllables.toml").read_text(encoding="utf-8")
    counts: dict[str, int] = tomllib.loads(text)["counts"]
    return counts
