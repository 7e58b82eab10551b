"""What agreement at points is worth: what is counted, and a bound on the chance of a miss that holds."""

from fractions import Fraction
from random import Random

import pytest
import sympy as sp

from hwlib.matrix_calculus.evidence import CHOICES, Record, chance_of_a_miss, degree
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.points import UNIFORM_SIZE, Point, Sampler
from hwlib.matrix_calculus.values import entries

SCOPE = read("A: n x n, B: n x n, X: n x n, x: n, y: n, t: scalar, s: scalar")
SIZE = {SCOPE["A"].shape[0]: UNIFORM_SIZE}

RATIONAL = [
    "7*x",
    "A + B'",
    "A*B*A",
    "x'*A*x",
    "tr(A*B)*A",
    "A .* B + x*y'",
    "A.^3",
    "A^3",
    "det(A)",
    "det(A + B)*A",
    "inv(A)",
    "inv(A)*B*inv(A)",
    "inv(A)^2",
    "x ./ y",
    "x.^-2",
    "1/(x'*y)",
    "x/(1 + x'*x) + y/t",
    "tr(inv(A))",
    "diag(x)*A",
    "t^2*s*A/(t + s)",
    "(A + t*I)*x ./ (1 + y)",
]


@pytest.mark.parametrize("text", RATIONAL)
def test_a_degree_is_at_least_that_of_every_entry(text):
    """Of the entries as fractions in lowest terms, with all variables put on one random line."""
    expr = parse(text, SCOPE)
    numerator, denominator = degree(expr)
    u, random = sp.Symbol("u"), Random(text)
    for entry in [e for row in entries(expr, SIZE) for e in row][:3]:
        line = {symbol: random.randint(-9, 9) * u + random.randint(1, 9) for symbol in sp.sympify(entry).free_symbols}
        over, under = sp.fraction(sp.cancel(sp.sympify(entry).xreplace(line)))
        assert sp.degree(over, u) <= numerator and sp.degree(under, u) <= denominator


@pytest.mark.parametrize(
    "text, known",
    [
        ("A*B", (2, 0)),
        ("x ./ y", (1, 1)),
        ("A.^3", (3, 0)),
        ("x.^-2", (0, 2)),
        ("A + B.^2", (2, 0)),
        ("3*I(n)", (0, 0)),
    ],
)
def test_a_degree_is_no_larger_than_it_must_be_where_that_is_easy(text, known):
    assert degree(parse(text, SCOPE)) == known


@pytest.mark.parametrize("text", ["exp(x)", "sqrt(x)", "relu(x)", "norm(x)", "log(det(A))", "x.^0.5", "abs(t)*A"])
def test_what_is_not_rational_has_no_degree(text):
    assert degree(parse(text, SCOPE)) is None


def test_a_function_of_entries_has_a_degree_if_its_variable_is_all_it_holds():
    t, s, x = SCOPE["t"], SCOPE["s"], SCOPE["x"]
    assert degree(x.applyfunc(sp.Lambda(t, (t**3 + 1) / (t**2 + 2)))) == (3, 3)
    assert degree(x.applyfunc(sp.Lambda(t, 5))) == (0, 0)
    assert degree(x.applyfunc(sp.Lambda(t, s * t))) is None and degree(x.applyfunc(sp.Lambda(t, sp.exp(t)))) is None


def test_the_degree_of_what_is_shared_costs_what_is_stored():
    M = SCOPE["A"]
    for _ in range(60):
        M = sp.MatAdd(sp.MatMul(M, SCOPE["B"]), sp.MatMul(2, M))
    assert degree(M) == (61, 0)


def test_no_chance_is_told_without_uniform_points_or_of_other_functions():
    A, x = SCOPE["A"], SCOPE["x"]
    assert chance_of_a_miss(A, 2 * A, 0) is None
    assert chance_of_a_miss(x.applyfunc(sp.exp), x, 5) is None and chance_of_a_miss(x, x.applyfunc(sp.exp), 5) is None


def test_the_chance_is_that_of_Schwartz_and_Zippel():
    A, B = SCOPE["A"], SCOPE["B"]
    for k in (1, 2, 5):
        told = chance_of_a_miss(A * B, B * A, k)  # a difference of degree 2: at most (2 / 2000)^k
        assert told == 3 * k and 10**-told >= (2 / CHOICES) ** k
    fraction = parse("x ./ y", SCOPE)  # x/y − y/x: over a common denominator of degree 2, where that is not zero
    assert 10.0 ** -chance_of_a_miss(fraction, parse("y ./ x", SCOPE), 3) >= (2 / (CHOICES - 2)) ** 3


def test_a_bound_of_no_use_is_not_told():
    A = SCOPE["A"]
    assert chance_of_a_miss(A**CHOICES, A, 3) is None
    assert chance_of_a_miss(sp.HadamardPower(A, -CHOICES), A, 3) is None


def record(*points):
    x = SCOPE["x"]
    found = Record(Sampler(x))
    for manner, *values in points:
        point = Point({x.shape[0]: len(values), x: tuple((Fraction(v),) for v in values)})
        point.manner = manner
        found.add(point)
    return found


def test_a_record_counts_points_sizes_entries_and_uniform_ones():
    found = record(("mixed", 1, -2), ("uniform", 900, -7, 3), ("uniform", 5))
    assert (found.agreed, found.uniform) == (3, 2)
    assert str(found) == "3 points, of sizes 1 to 3 and entries from -7 to 900"
    assert str(record(("mixed", Fraction(1, 2)))) == "1 point, of sizes 1 to 1 and entries from 0 to 1"


def test_a_record_of_numbers_alone_tells_no_sizes():
    t = SCOPE["t"]
    found = Record(Sampler(t))
    found.add(Point({t: Fraction(-5, 2)}))
    assert str(found) == "1 point, of entries from -3 to -2"
    assert str(Record(Sampler(sp.Integer(1)))) == "0 points"


def test_a_record_has_seen_a_side_if_one_entry_was_on_it():
    x = SCOPE["x"]
    found = record(("mixed", 1, -2), ("mixed", 3, 4))
    assert found.has_seen(x) and found.has_seen(sp.MatMul(-1, x)) and found.has_seen(parse("x - 3.5", SCOPE))
    assert not found.has_seen(parse("x - 4", SCOPE)) and not found.has_seen(parse("-x - 2", SCOPE))
    assert not found.has_seen(parse("log(-x - 3)", SCOPE)) and not record().has_seen(x)
