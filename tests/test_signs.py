"""Signs, moduli and steps in proofs: what holds at every real value is proved, also at zero, and nothing else."""

import pytest
import sympy as sp
from sympy import Abs, HadamardPower, HadamardProduct, Heaviside, MatAdd, MatMul, MatrixSymbol, Max, Min, Trace, sign
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from hwlib.matrix_calculus.conditions import Condition
from hwlib.matrix_calculus.normal_form import proved_equal

n = sp.symbols("n", integer=True, positive=True)
x, y, z = (MatrixSymbol(name, n, 1) for name in "xyz")
T, s, t = sp.Symbol("t_", real=True), sp.Symbol("s", real=True), sp.Symbol("t", real=True)
p, q = Trace(x.T * y), Trace(y.T * z)
ONES = sp.OneMatrix(n, 1)
HAD = HadamardProduct


def of(function, matrix):
    return ElementwiseApplyFunction(sp.Lambda(T, function(T)), matrix)


def step(t):
    return Heaviside(t, sp.S.Half)


ALWAYS = {
    "sign of a product": (of(sign, HAD(x, y)), HAD(of(sign, x), of(sign, y))),
    "sign of an outer product": (of(sign, x * y.T), of(sign, x) * of(sign, y).T),
    "sign of a multiple": (of(sign, 3 * x), of(sign, x)),
    "sign of a negative multiple": (of(sign, MatMul(-3, x)), MatMul(-1, of(sign, x))),
    "sign of a difference": (of(sign, MatAdd(x, -y)), MatMul(-1, of(sign, MatAdd(y, -x)))),
    "sign of a cube": (of(lambda t: sign(t**3), x), of(sign, x)),
    "sign of a square times": (of(lambda t: sign(t**2) * t, x), x),
    "sign of a positive function": (of(lambda t: sign(sp.exp(t)), x), ONES),
    "sign of a negative function": (of(lambda t: sign(-1 - t**2), x), MatMul(-1, ONES)),
    "sign of a scalar product": (sign(p * q), sign(p) * sign(q)),
    "sign of a sum of products": (sign(2 * p + 2 * q), sign(p + q)),
    "sign of the negative of a sum": (sign(-p - q), -sign(p + q)),
    "modulus of a product": (of(Abs, HAD(x, y)), HAD(of(Abs, x), of(Abs, y))),
    "modulus of a difference": (of(Abs, MatAdd(x, -y)), of(Abs, MatAdd(y, -x))),
    "modulus of a square": (of(lambda t: Abs(t**2), x), HadamardPower(x, 2)),
    "modulus and sign": (of(lambda t: Abs(t) * sign(t), x), x),
    "modulus of a scalar product": (Abs(p) * sign(p), p),
    "square of a modulus": (of(lambda t: Abs(t) ** 2, x), HadamardPower(x, 2)),
    "modulus of a modulus": (of(lambda t: Abs(Abs(t)), x), of(Abs, x)),
    "two steps": (MatAdd(of(step, x), of(lambda t: step(-t), x)), ONES),
    "step and sign": (of(lambda t: 2 * step(t) - 1, x), of(sign, x)),
    "a step twice, times its argument": (of(lambda t: t * step(t) ** 2, x), of(lambda t: t * step(t), x)),
    "a step three times": (of(lambda t: 2 * step(t) ** 3, x), of(lambda t: 3 * step(t) ** 2 - step(t), x)),
    "a step four times, times its argument": (of(lambda t: t**2 * step(t) ** 4, x), of(lambda t: t**2 * step(t), x)),
    "a step of a difference, twice": (
        of(lambda t: (t - 1) * step(t - 1) ** 2, x),
        of(lambda t: (t - 1) * step(t - 1), x),
    ),
    "the argument of a step without its rest": (
        of(lambda t: t * step(t - 1) ** 2, x),
        of(lambda t: t * step(t - 1) - step(t - 1) + step(t - 1) ** 2, x),
    ),
    "a step of a scalar product, twice": (p * step(p) ** 2, p * step(p)),
    "a step of a sum of products, twice": ((p + q) * step(p + q) ** 2, (p + q) * step(p + q)),
    "relu from the modulus": (of(lambda t: Max(0, t), x), of(lambda t: (t + Abs(t)) / 2, x)),
    "relu of the negative": (of(lambda t: Max(0, t) - Max(0, -t), x), x),
    "the larger and the smaller": (Max(p, q) + Min(p, q), p + q),
    "their difference": (Max(p, q) - Min(p, q), Abs(p - q)),
    "their product": (Max(p, q) * Min(p, q), p * q),
    "cases": (of(lambda t: sp.Piecewise((-t, t < 0), (t, True)), x), of(Abs, x)),
    "cases by another border": (
        of(lambda t: sp.Piecewise((t - 3, t >= 3), (0, True)), x),
        of(lambda t: Max(t - 3, 0), x),
    ),
    "root of a square": (of(lambda t: sp.sqrt(t**2), x), of(Abs, x)),
    "root of a square of a sum": (sp.sqrt((s + t) ** 2), Abs(s + t)),
}
WHERE = {  # with what must hold for a value, or is given
    "sign of an inverse": (of(lambda t: sign(1 / t), x), of(sign, x)),
    "sign of the inverse of a sum": (sign(1 / (s + t)), sign(s + t)),
    "sign of a quotient": (of(sign, HAD(x, HadamardPower(y, -1))), HAD(of(sign, x), of(sign, y))),
    "modulus over itself": (of(lambda t: t / Abs(t), x), of(sign, x)),
    "square of a sign beside an inverse": (of(lambda t: sign(t) ** 2 / t, x), HadamardPower(x, -1)),
    "modulus of an inverse": (of(lambda t: Abs(1 / t), x), of(lambda t: 1 / Abs(t), x)),
    "sign of a logarithm's argument": (of(lambda t: sign(t) * sp.log(t), x), of(sp.log, x)),
}
NEVER = {
    "sign of a sum": (of(sign, MatAdd(x, y)), MatAdd(of(sign, x), of(sign, y))),
    "modulus of a sum": (of(Abs, MatAdd(x, y)), MatAdd(of(Abs, x), of(Abs, y))),
    "sign of a scalar product": (sign(p), Trace(of(sign, x).T * of(sign, y))),
    "square of a sign": (of(lambda t: sign(t) ** 2, x), ONES),
    "a step twice": (of(lambda t: step(t) ** 2, x), of(step, x)),
    "a step of another argument": (of(lambda t: (t - 1) * step(t) ** 2, x), of(lambda t: (t - 1) * step(t), x)),
    "modulus": (of(Abs, x), x),
    "sign of a square": (of(lambda t: sign(t**2), x), ONES),
    "the larger of two": (Max(p, q), p),
    "root of a square": (of(lambda t: sp.sqrt(t**2), x), x),
    "the border of cases": (
        of(lambda t: sp.Piecewise((1, t > 0), (0, True)), x),
        of(lambda t: sp.Piecewise((1, t >= 0), (0, True)), x),
    ),
    "a step in transposed places": (of(step, x * y.T), of(step, y * x.T)),
}


