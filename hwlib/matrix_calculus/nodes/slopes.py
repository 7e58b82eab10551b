"""φ'(A) of a function of every entry, written through Y = φ(A) where that is shorter: y∘(1 − y) for the sigmoid."""

from sympy import (
    Abs,
    Derivative,
    DiracDelta,
    Dummy,
    Lambda,
    Matrix,
    Mul,
    OneMatrix,
    S,
    Symbol,
    cancel,
    exp,
    sign,
    solve_linear_system,
    symbols,
    trigsimp,
)
from sympy.core.cache import cacheit
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from ..doors import shown
from ..shapes import shape
from ..writing import hadamard, hadamard_power, scaled, total

# The variable of every function the engine writes; no symbol of a user equals it.
T = Symbol("t", real=True, polar=False)
Y = Dummy("y", real=True)
_E = Dummy("E", positive=True)


def applied(function, matrix):
    """A function of every entry, always with the same Lambda for the same function."""
    return ElementwiseApplyFunction(Lambda(T, function(T)), matrix)


def slope(node, value=None):
    """φ'(A) of Y = φ(A); value is Y or a name for it."""
    return of_every_entry(slope_body(node.function(T)), {T: node.expr, Y: value or node}, shape(node))


def by_parameter(node, parameter):
    """∂φ/∂p(A) of Y = φ(A; p), where p is a scalar in the function's own text."""
    return of_every_entry(derivative(node.function(T), parameter), {T: node.expr}, shape(node))


@cacheit
def slope_body(value):
    """φ'(t) as an expression in T and, where that is shorter, Y = φ(t)."""
    plain = derivative(value, T)
    if not plain.has(T):
        return plain
    angles = [function.args[0] for function in plain.atoms(TrigonometricFunction)]
    if angles and all(angle.is_polynomial(T) for angle in angles):  # there is no identity among sin(exp(t)) and cos(t)
        plain = min(plain, trigsimp(plain), key=lambda body: body.count_ops())
    return _through_value(value, plain) or (plain.subs(T / Abs(T), sign(T)) if plain.has(Abs) else plain)


def derivative(expr, variable):
    """SymPy's derivative beside kinks and jumps, with sign(u) as u/|u|, so that sign(u)/|u| becomes 1/u."""
    result = expr.diff(variable).replace(sign, lambda u: u / Abs(u)).replace(DiracDelta, lambda *args: S.Zero)
    if result.has(Derivative) and not expr.has(AppliedUndef, Derivative):
        raise NotImplementedError(f"{type(expr).__name__}: SymPy has no derivative of {shown(expr)}")
    return result


def _through_value(value, plain):
    """a + b y + c y² if φ' = a + b φ + c φ² for all t, else None."""
    if plain == value:
        return Y
    value, plain = _in_exponentials(value), _in_exponentials(plain)
    if value is None or plain is None:
        return None
    points = [(value.subs(_E, k), plain.subs(_E, k)) for k in (2, 3, 5)]
    system = Matrix([[1, v, v**2, p] for v, p in points])
    unknowns = symbols("a b c")
    solution = solve_linear_system(system, *unknowns)
    if not solution or len(solution) < 3:
        return None
    a, b, c = (solution[unknown] for unknown in unknowns)
    if cancel(a + b * value + c * value**2 - plain) != 0:
        return None
    return b * Y * (1 - Y) if a == 0 and b == -c else a + Y * (b + c * Y) if a == 0 else a + b * Y + c * Y**2


def _in_exponentials(expr):
    """expr as a rational function of E = exp(t), or None."""
    if not expr.has(exp, HyperbolicFunction):
        return None
    rewritten = expr.rewrite(exp).replace(
        lambda e: isinstance(e, exp) and (e.args[0] / T).is_Integer, lambda e: _E ** (e.args[0] / T)
    )
    return cancel(rewritten) if not rewritten.has(T) and rewritten.is_rational_function(_E) else None


def of_every_entry(body, matrices, size):
    """The matrix whose entries are body of the entries of the given matrices."""
    if body in matrices:
        return matrices[body]
    if not body.has(*matrices):
        return scaled(body, OneMatrix(*size))
    if body.is_Pow and body.base in matrices and not body.exp.has(*matrices):
        return hadamard_power(matrices[body.base], body.exp)
    coefficient, rest = body.as_independent(*matrices, as_Add=False)
    factors = sorted(Mul.make_args(rest), key=lambda factor: factor.count_ops())  # y∘(1 − y)
    if body.is_Mul and (Y in body.free_symbols or len(factors) == 1):
        return scaled(coefficient, hadamard(*[of_every_entry(factor, matrices, size) for factor in factors]))
    if body.is_Add and (Y in body.free_symbols or body.is_polynomial(T)):
        return total(*[of_every_entry(term, matrices, size) for term in body.args])
    return ElementwiseApplyFunction(Lambda(T, body), matrices[T])
