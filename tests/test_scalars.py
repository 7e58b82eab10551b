"""Derivatives by a scalar: a ridge, a temperature, a kernel's width, a noise."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from formulas import Formulas, a
from reference import NoValue, value

from hwlib.matrix_calculus import check, derive, gradient, hessian, jacobian
from hwlib.matrix_calculus.notation import parse, read

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "web"))

import checker  # noqa: E402

SCOPE = read("X: m x n, y: m, w: n, z: n, c: n, A: n x n, B: n x n, t: scalar, lam: scalar")
TABLE = [
    ("ridge", "norm(X*w - y)^2 + lam*norm(w)^2", "lam", "norm(w)^2"),
    ("ridge's solution", "tr(inv(A'*A + lam*I(n)))", "lam", "-tr(inv(A'*A + lam*I(n))*inv(A'*A + lam*I(n)))"),
    ("temperature", "logsumexp(z/t)", "t", "-softmax(z/t)'*z/t^2"),
    ("distillation", "-c'*log(softmax(z/t))", "t", "c'*z/t^2 - sum(c)*softmax(z/t)'*z/t^2"),
    ("kernel width", "exp(-norm(z - c)^2/(2*t^2))", "t", "norm(z - c)^2/t^3*exp(-norm(z - c)^2/(2*t^2))"),
    ("noise", "norm(y)^2/(2*t^2) + m/2*log(t^2)", "t", "m/t - norm(y)^2/t^3"),
    ("marginal likelihood", "log(det(A'*A + t^2*I(n)))", "t", "2*t*tr(inv(A'*A + t^2*I(n)))"),
    ("power", "sum(c .* z.^t)", "t", "sum(c .* z.^t .* log(z))"),
    ("gain", "sum(tanh(t*z))", "t", "z'*(1 - tanh(t*z).^2)"),
    ("scale of a batch", "norm(t*X - y*w')^2", "t", "2*t*norm(X)^2 - 2*y'*X*w"),
    ("not in it", "tr(A)", "t", "0"),
]
IDS = [row[0] for row in TABLE]


def slope(expr, scalar, point, step=1e-4):
    """The derivative by a scalar from values alone, to some ten digits."""

    def along(h):
        return value(expr, {**point, scalar: point[scalar] + h})

    near, far = ((along(h) - along(-h)) / (2 * h) for h in (step, 2 * step))
    return (4 * near - far) / 3


@pytest.mark.parametrize(("_", "J", "X", "claim"), TABLE, ids=IDS)
def test_the_textbooks_derivative_by_a_scalar_is_proved(_, J, X, claim):
    assert check(parse(J, SCOPE), SCOPE[X], parse(claim, SCOPE, SCOPE[X])).how == "proved"


@pytest.mark.parametrize(("_", "J", "X", "claim"), TABLE, ids=IDS)
def test_a_derivation_by_a_scalar_ends_in_its_derivative(_, J, X, claim):
    derivation = derive(parse(J, SCOPE), SCOPE[X])
    assert check(parse(J, SCOPE), SCOPE[X], derivation.gradient)
    assert all(step.checked != "given" for step in derivation if str(step.left) == f"d{X}")


@pytest.mark.parametrize(
    ("J", "slip"), [("norm(w)^2*lam", "a factor 2 too much"), ("w'*w*lam/4", "a factor 8 too much")]
)
def test_a_wrong_derivative_by_a_scalar_is_refuted_with_its_slip(J, slip):
    verdict = check(parse(J, SCOPE), SCOPE["lam"], parse("2*norm(w)^2", SCOPE))
    assert verdict.how == "refuted" and verdict.slip == slip


def test_a_matrix_is_no_derivative_by_a_scalar():
    verdict = check(parse("lam*norm(w)^2", SCOPE), SCOPE["lam"], SCOPE["w"])
    assert verdict.how == "refuted" and "lam is a scalar" in verdict.sentence


def test_random_derivatives_by_a_scalar_are_those_of_differences():
    """a stands in functions, in factors and beside traces; J is J(a·X, X) so that it stands everywhere."""
    draw, compared = np.random.default_rng(0), 0
    for seed in range(90):
        formula = Formulas(seed)
        J = formula.J + a * formula.J.xreplace({formula.X: a * formula.X})
        try:
            found = gradient(J, a)
        except NotImplementedError:
            continue
        for _ in range(3):
            point = formula.point(draw)
            try:
                expected, got = slope(J, a, point), value(found, point)
            except NoValue:
                continue
            if abs(expected) < 1e8:
                assert abs(expected - got) <= 1e-5 * max(1, abs(expected)), seed
                compared += 1
    assert compared > 120


SECOND = [
    ("logsumexp(z/t)", "t", None),
    ("exp(-norm(z - c)^2/(2*t^2))", "t", "z"),
    ("exp(-norm(z - c)^2/(2*t^2))", "z", "t"),
    ("norm(X*w - y)^2 + lam*norm(w)^2*t", "lam", "t"),
    ("norm(X*w - y)^2 + lam*norm(w)^2*t", "w", "lam"),
    ("sum(sigmoid(t*(X*w - y)))", "t", "w"),
]


@pytest.mark.parametrize(("J", "x", "y"), SECOND)
def test_second_and_mixed_derivatives_are_those_of_differences(J, x, y):
    J, first, draw = parse(J, SCOPE), SCOPE[x], np.random.default_rng(1)
    second = first if y is None else SCOPE[y]
    found, by_first = hessian(J, first, None if y is None else second), gradient(J, first)
    m, n = (next(s for s in SCOPE["X"].shape if s.name == name) for name in "mn")
    sizes = {m: 3, n: 2}
    point = sizes | {s: draw.uniform(0.5, 1.5) for s in (SCOPE["t"], SCOPE["lam"])}
    for symbol in J.atoms(sp.MatrixSymbol):
        point[symbol] = draw.uniform(-1, 1, [int(size.subs(sizes)) for size in symbol.shape])
    expected = np.empty((np.size(point[first]), np.size(point[second])))
    for place in range(expected.shape[1]):

        def along(h, place=place):
            moved = np.array(point[second], dtype=float)
            moved.ravel()[place : place + 1] += h
            return value(by_first, {**point, second: moved if moved.shape else moved[()]})

        expected[:, place] = np.ravel((along(1e-5) - along(-1e-5)) / 2e-5)
    assert np.allclose(value(found, point), expected, atol=1e-6)


def test_a_matrix_has_its_derivative_by_a_scalar():
    A, B, t = (SCOPE[name] for name in ("A", "B", "t"))
    assert jacobian(sp.Inverse(A + t * B), t) == -sp.Inverse(A + t * B) * B * sp.Inverse(A + t * B)
    assert jacobian(A, t) == sp.ZeroMatrix(*A.shape)


def test_a_size_is_no_variable():
    n = SCOPE["A"].rows
    for ask in (gradient, derive, lambda J, X: check(J, X, sp.S.One)):
        with pytest.raises(ValueError, match="whole number"):
            ask(sp.Trace(SCOPE["A"]) * n, n)


def test_the_form_takes_a_scalar():
    answers = []
    question = {"symbols": "w: n, lam: scalar", "definitions": "", "J": "lam*norm(w)^2", "variable": "lam"}
    question["gradient"] = "w'*w"
    assert checker.answer(json.dumps(question), lambda kind, text: answers.append((kind, text)))
    assert "proved" in dict(answers)


def test_a_parameter_inside_a_function_of_entries_is_seen():
    t, u, x = SCOPE["t"], sp.Symbol("u", real=True), SCOPE["z"]
    J = sp.Trace(
        sp.OneMatrix(1, x.rows)
        * sp.matrices.expressions.applyfunc.ElementwiseApplyFunction(sp.Lambda(u, sp.exp(t * u)), x)
    )
    assert check(J, t, parse("sum(z .* exp(t*z))", SCOPE)).how == "proved"
