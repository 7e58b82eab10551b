"""The conditions of a value and of a slope: enough where they hold, and `follows` is never True wrongly."""

from itertools import product
from random import Random

import pytest
import sympy as sp
from attack.expressions import drawn
from attack.points import Points
from attack.values import OutOfReach, Slopes, Values, eliminated, eye, mp

from hwlib.matrix_calculus.conditions import Condition, follows, holds, needed, reader_with
from hwlib.matrix_calculus.normal_form import proved_equal
from hwlib.matrix_calculus.notation import parse, read

SCOPE = read("A: n x n, B: n x n, S: n x n symmetric, R: m x n, x: n, y: n, t: scalar, s: scalar")
NEEDED = [  # an expression, what it needs for a value, and for a slope what else
    ("exp(x) + sin(x) .* tanh(x)", [], []),
    ("log(x)", ["x > 0"], []),
    ("sqrt(x)", ["x >= 0"], ["x > 0"]),
    ("x.^3", [], []),
    ("x.^-2", ["x is not zero"], []),
    ("y ./ x", ["x is not zero"], []),
    ("x.^1.5", ["x >= 0"], []),
    ("x.^-0.5", ["x > 0"], []),
    ("norm(x)", [], ["norm(x)^2 > 0"]),
    ("norm(x)^2", [], []),
    ("log(x'*x)", ["norm(x)^2 > 0"], []),
    ("abs(x)", [], ["x is not zero"]),
    ("relu(x) + sign(x) + step(x)", [], ["x is not zero"]),
    ("max(x, 2)", [], ["x - 2 is not zero"]),
    ("tan(x)", ["cos(x) is not zero"], []),
    ("inv(A)*x", ["A is invertible"], []),
    ("inv(A)^2", ["A is invertible"], []),
    ("A^3", [], []),
    ("det(A)", [], []),
    ("log(det(A))", ["det(A) > 0"], []),
    ("inv(R'*R)", ["R'*R is invertible"], []),
    ("inv(R'*R + 2*I)", [], []),
    ("inv(R*R' + I)", [], []),
    ("1/t + log(s)", ["s > 0", "t is not zero"], []),
    ("1/(x'*y)", ["(x'*y) is not zero"], []),
    ("sqrt(1 + t^2)", [], []),
    ("log(sigmoid(x))", [], []),
]


@pytest.mark.parametrize("text, value, slope", NEEDED)
def test_what_a_value_and_a_slope_need_is_said_in_words(text, value, slope):
    expr = parse(text, SCOPE)
    assert sorted(map(str, needed(expr))) == value
    extra = {str(c) for c in needed(expr, slope=True)} - set(value)
    assert sorted(extra) == slope


