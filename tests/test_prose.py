"""No number is typed into the prose: code puts it there, or it is in a formula, a reference, a quotation, or listed.

A typed number goes stale in silence when a study is made again. What remains is what no run of ours decides: a
setting that the code on the same page uses, a shape, a fact of the data or of the report. Each has its reason.
"""

import re

import notebooks
import pytest

from hwlib import study

PAGES = sorted([*notebooks.CHAPTERS.glob("*.md"), notebooks.ROOT / "intro.md"])
NOT_PROSE = [
    (r"\A---\n.*?\n---\n", re.S),  # front matter
    (r"^(`{3,})\{math\}.*?^\1\n", re.S | re.M),
    (r"^(`{3,}).*?^\1", re.S | re.M),  # code
    (r"\$\$.*?\$\$", re.S),
    (r"\$[^$]+\$", 0),
    (r"\{[a-z:]+\}`[^`]+`", 0),  # roles: glue, references, terms, citations
    (r"`[^`]+`", 0),
    (r"\]\([^)]*\)", 0),  # targets of links
    (r"<[^>]+>", 0),
    (r"^:+\{?.*$", re.M),  # directives and their options
    (r"^\(.*\)=$", re.M),
    (r"^#+ .*$", re.M),  # a heading may name the report's figure
    (r"^\d+\. ", re.M),  # numbers of a list
    (r"[Ss]ection \d+(\.\d+)*", 0),  # of the report
]
FACTS = {
    "the report's, or quoted from it": "99.25 % 3.4 0.42 0.6 0.0001 4-10-3",
    "a fact of the data": "150 120 30 60000 10000 70000 28 5000 55000 4 3 10 8 43",
    "a shape, an angle, a count that a definition fixes": "0 1 2 5 13 25 26 27 1024 180°",
    "confidence, and the probabilities that explain calibration": "95 % 90 % 0.9",
    "what is left of a target with label smoothing of 0.05": "0.95 0.955",
    "0.42549 rounded, in a sentence about rounding": "0.43",
    "the name of a program or a license": "4.0",
    "the Matrix Cookbook's chapter, its numbers and its date": "112 33 144 15 2012",
    "how far the first engine's page goes, as its author counts": "132",
}


def prose(text):
    for pattern, flags in NOT_PROSE:
        text = re.sub(pattern, " ", text, flags=flags)
    return text


def numerals(text):
    """The numbers in a page's prose, as they are written but without the spaces of thousands."""
    text = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}\b)", "", prose(text))
    return re.findall(r"(?<![\w.−-])\d+(?:\.\d+)?(?:\s?%|°)?(?![\w])", text)


def code(text):
    return "\n".join(match[0] for match in re.finditer(r"^(`{3,}).*?^\1", text, re.S | re.M))


def numbers_in(value):
    """Every number in the settings of a study."""
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, int | float):
        return {float(value)}
    return set() if isinstance(value, str) else set().union(*map(numbers_in, value))


SETTINGS = numbers_in([each.settings for each in study.STUDIES.values()])


def typed(text):
    """The numbers in the prose that are no fact, and no setting of a study or of the code on the page."""
    facts = set(" ".join(FACTS.values()).replace(" %", "%").split())
    literals = {float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", code(text))}
    known = SETTINGS | literals

    def is_setting(number):
        value = float(number.rstrip(" %°"))
        return (value / 100 if "%" in number else value) in known

    return [n for n in numerals(text) if n.replace(" ", "") not in facts and not is_setting(n)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_no_number_is_typed_into_the_prose(page):
    assert typed(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("reason", FACTS)
def test_every_listed_fact_is_still_written_somewhere(reason):
    written = {number.replace(" ", "") for page in PAGES for number in numerals(page.read_text(encoding="utf-8"))}
    text = " ".join(page.read_text(encoding="utf-8") for page in PAGES)
    for fact in FACTS[reason].replace(" %", "%").split():
        assert fact in written or fact in text, fact


@pytest.mark.parametrize(
    "sentence, found",
    [
        ("It takes 17 µs.", ["17"]),
        ("About 98.43 % are right.", ["98.43 %"]),
        ("It takes {glue:text}`a` µs in {numref}`fig-3`, $x = 17$ and `17`.", []),
        ("```{code-cell} ipython3\nsteps = 17\n```\nAfter 17 steps.", []),
        ("Of 61234 images", ["61234"]),
        ("Of 61 234 images", ["61234"]),
    ],
)
def test_a_typed_number_is_seen_and_nothing_else(sentence, found):
    assert typed(sentence) == found
