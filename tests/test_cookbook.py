"""The Matrix Cookbook's chapter on derivatives: 112 formulas, each verdict as it is expected and true by values."""

import numpy as np
import pytest
import sympy as sp
from reference import NoValue, slopes, value

from hwlib.matrix_calculus import check, cookbook

TABLE = cookbook.formulas()
RIGHT = [
    (formula.number, question)
    for formula in TABLE
    for question in (formula.corrected or formula.questions)
    if question.kind in ("gradient", "differential")
]
SIZES = {"m": 3, "n": 2, "p": 2, "q": 2, "k": 2}


def drawn(expressions, symmetric, draw):
    symbols = set().union(*(expr.free_symbols for expr in expressions))
    shaped = [s for s in symbols if isinstance(s, sp.MatrixSymbol)]
    sizes = {s for X in shaped for size in X.shape for s in size.free_symbols}
    sizes |= {s for s in symbols if s.is_Symbol and s.is_integer}
    numbers = {s: SIZES[s.name] for s in sizes}
    point = dict(numbers)
    for s in sorted(symbols - sizes, key=str):
        shape = [int(size.subs(numbers)) for size in s.shape] if s in shaped else ()
        point[s] = draw.uniform(0.3, 1.5, shape) * draw.choice([1, -1], shape)
        if s in symmetric:
            point[s] = (point[s] + point[s].T) / 2
    return point


def test_all_numbers_are_there_once():
    assert [formula.number for formula in TABLE] == list(range(33, 145))
    assert [number for ends in cookbook.SECTIONS.values() for number in range(ends[0], ends[1] + 1)] == list(
        range(33, 145)
    )


@pytest.mark.parametrize("formula", TABLE, ids=lambda formula: str(formula.number))
def test_a_verdict_is_the_expected_one(formula):
    assert formula.verdict == formula.expected


def test_the_verdicts_are_those_of_the_page():
    kinds = [formula.expected for formula in TABLE]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        cookbook.PROVED: 94,
        cookbook.CONVENTION: 9,
        cookbook.MISPRINT: 6,
        cookbook.DEFINITION: 3,
    }
    assert all(formula.counterexample for formula in TABLE if formula.expected == cookbook.MISPRINT)


@pytest.mark.parametrize(("number", "question"), RIGHT, ids=[f"{number}-{q.by}" for number, q in RIGHT])
def test_what_is_proved_is_true_by_values(number, question):
    """By an evaluator that shares no code with the engine."""
    symmetric, draw = question.scope.symmetric, np.random.default_rng(number)
    with sp.assuming(*map(sp.Q.symmetric, symmetric)):
        J, X, claim = question.parts()
    for _ in range(200):
        point = drawn([J, claim, X], symmetric, draw)
        try:
            if X.is_Matrix:
                found, expected = value(claim, point), slopes(J, X, point)
            else:
                found = value(claim, point)
                moved = [value(J, {**point, X: point[X] + h}) for h in (1e-5, -1e-5)]
                expected = (moved[0] - moved[1]) / 2e-5
        except NoValue:
            continue
        if X in symmetric:  # the printed convention: an entry off the diagonal moves with its mirror image
            expected = expected + expected.T - np.diag(np.diag(expected))
        if np.max(np.abs(expected)) < 100:
            assert np.allclose(found, expected, atol=1e-4 * (1 + np.max(np.abs(expected))))
            return
    pytest.fail("no point had a value")


@pytest.mark.parametrize(("number", "question"), RIGHT[::4], ids=[f"{number}-{q.by}" for number, q in RIGHT[::4]])
def test_what_is_printed_with_another_factor_would_not_be_proved(number, question):
    symmetric = question.scope.symmetric
    with sp.assuming(*map(sp.Q.symmetric, symmetric)):
        J, X, claim = question.parts()
    wrong = sp.MatMul(sp.Rational(1001, 1000), claim) if claim.is_Matrix else claim * sp.Rational(1001, 1000)
    assert number == 33 or check(J, X, wrong, symmetric=symmetric).how == "refuted"


def test_a_changed_verdict_fails_the_command(monkeypatch, capsys):
    wrong = cookbook.Formula(99, "", cookbook.gradient("X: n x n", "tr(X)", "X", "2*I(n)"))
    monkeypatch.setattr(cookbook, "formulas", lambda: [wrong])
    assert cookbook.main() == 1
    assert "EXPECTED proved" in capsys.readouterr().out