FUNCTIONS = {
    sp.asin: "nonnegative",
    sp.acos: "nonnegative",
    sp.acosh: "nonnegative",
    sp.atanh: "positive",
    sp.loggamma: "positive",
    sp.sec: "nonzero",
    sp.cot: "nonzero",
    sp.csc: "nonzero",
    sp.coth: "nonzero",
    sp.csch: "nonzero",
    sp.gamma: "defined",
    sp.zeta: "defined",
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_every_function_needs_what_its_domain_is(function):
    t = SCOPE["t"]
    (condition,) = needed(function(t))
    assert condition.kind == FUNCTIONS[function]
    (smooth,) = needed(function(t), slope=True)
    assert smooth.kind == {"nonnegative": "positive"}.get(condition.kind, condition.kind)


def test_a_closed_domain_is_that_of_the_function():
    t = SCOPE["t"]
    for function, inside, outside in ((sp.asin, 1, 1.1), (sp.acos, -1, -1.1), (sp.acosh, 1, 0.9), (sp.atanh, 0.9, 1)):
        (condition,) = needed(function(t))
        least = 1e-9 if condition.kind == "positive" else 0
        assert condition.expr.subs(t, inside) >= least and not condition.expr.subs(t, outside) >= least


FOLLOWS = [  # (wanted, given): shown for all sizes
    ("positive: exp(x)", []),
    ("positive: 1 + exp(x)", []),
    ("positive: 1 + x'*x", []),
    ("nonnegative: x'*x", []),
    ("nonnegative: x'*R'*R*x", []),
    ("nonzero: 1 + tr(R'*R)", []),
    ("positive: sum(exp(x))", []),
    ("positive: x + 1", ["positive: x"]),
    ("nonnegative: x", ["positive: x"]),
    ("nonzero: x", ["positive: x"]),
    ("positive: x .* y", ["positive: x", "positive: y"]),
    ("nonzero: x .* y", ["nonzero: x", "nonzero: y"]),
    ("nonzero: x", ["nonzero: x .* y"]),
    ("nonzero: y", ["nonzero: x .* y"]),
    ("nonnegative: x .* y", ["nonnegative: x", "nonnegative: y"]),
    ("positive: x.^2", ["nonzero: x"]),
    ("nonzero: det(A)", ["invertible: A"]),
    ("invertible: A", ["nonzero: det(A)"]),
    ("invertible: A", ["positive: det(A)"]),
    ("invertible: A'", ["invertible: A"]),
    ("invertible: A*B", ["invertible: A", "invertible: B"]),
    ("invertible: B", ["invertible: A*B"]),
    ("invertible: 2*A", ["invertible: A"]),
    ("invertible: t*A", ["invertible: A", "nonzero: t"]),
    ("invertible: I + R'*R", []),
    ("invertible: diag(exp(x))", []),
    ("positive: det(I + R'*R)", []),
    ("nonzero: x'*x", ["positive: norm(x)^2"]),
]
DOES_NOT_FOLLOW = [
    ("positive: x", []),
    ("positive: x.^2", []),
    ("positive: x'*x", []),
    ("nonzero: x'*y", []),
    ("positive: x", ["nonnegative: x"]),
    ("positive: x", ["nonzero: x"]),
    ("positive: x - 1", ["positive: x"]),
    ("positive: x .* y", ["positive: x"]),
    ("positive: x .* y", ["nonzero: x", "nonzero: y"]),
    ("positive: x", ["positive: x .* y"]),
    ("nonzero: x + y", ["nonzero: x", "nonzero: y"]),
    ("nonzero: x + y", ["positive: x", "nonzero: y"]),
    ("invertible: A", []),
    ("invertible: A + B", ["invertible: A", "invertible: B"]),
    ("invertible: R'*R", []),
    ("invertible: R'*R", ["invertible: R*R'"]),
    ("invertible: R*R'", ["invertible: R'*R"]),
    ("invertible: I + A*A", []),
    ("invertible: I + A", ["invertible: A"]),
    ("invertible: I - R'*R", []),
    ("invertible: t*A", ["invertible: A"]),
    ("invertible: A*B", ["invertible: A"]),
    ("positive: det(A)", ["invertible: A"]),
    ("nonzero: tr(A)", ["invertible: A"]),
    ("invertible: diag(x)", []),
    ("positive: x", ["positive: sum(x)"]),
    ("positive: sum(x .* y)", ["positive: x"]),
]


def condition(text):
    kind, expr = text.split(": ")
    return Condition(kind, parse(expr, SCOPE))


@pytest.mark.parametrize("wanted, given", FOLLOWS)
def test_what_follows_is_shown(wanted, given):
    assert follows(condition(wanted), frozenset(map(condition, given)))


@pytest.mark.parametrize("wanted, given", DOES_NOT_FOLLOW)
def test_what_does_not_follow_is_not_shown(wanted, given):
    assert not follows(condition(wanted), frozenset(map(condition, given)))


def is_true(condition, values):
    """Whether a condition holds at a point, by the attack's own arithmetic."""
    value = values.matrix(condition.expr)
    if condition.kind == "invertible":
        return eliminated(value, eye(len(value)))[1] is not None
    tests = {
        "positive": lambda x: x > 0,
        "nonnegative": lambda x: x >= 0,
        "nonzero": lambda x: x != 0,
        "defined": lambda x: not mp.isnan(x),
    }
    return all(map(tests[condition.kind], value.flat))


def test_nothing_follows_that_fails_where_the_given_holds():
    """Every pair and single of the conditions above as given, every one of them as wanted, at random points."""
    random = Random(5)
    every = {condition(text) for texts in (FOLLOWS, DOES_NOT_FOLLOW) for w, g in texts for text in (w, *g)}
    every = sorted(every, key=str)
    points = []
    draw = Points(random, *(c.expr for c in every))
    while len(points) < 40:
        values = Values(draw.draw(random.choice(("mixed", "positive", "dominant", "negative"))))
        try:
            points.append({c: is_true(c, values) for c in every})
        except OutOfReach:
            continue
    shown = 0
    for first, second in random.sample(list(product(every, repeat=2)), 150):
        given = frozenset({first, second})
        for wanted in random.sample(every, 6):
            if follows(wanted, given):
                shown += 1
                assert all(true[wanted] for true in points if true[first] and true[second]), (wanted, given)
    assert shown > 50


def test_where_the_conditions_hold_there_is_a_value_and_a_slope():
    valued = smooth = 0
    for seed in range(40):
        random = Random(seed)
        J, X = drawn(random, 2)
        value, slope = needed(J), needed(J, slope=True)
        draw = Points(random, J)
        for _ in range(4):
            point = draw.draw()
            try:
                values = Values(point)
                if not all(is_true(c, values) for c in value):
                    continue
                assert not mp.isnan(values.number(J)), J
                valued += 1
                if all(is_true(c, values) for c in slope):
                    entries = Slopes(J, X, point).gradient()
                    assert not any(mp.isnan(entry) for entry in entries.flat), J
                    smooth += 1
            except (OutOfReach, NotImplementedError, ValueError, ZeroDivisionError):
                continue
    assert valued > 60 and smooth > 50


def test_a_reader_uses_what_is_given():
    t, left, right = SCOPE["t"], parse("sqrt(t^2)", SCOPE), SCOPE["t"]
    assert not proved_equal(left, right)
    assert proved_equal(left, right, given=[Condition("positive", t)])
    assert reader_with([]).facts["positive"] == set() != reader_with([Condition("positive", t)]).facts["positive"]


def test_a_condition_that_holds_of_itself_is_left_out():
    for text in ("positive: 1 + x'*x", "nonnegative: x'*x", "invertible: 3*I(n) + R'*R"):
        assert holds(condition(text))
    for text in ("positive: x'*x", "nonnegative: t", "invertible: R'*R", "invertible: t*I(n)", "nonnegative: x"):
        assert not holds(condition(text))
