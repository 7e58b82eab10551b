"""Values of matrix expressions over NumPy's arrays, for the tests: shares no code with the engine.

A point is {symbol: number or 2-D array}, sizes included. Only the meaning of SymPy's nodes stands here.
"""

from functools import reduce

import mpmath
import numpy as np
import sympy as sp
from sympy.core.relational import Relational
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix
from sympy.matrices.matrixbase import MatrixBase

WORST_CONDITION = 1e6  # of a matrix that is inverted; half of the digits are left then


class NoValue(ArithmeticError):
    """No real, finite value at this point, or none that float64 could tell."""


def value(expr, point):
    """The value of an expression at a point: a float, or a 2-D array for a matrix."""
    with np.errstate(all="ignore"):
        found = Values(point)(expr)
    if not np.all(np.isfinite(found)):
        raise NoValue
    return found


def slopes(J, X, point, step=1e-4):
    """All the partial derivatives of a scalar J by the entries of X, from values of J alone, to some ten digits."""
    result = np.zeros(point[X].shape)
    for place in np.ndindex(*result.shape):

        def along(h, place=place):
            moved = point[X].copy()
            moved[place] += h
            return float(np.sum(value(J, {**point, X: moved})))

        near, far = ((along(h) - along(-h)) / (2 * h) for h in (step, 2 * step))
        result[place] = (4 * near - far) / 3
    return result


class Values:
    """One walk over an expression; every object is computed once."""

    def __init__(self, point):
        self.point, self.known = point, {}

    def __call__(self, node):
        if node in self.point:
            return self.point[node]
        if id(node) not in self.known:
            rule = next((RULES[kind] for kind in type(node).__mro__ if kind in RULES), None)
            if rule is None:
                raise TypeError(f"the tests know no value for {type(node).__name__}")
            self.known[id(node)] = rule(self, node)
        return self.known[id(node)]

    def args(self, node):
        return [self(arg) for arg in node.args]

    def size(self, node):
        return int(self.number(node))

    def shape(self, node):
        return tuple(map(self.size, node.shape))

    def entries(self, arrays, body, shape):
        """The matrix of body of the entries of arrays; inside they are vectors, which multiply as numbers do."""
        found = Values({**self.point, **{variable: array.ravel() for variable, array in dict(arrays).items()}})(body)
        return np.broadcast_to(found, int(np.prod(shape))).reshape(shape) * 1.0

    def number(self, node):
        found = self(node)
        if np.ndim(found) == 2:
            assert found.shape == (1, 1), f"{node} is no scalar"
            return found[0, 0]
        return found


def _product(values, node):
    """SymPy drops the brackets of (x'y)X: a 1×1 part that does not fit its neighbors is a number."""
    found = list(zip(node.args, values.args(node), strict=True))
    scalar = reduce(np.multiply, (part for _, part in found if np.ndim(part) < 2), 1)
    runs, numbers = [], []
    for arg, part in ((arg, part) for arg, part in found if np.ndim(part) == 2):
        if runs and _same_size(runs[-1][1], arg.rows):
            runs[-1] = runs[-1][0], arg.cols, runs[-1][2] @ part
        else:
            runs.append((arg.rows, arg.cols, part))
        if len(runs) > 1 and runs[-1][:2] == (1, 1):
            numbers.append(runs.pop()[2])
    if len(runs) > 1:
        numbers += [part for rows, cols, part in runs if (rows, cols) == (1, 1)]
        runs = [run for run in runs if run[:2] != (1, 1)] or [(1, 1, np.eye(1))]
    assert len(runs) <= 1, f"{node} does not fit"
    scalar = reduce(np.multiply, (number[0, 0] for number in numbers), scalar)
    return scalar * runs[0][2] if runs else scalar


def _same_size(left, right):
    return (left - right).expand() == 0


def _sum(values, node):
    found = values.args(node)
    assert len({np.shape(part) for part in found}) == 1 or not node.is_Matrix, f"{node} does not fit"
    if not node.is_Matrix:
        found = [part[0, 0] if np.shape(part) == (1, 1) else part for part in found]
    return reduce(np.add, found)


def _entrywise(values, node):
    found = values.args(node)
    assert len({np.shape(part) for part in found}) == 1, f"{node} does not fit"
    return reduce(np.multiply, found)


def inverse(matrix):
    """The inverse of an array; NoValue if float64 cannot tell it."""
    assert matrix.shape[0] == matrix.shape[1]
    if not np.all(np.isfinite(matrix)) or np.linalg.cond(matrix) > WORST_CONDITION:
        raise NoValue
    return np.linalg.inv(matrix)


def _matrix_power(values, node):
    base, exponent = values(node.base), values.number(node.exp)
    if base.shape == (1, 1):
        return np.float_power(base, exponent)
    assert exponent == int(exponent)
    return np.linalg.matrix_power(base if exponent >= 0 else inverse(base), abs(int(exponent)))


def _power(values, node):
    base, exponent = values(node.base), values(node.exp)
    if np.ndim(base) == 2 and not node.base.is_Matrix:
        base = values.number(node.base)
    return np.float_power(base, exponent)


def _applied(values, node):
    (variable,) = node.function.variables
    inside = values(node.expr)
    return values.entries({variable: inside}, node.function.expr, inside.shape)