@pytest.mark.parametrize("name", ALWAYS)
def test_what_holds_everywhere_is_proved(name):
    left, right = ALWAYS[name]
    assert proved_equal(left, right) and proved_equal(right, left)


@pytest.mark.parametrize("name", WHERE)
def test_what_holds_where_it_has_a_value_is_proved(name):
    left, right = WHERE[name]
    assert proved_equal(left, right) and proved_equal(right, left)


@pytest.mark.parametrize("name", NEVER)
def test_what_fails_somewhere_is_not_proved(name):
    left, right = NEVER[name]
    assert not proved_equal(left, right) and not proved_equal(right, left)


GIVEN = [  # (kind, of what, left, right)
    ("positive", x, of(sign, x), ONES),
    ("positive", x, of(Abs, x), x),
    ("nonnegative", x, of(Abs, x), x),
    ("nonzero", x, of(lambda t: sign(t) ** 2, x), ONES),
    ("nonzero", x, of(lambda t: step(t) ** 2, x), of(step, x)),
    ("positive", s + t, sign(s + t), sp.S.One),
    ("positive", p, sign(p), sp.S.One),
    ("nonnegative", p, Abs(p), p),
    ("nonzero", p, sign(p) ** 2, sp.S.One),
    ("positive", MatMul(2, x), of(sign, x), ONES),
]


@pytest.mark.parametrize("kind, expr, left, right", GIVEN)
def test_what_is_given_decides_a_sign_and_nothing_else_does(kind, expr, left, right):
    assert proved_equal(left, right, given=[Condition(kind, expr)])
    assert not proved_equal(left, right)
    other = y if expr.is_Matrix else q
    assert not proved_equal(left, right, given=[Condition(kind, other)])
