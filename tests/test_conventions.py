"""Claims that are right elsewhere: in numerator layout, by independent entries, or under a condition."""

import numpy as np
import pytest
import sympy as sp
from reference import value

from hwlib.matrix_calculus import check, gradient
from hwlib.matrix_calculus.notation import parse, read, write

SCOPE = read("X: m x n, Y: m x n, Z: m x n, S: n x n symmetric, A: n x n, B: n x n, x: n, y: n, z: n, O: n x n")


def judged(J, X, claim, scope=SCOPE):
    return check(parse(J, scope), scope[X], parse(claim, scope), symmetric=scope.symmetric)


@pytest.mark.parametrize(
    ("J", "claim"),
    [
        ("tr(A*S)", "A + A' - A .* I(n)"),
        ("det(S)", "det(S)*(2*inv(S) - inv(S) .* I(n))"),
        ("log(det(S))", "2*inv(S) - inv(S) .* I(n)"),
        ("x'*S*x", "2*x*x' - (x*x') .* I(n)"),
    ],
)
def test_the_derivative_by_independent_entries_of_a_symmetric_matrix_is_named(J, claim):
    verdict = judged(J, "S", claim)
    assert verdict.how == "convention" and not verdict and "independent entries" in verdict.sentence


def test_by_independent_entries_means_what_it_says():
    """J by one entry of a symmetric S, its mirror image moving with it, from values of J alone."""
    J, S, claim = parse("x'*S*S*x", SCOPE), SCOPE["S"], "S*x*x' + x*x'*S"
    claim = parse(f"2*({claim}) - ({claim}) .* I(n)", SCOPE)
    assert check(J, S, claim, symmetric=True).how == "convention"
    at, x = np.array([[1.0, 2.0], [2.0, -1.0]]), np.array([[3.0], [0.5]])
    point = {SCOPE["x"]: x, S.rows: 2}
    found = value(claim, {**point, S: at})
    for i, j in ((0, 0), (0, 1), (1, 1)):
        moved = [at.copy(), at.copy()]
        for sign, matrix in zip((1, -1), moved, strict=True):
            matrix[i, j] += sign * 1e-4
            matrix[j, i] = matrix[i, j]
        up, down = (np.sum(value(J, {**point, S: M})) for M in moved)
        assert abs((up - down) / 2e-4 - found[i, j]) < 1e-6


@pytest.mark.parametrize(
    ("J", "X", "claim"),
    [("norm(X)^2", "X", "2*X'"), ("x'*A*x", "x", "x'*(A + A')"), ("y'*X'*X*y", "X", "2*y*y'*X'")],
)
def test_numerator_layout_is_named(J, X, claim):
    verdict = judged(J, X, claim)
    assert verdict.how == "convention" and "numerator layout" in verdict.sentence and "transpose" in verdict.sentence


@pytest.mark.parametrize(("J", "X", "claim"), [("tr(A*S)", "S", "A + A'"), ("norm(X)^2", "X", "3*X'")])
def test_what_is_right_in_no_convention_is_refuted(J, X, claim):
    assert judged(J, X, claim).how == "refuted"


CONDITIONS = [
    ("-y'*log(softmax(z))", "z", "softmax(z) - y", "the entries of y sum to 1"),
    ("-sum(Y .* log(softmax(Z)))", "Z", "softmax(Z) - Y", "the rows of Y sum to 1"),
    ("x'*A*x", "x", "2*A*x", "A is symmetric"),
    ("tr(A*B*O)", "O", "(B*A)'", "A and B commute"),
    ("x'*A*x + x'*B*y", "x", "2*A*x + B*y", "A is symmetric"),
    ("x'*A*x + x'*B*x", "x", "2*A*x + 2*B*x", "A and B are symmetric"),
    ("norm(X*y - Y*x)^2", "y", "2*(y - X'*Y*x)", "the columns of X are orthonormal"),
    ("norm(x)", "x", "x", None),
    ("x'*A*x", "x", "3*A*x", None),
    ("-y'*log(softmax(z))", "z", "softmax(z) + y", None),
]


@pytest.mark.parametrize(("J", "X", "claim", "condition"), CONDITIONS)
def test_a_refuted_claim_names_the_condition_that_it_lacks(J, X, claim, condition):
    verdict = judged(J, X, claim)
    assert verdict.how == "refuted" and (verdict.right_if == condition or X == "x" and condition is None)
    assert condition is None or condition in str(verdict) and condition in verdict._repr_markdown_()


def test_a_named_condition_makes_the_claim_right():
    A, x = SCOPE["A"], SCOPE["x"]
    J = parse("x'*A*x", SCOPE)
    assert check(J, x, 2 * A * x, assuming=[sp.Q.symmetric(A)]).how == "proved"
    assert gradient(J, x) != 2 * A * x


@pytest.mark.parametrize("power", [1, 3, -1, -3, 5])
def test_a_power_of_a_norm_is_written_as_that(power):
    norm = parse("norm(x)", SCOPE)
    text = write(norm**power)
    assert "norm(x)^2" not in text and parse(text, SCOPE) == norm**power
