"""The attack itself: its evaluator is right, it notices an engine that errs, and a share of it runs here."""

from random import Random

import numpy as np
import pytest
import sympy as sp
from attack import claims, gradients
from attack.__main__ import main
from attack.code import python, rebuilt
from attack.expressions import NOT_BUILT, SHAPES, Expressions, applied, drawn, n
from attack.limits import Late, limited
from attack.points import Points
from attack.reading import differs_from
from attack.rewriting import broken, kept
from attack.sections import SECTIONS
from attack.texts import DECLARED, Texts, random_point, value_of
from attack.values import FUNCTIONS, WALKS, OutOfReach, Slopes, Values, differs, mp, number
from attack.values import array as rows
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct

from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.suite import CASES

A, B = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("B", 2, 3)
x, y = sp.MatrixSymbol("x", 2, 1), sp.MatrixSymbol("y", 2, 1)
s, k = sp.Symbol("s", real=True), sp.Symbol("k", integer=True)
i, j = sp.symbols("i j", integer=True)
T = sp.Symbol("t", real=True)
_n = sp.Symbol("n", integer=True)
U, u = sp.MatrixSymbol("U", _n, _n), sp.MatrixSymbol("u", _n, 1)
POINT = {
    A: rows([[1, 2], [3, 5]]),
    B: rows([[1, 0, -1], [2, 4, 1]]),
    x: rows([[1], [-2]]),
    y: rows([[4], [3]]),
    s: number(3),
    k: number(3),
    U: rows([[1, 2], [3, 5]]),
    u: rows([[1], [-2]]),
    _n: number(2),
}
KNOWN = {  # worked out by hand
    s + 2: 5,
    2 * s: 6,
    s**2: 9,
    1 / s: 1 / 3,
    sp.Pow(-s, sp.Rational(1, 2)): None,
    sp.log(-s): None,
    sp.Pow(s - 3, -1, evaluate=False): None,
    sp.Abs(-s): 3,
    sp.sign(-s): -1,
    sp.Max(0, s - 5): 0,
    sp.Min(s, 7): 3,
    sp.Heaviside(s): 1,
    sp.Piecewise((1, s > 4), (s, True)): 3,
    sp.Piecewise((1, sp.And(s > 2, s < 4)), (s, True)): 1,
    sp.pi * s: 9.42477796076938,
    sp.E * s: 8.154845485377136,
    sp.exp(s): 20.085536923187668,
    sp.EulerGamma * s: 1.7316469947045985,
    sp.Float("0.5") * s: 1.5,
    sp.oo * s: None,
    -sp.oo * s: None,
    sp.zoo * s: None,
    sp.nan: None,
    sp.I * s: None,
    sp.MatAdd(A, A): [[2, 4], [6, 10]],
    sp.MatMul(A, x): [[-3], [-7]],
    sp.MatMul(2, A, B): [[10, 16, 2], [26, 40, 4]],
    sp.MatMul(u.T, u, U): [[5, 10], [15, 25]],
    sp.Transpose(B): [[1, 2], [0, 4], [-1, 1]],
    sp.Adjoint(x): [[1, -2]],
    sp.Inverse(A): [[-5, 2], [3, -1]],
    sp.Inverse(sp.MatMul(x, x.T)): [[None, None], [None, None]],
    sp.MatPow(A, 2): [[7, 12], [18, 31]],
    sp.MatPow(A, k): [[43, 74], [111, 191]],
    sp.MatPow(A, -1): [[-5, 2], [3, -1]],
    sp.Trace(A): 6,
    sp.Determinant(A): -1,
    sp.HadamardProduct(A, A): [[1, 4], [9, 25]],
    sp.HadamardPower(A, 2): [[1, 4], [9, 25]],
    sp.HadamardPower(x, -1): [[1], [-0.5]],
    sp.HadamardPower(x, sp.Rational(1, 2)): [[None], [None]],
    sp.HadamardPower(s, A): [[3, 9], [27, 243]],
    applied(lambda t: t**2 + s, x): [[4], [7]],
    sp.DiagMatrix(x): [[1, 0], [0, -2]],
    sp.DiagMatrix(x.T): [[1, 0], [0, -2]],
    DiagonalMatrix(A): [[1, 0], [0, 5]],
    DiagonalOf(A): [[1], [5]],
    sp.OneMatrix(2, 3): [[1, 1, 1], [1, 1, 1]],
    sp.ZeroMatrix(1, 2): [[0, 0]],
    sp.Identity(_n): [[1, 0], [0, 1]],
    sp.FunctionMatrix(2, 2, sp.Lambda((i, j), i + 2 * j)): [[0, 2], [1, 3]],
    sp.KroneckerProduct(x, A): [[1, 2], [3, 5], [-2, -4], [-6, -10]],
    sp.BlockMatrix([[A, x]]): [[1, 2, 1], [3, 5, -2]],
    A[1:, :]: [[3, 5]],
    DotProduct(x, y): -2,
    A[0, 1]: 2,
    sp.ImmutableMatrix([[s, 1]]): [[3, 1]],
    sp.Sum(x[i, 0] ** 2, (i, 0, 1)): 5,
    sp.Sum(A[i, j], (i, 0, _n - 1), (j, 0, _n - 1)): 11,
    sp.KroneckerDelta(i, 1).subs(i, k - 2): 1,
}


