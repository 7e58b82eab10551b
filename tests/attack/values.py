"""Values of SymPy's scalar and matrix expressions, and slopes from them: the attack's own arithmetic.

It walks the tree node by node over NumPy arrays of mpmath numbers and shares no code with the engine. Entries are
real: where an expression has no real, finite value its value is NaN.
"""

from __future__ import annotations

import operator
from functools import reduce

import numpy as np
import sympy as sp
from mpmath import MPContext
from mpmath.libmp import NoConvergence
from sympy.core.function import Application
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.matrixbase import MatrixBase

DIGITS = 60
HUGE = 10**6  # no exponential of more than that, no number of more digits
mp = MPContext()
mp.dps = DIGITS
NAN, ZERO, ONE, HALF = mp.nan, mp.mpf(0), mp.mpf(1), mp.mpf(1) / 2


class OutOfReach(ArithmeticError):
    """A value that these digits cannot hold; it says nothing about the expression."""


def number(value):
    """A number of any kind as one of ours."""
    if isinstance(value, sp.Rational):
        return mp.mpf(value.p) / value.q
    if hasattr(value, "numerator"):
        return mp.mpf(value.numerator) / value.denominator
    return mp.mpf(value)


def array(rows):
    """A matrix of our numbers."""
    rows = [list(row) for row in rows]
    found = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            found[i, j] = number(entry)
    return found


def filled(rows, cols, entry):
    """The matrix with the entries entry(i, j)."""
    found = np.empty((rows, cols), dtype=object)
    for i in range(rows):
        for j in range(cols):
            found[i, j] = entry(i, j)
    return found


def each(function, *matrices):
    """The function of the entries at every place."""
    return filled(*matrices[0].shape, lambda i, j: function(*[matrix[i, j] for matrix in matrices]))


def real(value):
    """A value, NaN where it is complex or infinite."""
    if isinstance(value, mp.mpc):
        value = value.real if value.imag == 0 else NAN
    return value if mp.isfinite(value) else NAN


# ---------------------------------------------------------------- functions of numbers


def _exp(t):
    if abs(t) > HUGE:
        raise OutOfReach(f"exp of {mp.nstr(t, 3)}")
    return mp.exp(t)


def _log(t):
    return mp.log(t) if t > 0 else NAN


def _circular(function):
    def value(t):
        if abs(t) > mp.mpf(10) ** 20:
            raise OutOfReach("an angle of more than 20 digits")
        return function(t)

    return value


def _growing(function):
    def value(t):
        if abs(t) > HUGE:
            raise OutOfReach("a function that grows too fast")
        return function(t)

    return value


def _near(function):
    """A function that is an exponential but for a part that must not be lost: cosh t − sinh t is e⁻ᵗ, and not zero."""

    def value(t):
        if abs(t) > DIGITS // 2:
            raise OutOfReach("a part of it is beyond these digits")
        return function(t)

    return value


def _within(function, low, high):
    return lambda t: function(t) if low <= t <= high else NAN


def _power(base, exponent):
    if base == 0:
        return ONE if exponent == 0 else ZERO if exponent > 0 else NAN
    if base < 0 and exponent != mp.floor(exponent):
        return NAN
    if abs(exponent) * abs(mp.log(abs(base))) > HUGE:
        raise OutOfReach("a power of too many digits")
    if exponent == mp.floor(exponent):
        return base ** int(exponent)
    return mp.power(base, exponent)


def _step(t, at_zero=None):
    return ONE if t > 0 else ZERO if t < 0 else HALF if at_zero is None else at_zero


