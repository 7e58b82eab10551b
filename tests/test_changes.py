"""Differentials of matrix functions and Hessians in a direction, against differences of values alone."""

import numpy as np
import pytest
import sympy as sp
from formulas import Formulas
from reference import NoValue, value

from hwlib.matrix_calculus import check_differential, differential, gradient, hessian_product
from hwlib.matrix_calculus.notation import parse, read

SCOPE = read("X: n x n, dX: n x n, Z: m x n, dZ: m x n, A: n x n, x: n, dx: n, t: scalar, dt: scalar")
RULES = [
    ("inv(X)", "X", "-inv(X)*dX*inv(X)"),
    ("X*A*X", "X", "dX*A*X + X*A*dX"),
    ("Z'*Z", "Z", "dZ'*Z + Z'*dZ"),
    ("X .* X", "X", "2*X .* dX"),
    ("det(X)", "X", "det(X)*tr(inv(X)*dX)"),
    ("softmax(x)", "x", "(diag(softmax(x)) - softmax(x)*softmax(x)')*dx"),
    ("diag(x)*A", "x", "diag(dx)*A"),
    ("x/norm(x)", "x", "dx/norm(x) - x*(x'*dx)/norm(x)^3"),
    ("inv(A + t*I(n))", "t", "-dt*inv(A + t*I(n))*inv(A + t*I(n))"),
    ("X^3", "X", "dX*X^2 + X*dX*X + X^2*dX"),
]


def asked(F, X, claim):
    return check_differential(parse(F, SCOPE), SCOPE[X], parse(claim, SCOPE))


@pytest.mark.parametrize(("F", "X", "claim"), RULES)
def test_a_textbooks_differential_is_proved(F, X, claim):
    verdict = asked(F, X, claim)
    assert verdict.how == "proved" and "differential" in verdict.sentence


@pytest.mark.parametrize(("F", "X", "claim"), RULES)
def test_a_wrong_differential_is_refuted(F, X, claim):
    assert asked(F, X, f"3/2*({claim})").how == "refuted"


@pytest.mark.parametrize("claim", ["dX + A", "dX*dX", "dX .* dX", "X", "det(dX)*A", "tr(dX)", "dX + abs(dX)"])
def test_what_is_not_linear_or_of_another_shape_is_no_differential(claim):
    assert asked("X", "X", claim).how == "refuted"


def moved(formula, point, D, h):
    return {**point, formula.X: point[formula.X] + h * D}


def compared(expression, of, seeds, least):
    """Whether expression(formula, D) is the slope of of(formula) in the direction D."""
    draw, found = np.random.default_rng(0), 0
    V = sp.MatrixSymbol
    for seed in seeds:
        formula = Formulas(seed)
        direction = V("V_", *formula.X.shape)
        try:
            change = expression(formula, direction)
            F = of(formula)
        except NotImplementedError:
            continue
        for _ in range(3):
            point = formula.point(draw)
            D = draw.uniform(-1, 1, point[formula.X].shape)
            try:
                up, down = (value(F, moved(formula, point, D, h)) for h in (1e-5, -1e-5))
                slope, got = (up - down) / 2e-5, value(change, {**point, direction: D})
            except NoValue:
                continue
            if np.max(np.abs(slope)) < 1e4 and np.max(np.abs(up)) < 1e4:
                assert np.allclose(slope, got, atol=2e-4 * max(1, np.max(np.abs(slope)))), seed
                found += 1
    assert found > least


def test_differentials_of_random_matrices_are_those_of_differences():
    def matrix(formula):
        F = formula.matrix(formula.X.rows, formula.X.cols, 2) + formula.X
        formula.J = sp.Trace(F.T * F)  # whose symbols a point has values for
        return F

    drawn = {}

    def of(formula):
        if formula.seed not in drawn:
            drawn[formula.seed] = matrix(formula)
        return drawn[formula.seed]

    compared(lambda formula, V: differential(of(formula), formula.X, V), of, range(80), 120)


def test_hessians_in_a_random_direction_are_those_of_differences():
    compared(
        lambda formula, V: hessian_product(formula.J, formula.X, V),
        lambda formula: gradient(formula.J, formula.X),
        range(60),
        60,
    )


def test_a_kronecker_product_changes_wherever_it_stands():
    A, X = SCOPE["A"], SCOPE["X"]
    dX = SCOPE["dX"]
    assert differential(sp.KroneckerProduct(A, X), X) == sp.KroneckerProduct(A, dX)


def test_what_does_not_depend_on_X_does_not_change():
    assert differential(SCOPE["A"], SCOPE["X"]) == sp.ZeroMatrix(*SCOPE["A"].shape)
    assert differential(sp.Trace(SCOPE["A"]), SCOPE["X"]) == 0


def test_bad_arguments_are_refused():
    X, n = SCOPE["X"], SCOPE["X"].rows
    for ask in (lambda: differential("X", X), lambda: differential(X, n), lambda: differential(X, X, SCOPE["x"])):
        with pytest.raises(ValueError):
            ask()