def agree(expr, expected):
    found = Values(POINT).matrix(expr)
    expected = expected if isinstance(expected, list) else [[expected]]
    right = np.array([[float("nan") if e is None else e for e in row] for row in expected], dtype=float)
    return found.shape == right.shape and np.allclose(found.astype(float), right, rtol=1e-12, equal_nan=True)


@pytest.mark.parametrize("expr", KNOWN, ids=str)
def test_the_evaluator_gives_the_known_answer(expr):
    assert agree(expr, KNOWN[expr])


@pytest.mark.parametrize("kind", sorted(WALKS, key=str), ids=lambda kind: kind.__name__)
def test_an_evaluator_that_errs_at_a_node_is_noticed(kind, monkeypatch):
    right = WALKS[kind]

    def wrong(values, node):
        value = right(values, node)
        if isinstance(value, bool):
            return not value
        return value + 1 if isinstance(value, np.ndarray) or not mp.isnan(value) else number(1)

    monkeypatch.setitem(WALKS, kind, wrong)
    with pytest.raises(AssertionError):
        for expr, expected in KNOWN.items():
            try:
                assert agree(expr, expected)
            except (ValueError, IndexError, TypeError, NotImplementedError, OutOfReach):
                raise AssertionError from None


FUNCTION_POINTS = [number(v) for v in ("0.3", "-0.4", "2.5", "1.5")]
TWO_ARGUMENTS = {sp.atan2, sp.polygamma, sp.besselj, sp.KroneckerDelta, sp.Max, sp.Min}


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - TWO_ARGUMENTS, key=str), ids=str)
def test_functions_have_sympys_values_where_these_are_real(function):
    for point in FUNCTION_POINTS:
        theirs = sp.N(function(sp.Rational(str(mp.nstr(point, 5)))), 30)
        ours = Values({T: point}).number(function(T)) if function(T).has(T) else None
        if ours is not None and theirs.is_real:
            assert abs(ours - number(sp.Rational(str(theirs)))) < 1e-20
        elif ours is not None and function not in (sp.log, sp.loggamma):
            assert mp.isnan(ours)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_slopes_are_the_textbooks_gradients(case):
    found = list(gradients.slopes_at(Random(case.name), case.J, case.X, enough=2))
    assert found
    for point, slopes, _, _ in found:
        assert not differs(slopes.gradient(), Values(point).matrix(case.gradient), 1 + abs(slopes.here[0, 0]))
        wrong = Values(point).matrix(case.gradient) * number(1 + 1e-6) + number(3e-6)
        assert differs(slopes.gradient(), wrong)


def test_there_is_no_slope_at_a_kink_and_half_of_it_beside():
    J = sp.Trace(sp.MatMul(sp.OneMatrix(1, 2), applied(lambda t: sp.Max(0, t), x)))
    at = Slopes(J, x, {x: rows([[0], [2]])}).gradient()
    assert mp.isnan(at[0, 0]) and abs(at[1, 0] - 1) < 1e-12


def test_symmetric_slopes_are_those_along_symmetric_directions():
    S, C = sp.MatrixSymbol("S", 2, 2), POINT[A]
    found = Slopes(sp.Trace(A * S), S, {S: rows([[1, 2], [2, 4]]), A: C}).gradient(symmetric=True)
    assert not differs(found, (C + C.T) / 2)


