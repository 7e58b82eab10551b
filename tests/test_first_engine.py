"""The engine that the appendix builds, held to the textbooks and to the real one."""

import re
from pathlib import Path

import pytest

from hwlib.matrix_calculus import gradient
from hwlib.matrix_calculus.gradient import scalar
from hwlib.matrix_calculus.suite import CASES

PAGE = Path(__file__).parents[1] / "chapters" / "first-engine.md"


@pytest.fixture(scope="module")
def engine():
    """What the cells of the page define."""
    scope = {}
    for cell in re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.S | re.M):
        exec(re.sub(r"^:tags:.*\n", "", cell), scope)
    return scope


def test_the_first_engine_gets_a_hundred_textbook_gradients_right_and_none_wrong(engine):
    verdicts = list(engine["verdicts"].values())
    assert len(verdicts) == len(CASES)
    assert verdicts.count("right") >= 100
    assert "wrong" not in verdicts


def test_both_engines_have_the_same_values(engine):
    for case in CASES:
        if engine["verdicts"][case.name] == "right":
            found = engine["first_gradient"](scalar(case.J), case.X)
            assert engine["agree"](found, gradient(case.J, case.X)), case.name


def test_its_judge_finds_a_wrong_transpose(engine, monkeypatch):
    case = next(case for case in CASES if case.name == "101 tr(AXB)")
    monkeypatch.setitem(engine["TRANSPOSES"], engine["Trace"], lambda y, k, g: 2 * g * engine["Identity"](y.arg.rows))
    assert engine["verdict"](case) == "wrong"