FUNCTIONS = {
    sp.exp: _exp,
    sp.log: _log,
    sp.sin: _circular(mp.sin),
    sp.cos: _circular(mp.cos),
    sp.tan: _circular(mp.tan),
    sp.cot: _circular(lambda t: NAN if t == 0 else mp.cot(t)),
    sp.sec: _circular(mp.sec),
    sp.csc: _circular(lambda t: NAN if t == 0 else mp.csc(t)),
    sp.asin: _within(mp.asin, -1, 1),
    sp.acos: _within(mp.acos, -1, 1),
    sp.atan: mp.atan,
    sp.acot: lambda t: NAN if t == 0 else mp.atan(1 / t),
    sp.atan2: lambda y, x: NAN if x == 0 == y else mp.atan2(y, x),
    sp.sinh: _near(mp.sinh),
    sp.cosh: _near(mp.cosh),
    sp.tanh: lambda t: mp.tanh(t) if abs(t) < HUGE else mp.sign(t),
    sp.coth: lambda t: NAN if t == 0 else mp.coth(t) if abs(t) < HUGE else mp.sign(t),
    sp.sech: _growing(mp.sech),
    sp.csch: _growing(lambda t: NAN if t == 0 else mp.csch(t)),
    sp.asinh: mp.asinh,
    sp.acosh: lambda t: mp.acosh(t) if t >= 1 else NAN,
    sp.atanh: lambda t: mp.atanh(t) if abs(t) < 1 else NAN,
    sp.erf: mp.erf,
    sp.erfc: mp.erfc,
    sp.gamma: lambda t: NAN if t <= 0 and t == mp.floor(t) else _growing(mp.gamma)(t),
    sp.loggamma: lambda t: mp.loggamma(t) if t > 0 else NAN,
    sp.digamma: lambda t: NAN if t <= 0 and t == mp.floor(t) else mp.digamma(t),
    sp.polygamma: lambda k, t: NAN if t <= 0 and t == mp.floor(t) else mp.polygamma(int(k), t),
    sp.besselj: lambda k, t: _growing(lambda u: mp.besselj(k, u))(t),
    sp.Abs: abs,
    sp.sign: lambda t: mp.mpf(mp.sign(t)),
    sp.Heaviside: _step,
    sp.floor: mp.floor,
    sp.ceiling: mp.ceil,
    sp.Max: max,
    sp.Min: min,
    sp.KroneckerDelta: lambda i, j: ONE if i == j else ZERO,
    sp.re: lambda t: t,
    sp.conjugate: lambda t: t,
    sp.im: lambda t: ZERO,
}


def function_value(function, *arguments):
    """The value of a function of numbers, NaN where it has none."""
    if any(mp.isnan(argument) for argument in arguments):
        return NAN
    if function not in FUNCTIONS:
        raise NotImplementedError(f"the attack's evaluator has no {function}")
    try:
        return real(FUNCTIONS[function](*arguments))
    except (ZeroDivisionError, ValueError):
        return NAN
    except (OverflowError, NoConvergence) as error:
        raise OutOfReach(str(error)) from None


# ---------------------------------------------------------------- linear algebra


def product(left, right):
    return left @ right