def _function_matrix(values, node):
    shape = values.shape(node)
    return values.entries(zip(node.lamda.variables, np.indices(shape), strict=True), node.lamda.expr, shape)


def _diagonal_of(values, node):
    inside = values(node.args[0])
    assert inside.shape[0] == inside.shape[1]
    return np.diag(inside).reshape(-1, 1)


def _diag(values, node):
    inside = values(node.args[0])
    assert 1 in inside.shape
    return np.diag(inside.ravel())


def _trace(values, node):
    inside = values(node.arg)
    assert inside.shape[0] == inside.shape[1]
    return np.trace(inside)


def _piecewise(values, node):
    found = np.nan
    for part, condition in reversed(node.args):
        found = np.where(values(condition), values(part), found)
    return found[()]


def _summation(values, node):
    (index, low, high), *rest = reversed(node.limits)
    inner = sp.Sum(node.function, *reversed(rest)) if rest else node.function
    return sum(Values({**values.point, index: k})(inner) for k in range(values.size(low), values.size(high) + 1))


def _by_mpmath(name):
    return np.vectorize(lambda *args: float(getattr(mpmath, name)(*args)), otypes=[float])


RELATIONS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
FUNCTIONS = {
    sp.exp: np.exp, sp.log: np.log, sp.Abs: np.abs, sp.sign: np.sign, sp.sin: np.sin, sp.cos: np.cos, sp.tan: np.tan,
    sp.sinh: np.sinh, sp.cosh: np.cosh, sp.tanh: np.tanh, sp.atan: np.arctan,
    sp.asinh: np.arcsinh, sp.erf: _by_mpmath("erf"),
    sp.gamma: _by_mpmath("gamma"), sp.loggamma: _by_mpmath("loggamma"), sp.polygamma: _by_mpmath("polygamma"),
    sp.cot: lambda x: 1 / np.tan(x), sp.sec: lambda x: 1 / np.cos(x), sp.csc: lambda x: 1 / np.sin(x),
    sp.coth: lambda x: 1 / np.tanh(x), sp.sech: lambda x: 1 / np.cosh(x), sp.csch: lambda x: 1 / np.sinh(x),
    sp.asin: np.arcsin, sp.acos: np.arccos, sp.acosh: np.arccosh, sp.atanh: np.arctanh,
}  # fmt: skip


def _function(values, node):
    return FUNCTIONS[type(node)](*map(values.number, node.args))


RULES = {
    sp.Number: lambda values, node: float(node),
    sp.NumberSymbol: lambda values, node: float(node),
    sp.Add: _sum,
    sp.MatAdd: _sum,
    sp.Mul: _product,
    sp.MatMul: _product,
    sp.Pow: _power,
    sp.MatPow: _matrix_power,
    sp.Inverse: lambda values, node: inverse(values(node.arg)),
    sp.Transpose: lambda values, node: values(node.arg).T,
    sp.Adjoint: lambda values, node: values(node.arg).T,
    sp.Trace: _trace,
    sp.Determinant: lambda values, node: np.linalg.det(values(node.arg)),
    sp.HadamardProduct: _entrywise,
    sp.HadamardPower: lambda values, node: np.float_power(*values.args(node)),
    ElementwiseApplyFunction: _applied,
    sp.DiagMatrix: _diag,
    DiagonalMatrix: lambda values, node: np.diag(np.diag(values(node.arg))),
    DiagonalOf: _diagonal_of,
    OneMatrix: lambda values, node: np.ones(values.shape(node)),
    ZeroMatrix: lambda values, node: np.zeros(values.shape(node)),
    sp.Identity: lambda values, node: np.eye(values.size(node.rows)),
    sp.FunctionMatrix: _function_matrix,
    sp.KroneckerProduct: lambda values, node: reduce(np.kron, values.args(node)),
    sp.BlockMatrix: lambda values, node: np.block([[values(block) for block in row] for row in node.blocks.tolist()]),
    MatrixSlice: lambda values, node: values(node.parent)[
        tuple(slice(*map(values.size, part)) for part in (node.rowslice, node.colslice))
    ],
    DotProduct: lambda values, node: np.dot(*[part.ravel() for part in values.args(node)]),
    MatrixElement: lambda values, node: values(node.parent)[
        tuple(np.asarray(values.number(place)).astype(int) for place in node.indices)
    ],
    MatrixBase: lambda values, node: np.array([[values.number(entry) for entry in row] for row in node.tolist()]),
    sp.Max: lambda values, node: reduce(np.maximum, values.args(node)),
    sp.Min: lambda values, node: reduce(np.minimum, values.args(node)),
    sp.Heaviside: lambda values, node: np.heaviside(*values.args(node)),
    sp.Piecewise: _piecewise,
    Relational: lambda values, node: RELATIONS[node.rel_op](*values.args(node)),
    sp.logic.boolalg.BooleanTrue: lambda values, node: True,
    sp.logic.boolalg.BooleanFalse: lambda values, node: False,
    sp.And: lambda values, node: reduce(np.logical_and, values.args(node)),
    sp.Or: lambda values, node: reduce(np.logical_or, values.args(node)),
    sp.Not: lambda values, node: np.logical_not(values(node.args[0])),
    sp.KroneckerDelta: lambda values, node: np.equal(*map(values, node.args[:2])) * 1.0,
    sp.Sum: _summation,
    sp.Function: _function,
}  # fmt: skip
