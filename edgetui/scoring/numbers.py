"""Numbers in running text: digits of any script, and words of several languages."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ENGLISH = {word: n for n, word in enumerate(_ONES)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_FOREIGN = {
    word: n
    for n, words in enumerate(
        (
            "null nul zéro cero ноль",
            "",  # one is an article in most languages: see ARTICLES
            "zwei deux dos due dois duas twee два две",
            "drei trois tres tre três drie три",
            "vier quatre cuatro quattro quatro четыре",
            "fünf cinq cinco cinque vijf пять",
            "sechs seis sei zes шесть",
            "sieben sept siete sette sete zeven семь",
            "acht huit ocho otto oito восемь",
            "neun neuf nueve nove negen девять",
            "zehn dix diez dieci dez tien десять",
            "elf onze undici одиннадцать",
            "zwölf douze doce dodici doze twaalf двенадцать",
        )
    )
    for word in words.split()
}
ARTICLES = frozenset(
    ("ein", "eine", "einen", "einem", "eins", "un", "une", "una", "uno", "uma", "een", "один", "одна")
)
"""Words for one that are said of anything."""
_HAN = {char: n for n, char in enumerate("零一二三四五六七八九十")} | {"〇": 0, "两": 2, "兩": 2}

_DIGITS = re.compile(
    r"(?<![A-Za-z0-9_.,:])(?P<sign>[-−+]?)"
    r"(?P<figure>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d+[.,]\d+|\d+)"
    r"(?![.,:]?\d)(?P<unit>\s?(?:%|°\s?[CF]?|[A-Za-zµ]+(?:/[a-z]+)?))?"
)
_WORDS = re.compile(
    r"\b(?:(?P<dozen>half\s+a\s+dozen|(?:a|one)\s+dozen|a\s+dozen)|"
    rf"(?P<tens>{'|'.join(_TENS)})(?:[-\s](?P<unit>{'|'.join(_ONES[1:10])}))?|(?P<ones>{'|'.join(_ONES)}))\b",
    re.IGNORECASE,
)
_HAN_DIGIT = f"[{''.join(_HAN)}]"
_HAN_NUMBER = re.compile(rf"(?<!{_HAN_DIGIT}){_HAN_DIGIT}{{1,15}}(?=[个個处處条條つ本]|\W|$)")
DENIED = re.compile(
    r"(?:\bnot|\bnever|\bno\s+longer|n['’]t)\s+(?:(?:exactly|just|only|really|see|count|find|have)\s+)?$",
    re.IGNORECASE,
)
"""Right before a number that is not meant: ``not 5 but 6``, ``there aren't 5``."""
_UNITS = frozenset(
    (
        *("mm", "cm", "m", "km", "inch", "inches", "ft", "feet", "meter", "meters", "metre", "metres", "kg", "px"),
        *("ms", "sec", "seconds", "minutes", "hours", "years", "mph", "pixels", "percent", "degrees", "hz", "mhz"),
    )
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in the text."""

    value: float
    start: int
    end: int
    """Exclusive; without its unit."""
    measured: bool = False
    """A unit follows."""


def numbers(text: str) -> list[Number]:
    """In the order of the text. Other languages are asked where there are neither digits nor English words."""
    found = [_figure(match) for match in _DIGITS.finditer(text)]
    found += [_word(match) for match in _WORDS.finditer(text)]
    if not found:
        found = [_of(m, _han(m[0])) for m in _HAN_NUMBER.finditer(text)]
        for match in re.finditer(r"[^\W\d_]+", text):
            if (value := _FOREIGN.get(match[0].casefold())) is not None:
                found.append(_of(match, value))
    return sorted((each for each in found if math.isfinite(each.value)), key=lambda number: number.start)


def _figure(match: re.Match[str]) -> Number:
    unit = (match["unit"] or "").strip()
    glued = bool(unit) and not match["unit"][0].isspace()
    measured = bool(unit) and (glued or unit.casefold().rstrip(".") in _UNITS or unit[0] in "%°")
    value = _plain(match["figure"])
    return Number(-value if match["sign"] in ("-", "−") else value, match.start(), match.end("figure"), measured)


def _plain(figure: str) -> float:
    """Commas part thousands where three digits follow each, else they are decimal."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", figure):
        return float(figure.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", figure):
        return float(figure.replace(".", "").replace(",", "."))
    return float(figure.replace(",", "."))


def _word(match: re.Match[str]) -> Number:
    if match["dozen"]:
        return _of(match, 6 if match["dozen"].casefold().startswith("half") else 12)
    if match["tens"]:
        return _of(match, _ENGLISH[match["tens"].casefold()] + _ENGLISH.get((match["unit"] or "").casefold(), 0))
    return _of(match, _ENGLISH[match["ones"].casefold()])


def _han(text: str) -> int:
    before, ten, after = text.partition("十")
    if ten:
        return 10 * _HAN.get(before[-1:], 1) + _HAN.get(after[-1:], 0)
    return int("".join(str(_HAN[char]) for char in text))


def _of(match: re.Match[str], value: float) -> Number:
    return Number(float(value), match.start(), match.end())