def eliminated(matrix, right):
    """(determinant, matrix⁻¹ right) by Gauss-Jordan elimination; the second is None where there is no inverse."""
    size = len(matrix)
    work = np.concatenate([matrix, right], axis=1)
    if any(mp.isnan(entry) for entry in work.flat):
        return NAN, None
    scale = max((abs(entry) for entry in matrix.flat), default=ONE) or ONE
    determinant = ONE
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(work[row, column]))
        ratio = abs(work[pivot, column]) / scale
        if ratio < mp.mpf(10) ** (12 - DIGITS):
            return ZERO, None
        if ratio < mp.mpf(10) ** (-DIGITS // 3):
            raise OutOfReach("nearly singular")
        if pivot != column:
            work[[column, pivot]] = work[[pivot, column]]
            determinant = -determinant
        determinant *= work[column, column]
        work[column] = work[column] / work[column, column]
        for row in range(size):
            if row != column and work[row, column] != 0:
                work[row] = work[row] - work[row, column] * work[column]
    return determinant, work[:, size:]


def eye(size):
    return filled(size, size, lambda i, j: ONE if i == j else ZERO)


def inverse(matrix):
    found = eliminated(matrix, eye(len(matrix)))[1]
    return filled(*matrix.shape, lambda i, j: NAN) if found is None else found


def matrix_power(matrix, exponent):
    if exponent != mp.floor(exponent):
        raise NotImplementedError("a power of a matrix that is no integer")
    base = inverse(matrix) if exponent < 0 else matrix
    return reduce(product, [base] * abs(int(exponent)), eye(len(matrix)))


# ---------------------------------------------------------------- the walk


class Values:
    """The values of expressions at one point: {symbol: number or array}, sizes among them as numbers."""

    def __init__(self, point, outer=None):
        self.memo, self.outer = dict(point), outer

    def __call__(self, node):
        if node not in self.memo:
            walk = next((WALKS[kind] for kind in type(node).__mro__ if kind in WALKS), None)
            if walk is None:
                raise NotImplementedError(f"the attack's evaluator has no {type(node).__name__}: {node}")
            self.memo[node] = _whole(walk(self, node))
        return self.memo[node]

    def number(self, node):
        value = self(node)
        if isinstance(value, np.ndarray):
            if value.shape != (1, 1):
                raise ValueError(f"{node} has shape {value.shape} where a number is needed")
            return value[0, 0]
        return value

    def matrix(self, node):
        value = self(node)
        return value if isinstance(value, np.ndarray) else array([[value]])

    def size(self, node):
        return int(self.number(node))

    def bound(self, variables, body, arguments):
        return Values(zip(variables, arguments, strict=True), self).number(body)


def _whole(value):
    """A matrix with an entry that has no value has none: it is not defined, whatever is then made of it."""
    if isinstance(value, np.ndarray) and any(mp.isnan(entry) for entry in value.flat):
        return filled(*value.shape, lambda i, j: NAN)
    return value


def _symbol(values, node):
    if values.outer is None:
        raise KeyError(f"no value is given for {node}")
    return values.outer(node)


def _sum(values, node):
    terms = [values(arg) for arg in node.args]
    if not any(isinstance(term, np.ndarray) for term in terms):
        return sum(terms, ZERO)
    if any(not isinstance(term, np.ndarray) for term in terms):
        return sum((values.number(arg) for arg in node.args), ZERO)
    if len({term.shape for term in terms}) > 1:
        raise ValueError(f"shapes {[term.shape for term in terms]} in the sum {node}")
    return reduce(operator.add, terms)


def _product(values, node):
    """A product; a run of factors that is 1×1 and fits no neighbor is a number, as SymPy drops its brackets."""
    factors = []
    for arg in node.args:
        repeated = isinstance(arg, sp.MatPow) and arg.exp.is_Integer and arg.exp > 0
        base = values(arg.base) if repeated else None
        if repeated and base.shape[0] != base.shape[1]:
            factors += [base] * int(arg.exp)
        else:
            factors.append(values(arg))
    scalar = reduce(operator.mul, [f for f in factors if not isinstance(f, np.ndarray)], ONE)
    runs = []
    for factor in factors:
        if isinstance(factor, np.ndarray):
            if runs and runs[-1].shape[1] == factor.shape[0]:
                runs[-1] = product(runs[-1], factor)
            else:
                runs.append(factor)
    rest = [run for run in runs if len(runs) == 1 or run.shape != (1, 1)]
    if not runs:
        return scalar
    scalar = reduce(operator.mul, [run[0, 0] for run in runs if len(runs) > 1 and run.shape == (1, 1)], scalar)
    if not rest:
        return array([[scalar]])
    for left, right in zip(rest, rest[1:], strict=False):
        if left.shape[1] != right.shape[0]:
            raise ValueError(f"shapes {left.shape} and {right.shape} in the product {node}")
    return reduce(product, rest) * scalar


def _pow(values, node):
    base, exponent = values(node.base), values.number(node.exp)
    if isinstance(base, np.ndarray) and base.shape != (1, 1):
        return matrix_power(base, exponent)
    if isinstance(base, np.ndarray):
        return array([[function_power(base[0, 0], exponent, _is_any_number(node.exp))]])
    return function_power(base, exponent, _is_any_number(node.exp))


def _is_any_number(exponent):
    """Whether an exponent stands for any real number: then only a base that is not negative has a power."""
    return bool(exponent.free_symbols) and not exponent.is_integer


def function_power(base, exponent, any_number=False):
    """A power of numbers, NaN where it is not real."""
    if mp.isnan(base) or mp.isnan(exponent) or (any_number and base < 0):
        return NAN
    return real(_power(base, exponent))


def _hadamard(values, node):
    factors = [values.matrix(arg) for arg in node.args]
    if len({factor.shape for factor in factors}) > 1:
        raise ValueError(f"shapes {[factor.shape for factor in factors]} in the entrywise product {node}")
    return reduce(operator.mul, factors)


def _hadamard_power(values, node):
    base, exponent = values(node.args[0]), values(node.args[1])
    shape = next(part.shape for part in (base, exponent) if isinstance(part, np.ndarray))
    base, exponent = (
        part if isinstance(part, np.ndarray) and part.shape == shape else filled(*shape, lambda i, j, p=part: _one(p))
        for part in (base, exponent)
    )
    any_number = _is_any_number(node.args[1])
    return each(lambda b, e: function_power(b, e, any_number), base, exponent)


def _one(value):
    return value[0, 0] if isinstance(value, np.ndarray) else value


def _applied(values, node):
    (variable,), body = node.function.variables, node.function.expr
    return each(lambda entry: values.bound([variable], body, [entry]), values.matrix(node.expr))


def _diag(values, node):
    vector = values.matrix(node.args[0])
    if 1 not in vector.shape:
        raise ValueError(f"diag of {vector.shape} in {node}")
    entries = list(vector.flat)
    return filled(len(entries), len(entries), lambda i, j: entries[i] if i == j else ZERO)


def _square(values, node):
    matrix = values.matrix(node)
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{node} has shape {matrix.shape}, but must be square")
    return matrix


def _diagonal_part(values, node):
    matrix = values.matrix(node.arg)
    return filled(*matrix.shape, lambda i, j: matrix[i, j] if i == j else ZERO)


def _kronecker(values, node):
    def pair(left, right):
        rows, cols = right.shape
        return filled(
            left.shape[0] * rows,
            left.shape[1] * cols,
            lambda i, j: left[i // rows, j // cols] * right[i % rows, j % cols],
        )

    return reduce(pair, map(values.matrix, node.args))


def _entry(values, node):
    parent = values.matrix(node.parent)
    i, j = values.size(node.i), values.size(node.j)
    return parent[i, j] if 0 <= i < parent.shape[0] and 0 <= j < parent.shape[1] else NAN


def _dot(values, node):
    left, right = (list(values.matrix(arg).flat) for arg in node.args)
    return sum((a * b for a, b in zip(left, right, strict=True)), ZERO)


def _function_matrix(values, node):
    shape = values.size(node.rows), values.size(node.cols)
    return filled(*shape, lambda i, j: values.bound(node.lamda.variables, node.lamda.expr, [mp.mpf(i), mp.mpf(j)]))


def _piecewise(values, node):
    for value, condition in node.args:
        holds = values(condition)
        if holds is None:
            return NAN
        if holds:
            return values.number(value)
    return NAN


def _relation(values, node):
    left, right = values.number(node.lhs), values.number(node.rhs)
    if mp.isnan(left) or mp.isnan(right):
        return None
    compare = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt}
    return compare.get(node.rel_op, operator.ge)(left, right)


def _boolean(values, node):
    parts = [values(arg) for arg in node.args]
    if None in parts:
        return None
    return {sp.And: all, sp.Or: any, sp.Not: lambda parts: not parts[0]}[node.func](parts)


def _finite_sum(values, node):
    *inner, (index, low, high) = node.limits
    body = sp.Sum(node.function, *inner) if inner else node.function
    return sum((values.bound([index], body, [mp.mpf(i)]) for i in range(values.size(low), values.size(high) + 1)), ZERO)


def _blocks(values, node):
    return np.block([[values.matrix(part) for part in row] for row in node.blocks.tolist()])


def _slice(values, node):
    rows, cols = (slice(*map(values.size, part)) for part in (node.rowslice, node.colslice))
    return values.matrix(node.parent)[rows, cols]


def _constant(entry):
    return lambda values, node: filled(values.size(node.rows), values.size(node.cols), entry)


WALKS = {
    sp.Symbol: _symbol,
    sp.MatrixSymbol: _symbol,
    sp.Rational: lambda values, node: number(node),
    sp.Float: lambda values, node: mp.mpf(str(node)),
    sp.core.numbers.Pi: lambda values, node: +mp.pi,
    sp.core.numbers.Exp1: lambda values, node: +mp.e,
    sp.core.numbers.EulerGamma: lambda values, node: +mp.euler,
    sp.core.numbers.ComplexInfinity: lambda values, node: NAN,
    sp.core.numbers.Infinity: lambda values, node: NAN,
    sp.core.numbers.NegativeInfinity: lambda values, node: NAN,
    sp.core.numbers.NaN: lambda values, node: NAN,
    sp.core.numbers.ImaginaryUnit: lambda values, node: NAN,
    sp.Add: _sum,
    sp.MatAdd: _sum,
    sp.Mul: _product,
    sp.MatMul: _product,
    sp.Pow: _pow,
    sp.MatPow: _pow,
    sp.Inverse: lambda values, node: inverse(_square(values, node.arg)),
    sp.Transpose: lambda values, node: values.matrix(node.arg).T,
    sp.Adjoint: lambda values, node: values.matrix(node.arg).T,
    sp.Trace: lambda values, node: sum(_square(values, node.arg).diagonal(), ZERO),
    sp.Determinant: lambda values, node: eliminated(_square(values, node.arg), eye(len(values.matrix(node.arg))))[0],
    sp.HadamardProduct: _hadamard,
    sp.HadamardPower: _hadamard_power,
    ElementwiseApplyFunction: _applied,
    sp.DiagMatrix: _diag,
    DiagonalMatrix: _diagonal_part,
    DiagonalOf: lambda values, node: _square(values, node.arg).diagonal().reshape(-1, 1),
    sp.OneMatrix: _constant(lambda i, j: ONE),
    sp.ZeroMatrix: _constant(lambda i, j: ZERO),
    sp.Identity: _constant(lambda i, j: ONE if i == j else ZERO),
    sp.FunctionMatrix: _function_matrix,
    sp.KroneckerProduct: _kronecker,
    sp.BlockMatrix: _blocks,
    MatrixSlice: _slice,
    DotProduct: _dot,
    MatrixElement: _entry,
    MatrixBase: lambda values, node: filled(*node.shape, lambda i, j: values.number(node[i, j])),
    sp.Piecewise: _piecewise,
    Relational: _relation,
    BooleanFunction: _boolean,
    BooleanAtom: lambda values, node: bool(node),
    sp.Sum: _finite_sum,
    Application: lambda values, node: function_value(node.func, *map(values.number, node.args)),
}


def value(expr, point):
    """The value of an expression as an array at a point, NaN in the entries that have none."""
    return Values(point).matrix(expr)


# ---------------------------------------------------------------- slopes

STEP = mp.mpf(10) ** -18
SMOOTH = mp.mpf(10) ** -6  # by which the quotients to both sides may differ where there is a slope


class Slopes:
    """The slopes of J, a scalar or a matrix, at one point when X moves, a matrix symbol or a scalar."""

    def __init__(self, J, X, point):
        self.J, self.X, self.point = J, X, point
        self.shape = (1, 1) if X.is_Symbol and not X.is_Matrix else point[X].shape
        self.fixed = Values({**point, X: None})
        self.here = self.at(None)

    def at(self, change):
        """The value of J where X has moved; what does not contain X is computed once."""
        value = self.point[self.X]
        if change is not None:
            value = value + change if isinstance(value, np.ndarray) else value + change[0, 0]
        return _Moved(self.fixed, self.X, value).matrix(self.J)

    def along(self, direction):
        """The slopes of the entries of J in a direction; NaN where there is none, as at a kink."""
        before, after = self.at(-STEP * direction), self.at(STEP * direction)

        def quotient(low, mid, high):
            left, right = (mid - low) / STEP, (high - mid) / STEP
            return (left + right) / 2 if abs(left - right) <= SMOOTH * (1 + abs(left) + abs(right)) else NAN

        return each(quotient, before, self.here, after)

    def gradient(self, symmetric=False):
        """The gradient of a scalar J entry by entry; among symmetric matrices if X is one."""
        shape = self.shape

        def entry(i, j):
            direction = filled(*shape, lambda r, c: ONE if (r, c) == (i, j) or symmetric and (c, r) == (i, j) else ZERO)
            return self.along(direction)[0, 0] / (2 if symmetric and i != j else 1)

        return filled(*shape, entry)


class _Moved(Values):
    """Values where X has moved; what does not contain X is looked up in the values at the point."""

    def __init__(self, fixed, X, value):
        super().__init__({X: value})
        self.fixed, self.X = fixed, X

    def __call__(self, node):
        if node not in self.memo and self.X not in node.free_symbols:
            return self.fixed(node)
        return super().__call__(node)


def inner(left, right):
    """The sum of the products of the entries."""
    return sum((a * b for a, b in zip(left.flat, right.flat, strict=True)), ZERO)


def differs(left, right, size=ONE):
    """Whether two arrays differ in an entry by more than 10⁻¹⁰ of it, or 10⁻²⁵ of what they were computed from.

    NaN in either is no answer and no difference.
    """
    return any(
        abs(a - b) > mp.mpf(10) ** -10 * max(abs(a), abs(b)) + mp.mpf(10) ** -25 * size
        for a, b in zip(left.flat, right.flat, strict=True)
        if not (mp.isnan(a) or mp.isnan(b))
    )
