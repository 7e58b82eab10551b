"""Landmarks: what must be positive for an expression to be real, and where its kinks are."""

import pytest
import sympy as sp

from hwlib.matrix_calculus.landmarks import constants, kink_arguments, positive_arguments
from hwlib.matrix_calculus.notation import parse, read, write

SCOPE = read("A: n x n, x: n, y: n, t: scalar, s: scalar")
t = SCOPE["t"]


def written(found):
    return sorted(map(write, found))


@pytest.mark.parametrize(
    "text, positive",
    [
        ("exp(x) + sin(x)", []),
        ("log(x)", ["x"]),
        ("sum(log(1 - x))", ["1 - x"]),
        ("log(det(A)) + sqrt(t)", ["det(A)", "t"]),
        ("x.^0.5", ["x"]),
        ("x.^-0.5", ["x"]),
        ("x.^3 + x.^-2", []),
        ("t^1.5", ["t"]),
        ("norm(x)", ["norm(x)^2"]),
        ("log(sqrt(x) - 2)", ["sqrt(x) - 2", "x"]),
        ("log(3)", []),
    ],
)
def test_what_must_be_positive_is_found_wherever_it_stands(text, positive):
    assert written(positive_arguments(parse(text, SCOPE))) == positive


@pytest.mark.parametrize(
    "function, argument",
    [(sp.asin, 1 - t**2), (sp.acos, 1 - t**2), (sp.atanh, 1 - t**2), (sp.acosh, t - 1), (sp.log, t)],
    ids=str,
)
def test_the_domains_of_functions(function, argument):
    assert positive_arguments(function(t)) == [argument]
    x = SCOPE["x"]
    (found,) = positive_arguments(x.applyfunc(function))
    assert found == x or found.function(t) == argument and found.expr == x


@pytest.mark.parametrize(
    "text, kinks",
    [
        ("exp(x) .* x", []),
        ("relu(x)", ["-x"]),
        ("abs(x - 3)", ["x - 3"]),
        ("step(A*x)", ["A*x"]),
        ("sign(t) + max(t, s)", ["s - t", "t"]),
        ("min(x, 7)", ["7 - x"]),
        ("log(abs(x))", ["x"]),
        ("abs(3)", []),
    ],
)
def test_kinks_are_found_at_the_sign_changes_of_their_arguments(text, kinks):
    assert written(kink_arguments(parse(text, SCOPE))) == kinks


def test_the_cases_of_a_function_have_kinks_between_them():
    huber = sp.Piecewise((t**2, sp.Abs(t) < 2), (t, t > 5), (0, True))
    assert set(kink_arguments(huber)) == {t, sp.Abs(t) - 2, t - 5}


def test_all_pairs_of_a_maximum_of_three_change_sides():
    s = SCOPE["s"]
    assert len(kink_arguments(sp.Max(t, s, 4))) == 3


def test_constants_are_those_of_the_kinks_alone_without_their_signs():
    expr = parse("sum(relu(x - 5)) + 17*sum(abs(x + 5/2)) + max(t, -100) + 23*t", SCOPE)
    assert constants(expr) == [sp.Rational(5, 2), 5, 100]
    assert constants(parse("17*x + exp(4*x)", SCOPE)) == []
    assert constants(parse("sum(log(x - 5)) + sqrt(600 - t)", SCOPE)) == [5, 600]
    assert constants(parse("relu(x)", SCOPE), parse("abs(x - 9)", SCOPE)) == [9]


def test_several_expressions_are_looked_at_once_each_argument():
    found = positive_arguments(parse("log(x)", SCOPE), parse("sqrt(x)", SCOPE), parse("log(y)", SCOPE))
    assert found == [SCOPE["x"], SCOPE["y"]]