# ---------------------------------------------------------------- generators


def test_random_J_contain_X_and_nearly_all_move_with_it():
    moving = 0
    for seed in range(60):
        J, X = drawn(Random(seed), 3)
        assert X in J.free_symbols
        moving += gradients.depends(Random(seed), J, X)
    assert moving >= 54


def test_random_expressions_repeat_factors_and_know_all_shapes():
    repeated, shapes = 0, set()
    for seed in range(200):
        J, X = drawn(Random(seed), 2)
        shapes.add(X.shape)
        repeated += any(len(set(p.args)) < len(p.args) for p in J.atoms(sp.HadamardProduct))
    assert repeated > 5 and shapes == set(SHAPES)


def test_points_are_wide_and_tall_large_and_small_and_of_both_signs():
    X = sp.MatrixSymbol("X", *sp.symbols("m n", integer=True, positive=True))
    draw = Points(Random(0), sp.Trace(X * X.T))
    values = [draw.draw()[X] for _ in range(200)]
    assert {"wide", "tall", "square"} == {
        ("wide", "square", "tall")[np.sign(v.shape[0] - v.shape[1]) + 1] for v in values
    }
    assert max(max(v.shape) for v in values) == 7
    entries = [float(e) for v in values for e in v.flat]
    assert max(entries) > 999 and min(entries) < -999 and min(map(abs, entries)) < 1e-3


def test_a_tree_is_written_as_a_line_that_builds_it_again():
    for seed in range(100):
        J, X = drawn(Random(seed), 3)
        assert rebuilt(python(sp.Tuple(J, X))) == (J, X)


def test_rewriting_keeps_the_value_and_slips_mostly_do_not():
    changed = different = 0
    for seed in range(100):
        random = Random(seed)
        try:
            left = Expressions(random, (n, n)).matrix(n, n, 2)
            same, (_, other) = kept(left, random, 3), broken(left, random, [A])
        except NOT_BUILT:
            continue
        changed += same != left
        assert claims._unequal_at(random, left, same) is None, (left, same)
        different += claims._unequal_at(random, left, other) is not None
    assert changed > 50 and different > 50


def test_texts_have_a_value_and_another_text_has_another():
    scope = read(DECLARED)
    assert differs_from(Random(0), Texts(Random(0)).leaf(("n", "n")), parse("A + 1", scope), scope)
    values = set()
    for seed in range(200):
        text = Texts(Random(seed)).any(2)
        values.add(mp.nstr(value_of(text, random_point(Random(1)))[0, 0], 12))
    assert len(values) > 100


def test_a_question_that_takes_too_long_is_stopped():
    with pytest.raises(Late), limited(0.1):
        while True:
            pass


# ---------------------------------------------------------------- what it is for


def test_a_wrong_gradient_is_found_and_written_as_one_short_line(monkeypatch):
    def wrong(J, X, symmetric=False):
        return 2 * gradients_gradient(J, X, symmetric)

    gradients_gradient = gradients.gradient
    monkeypatch.setattr(gradients, "gradient", wrong)
    found = [a for seed in range(3) for a in gradients.ask(Random(seed)) if a.outcome == "wrong"]
    assert found and all("\n" not in answer.line and len(answer.line) < 300 for answer in found[:1])


def test_a_false_proof_is_found(monkeypatch):
    monkeypatch.setattr(claims, "proved_equal", lambda left, right: True)
    answers = [a for seed in range(3) for a in claims.ask_proof(Random(seed))]
    assert sum(a.outcome == "wrong" for a in answers) > 20


def test_the_same_seed_asks_the_same(capsys):
    printed = []
    for _ in range(2):
        main(["--rounds", "3", "--seed", "7", "--only", "texts"])
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] and "texts: text" in printed[0]


SHARE = {  # rounds that run with every test
    "gradients": 5,
    "right claims": 8,
    "wrong claims": 6,
    "proofs": 6,
    "equalities": 15,
    "mutations": 8,
    "hypotheses": 6,
    "texts": 4,
    "noise": 40,
}


@pytest.mark.parametrize("section", SHARE)
def test_a_share_of_the_attack_finds_nothing(section, capsys):
    assert section in SECTIONS
    code = main(["--only", section, "--rounds", str(SHARE[section]), "--seed", "2026"])
    assert code == 0, capsys.readouterr().out
