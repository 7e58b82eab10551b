"""The value of a matrix expression for given matrices.

`evaluate` is exact where that can be had: rational matrices give rational results as long as the expression
is rational. A function such as exp gives mpmath numbers of 60 digits instead. Matrices are tuples of rows.
"""

from __future__ import annotations

import operator
from functools import lru_cache, reduce
from itertools import pairwise

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanFunction, BooleanTrue
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.funcmatrix import FunctionMatrix
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix
from sympy.matrices.matrixbase import MatrixBase

from .arithmetic import (
    Undefined,
    add,
    apply,
    determinant,
    elementwise,
    from_sympy,
    inverse,
    matmul,
    matrix,
    matrix_power,
    mp,
    power,
    product,
    scale,
    shape,
    square,
    to_mpf,
    to_sympy,
    totuple,
    transpose,
)
from .deadline import look_at_the_clock
from .doors import an_object, shown


class Evaluation:
    """One walk over an expression at one point; every distinct node is computed once, and depth does not matter."""

    def __init__(self, values, outer=None):
        self.memo = dict(values)
        self.outer = outer

    def __call__(self, node):
        if node not in self.memo:
            for inner in _arguments_first(node, self.memo):
                self.memo[inner] = _rule_of(type(inner))(self, inner)
        return self.memo[node]

    def scalar(self, node):
        """The node's value as a number, also when it is written as a 1×1 matrix."""
        value = self(node)
        if not isinstance(value, tuple):
            return value
        if shape(value) != (1, 1):
            raise ValueError(f"{shown(node)} has shape {shape(value)} where a scalar is needed")
        return value[0][0]

    def size(self, node):
        value = self.scalar(node)
        if isinstance(value, sp.Expr) and not value.is_Integer:
            raise ValueError(f"the size {node} is not known")
        return int(value)

    def bound(self, variables, body, arguments):
        """body where the bound variables have these values."""
        inner = Evaluation(zip(variables, arguments, strict=True), outer=self)
        return inner.scalar(body)


def _arguments_first(root, known):
    """The nodes below root that have no value yet, each after the arguments that its rule asks for in any case."""
    stack, opened = [root], set()
    while stack:
        look_at_the_clock()
        node = stack[-1]
        if node in known:
            stack.pop()
        elif node in opened or not isinstance(node, _ASKS_FOR_ALL):
            yield node
            stack.pop()
        else:
            opened.add(node)
            stack += [arg for arg in node.args if arg not in known and not isinstance(arg, sp.Lambda)]


@lru_cache
def _rule_of(node_type):
    rule = next((RULES[t] for t in node_type.__mro__ if t in RULES), None)
    if rule is None:
        raise NotImplementedError(f"no value is known for {node_type.__name__}")
    return rule


def _symbol(ev, node):
    if ev.outer is None:
        raise ValueError(f"no value is given for {node}")
    return ev.outer(node)


def _add(ev, node):
    terms = [ev(a) for a in node.args]
    if not any(isinstance(t, tuple) for t in terms):
        return sum(terms)
    if not node.is_Matrix and any(not isinstance(t, tuple) for t in terms):
        return sum(ev.scalar(a) for a in node.args)
    return reduce(add, terms)


def _mul(ev, node):
    terms = [ev(a) for a in node.args]
    scalars = reduce(lambda x, y: x * y, (t for t in terms if not isinstance(t, tuple)), 1)
    matrices = [t for t in terms if isinstance(t, tuple)]
    return scale(scalars, product(matrices)) if matrices else scalars


def _pow(ev, node):
    base = ev(node.base)
    if isinstance(base, tuple):
        return matrix_power(base, ev.scalar(node.exp))
    if node.base is sp.E:
        return apply(sp.exp, ev.scalar(node.exp))
    return power(base, ev.scalar(node.exp))


def _apply_elementwise(ev, node):
    (variable,), body = node.function.variables, node.function.expr
    return elementwise(lambda x: ev.bound([variable], body, [x]), ev(node.expr))


def _diagonal(ev, node):
    vector = ev(node.args[0])
    if 1 not in shape(vector):
        raise ValueError(f"{shown(node)} needs a vector, got {shape(vector)}")
    entries = [x for row in vector for x in row]
    return matrix(len(entries), len(entries), lambda i, j: entries[i] if i == j else 0)


def _kronecker(ev, node):
    def pair(a, b):
        (r, c), (p, q) = shape(a), shape(b)
        return matrix(r * p, c * q, lambda i, j: a[i // p][j // q] * b[i % p][j % q])

    return reduce(pair, map(ev, node.args))


def _entry(ev, node):
    parent, (i, j) = ev(node.parent), (ev.size(node.i), ev.size(node.j))
    if not (0 <= i < shape(parent)[0] and 0 <= j < shape(parent)[1]):
        raise Undefined(f"{shown(node)} lies outside a matrix of shape {shape(parent)}")
    return parent[i][j]


def _hadamard_power(ev, node):
    base, exponent = ev(node.base), ev(node.exp)
    if isinstance(base, tuple) and isinstance(exponent, tuple):
        return elementwise(power, base, exponent)
    if isinstance(exponent, tuple):
        return elementwise(lambda e: power(base, e), exponent)
    return elementwise(lambda b: power(b, exponent), base)


def _blocks(ev, node):
    rows = node.blocks.tolist()
    return tuple(tuple(x for part in line for x in part) for row in rows for line in zip(*map(ev, row), strict=True))


def _slice(ev, node):
    rows, cols = (slice(*map(ev.size, part)) for part in (node.rowslice, node.colslice))
    return tuple(row[cols] for row in ev(node.parent)[rows])


def _function_matrix(ev, node):
    def entry(i, j):
        return ev.bound(node.lamda.variables, node.lamda.expr, [i, j])

    return matrix(ev.size(node.rows), ev.size(node.cols), entry)


def _trace(ev, node):
    """The sum of the diagonal; the last product of several is not computed beyond it."""
    factors = _chain(node.arg)
    values = [ev(factor) for factor in factors]
    if len(factors) < 2 or any(shape(a)[1] != shape(b)[0] for a, b in pairwise(values)):
        value = square(ev(node.arg), "trace")
        return sum(value[i][i] for i in range(len(value)))
    left, right = reduce(matmul, values[:-1]), values[-1]
    if shape(left) != shape(right)[::-1]:
        raise ValueError(f"the trace needs a square matrix, got {(shape(left)[0], shape(right)[1])}")
    scalars = [arg for arg in node.arg.args if not arg.is_Matrix] if isinstance(node.arg, sp.MatMul) else []
    number = reduce(operator.mul, map(ev, scalars), 1)
    return number * sum(sum(map(operator.mul, row, col)) for row, col in zip(left, transpose(right), strict=True))


def _chain(matrix):
    """The matrices of which this is the product."""
    if isinstance(matrix, sp.MatPow) and matrix.exp == 2:
        return [matrix.base] * 2
    return [arg for arg in matrix.args if arg.is_Matrix] if isinstance(matrix, sp.MatMul) else []


def _extreme(choose):
    def rule(ev, node):
        values = [ev.scalar(a) for a in node.args]
        if any(isinstance(v, sp.Expr) for v in values):
            return node.func(*map(to_sympy, values))
        return choose(values, key=to_mpf)

    return rule


def _heaviside(ev, node):
    value = ev.scalar(node.args[0])
    if isinstance(value, sp.Expr):
        return sp.Heaviside(value, *node.args[1:])
    return int(value > 0) if value != 0 else ev.scalar(node.args[1])


def _piecewise(ev, node):
    if any(isinstance(ev.scalar(a), sp.Expr) for _, c in node.args for a in c.args):
        return node.func(*((to_sympy(ev.scalar(v)), ev(c)) for v, c in node.args))
    for value, condition in node.args:
        if ev(condition):
            return ev.scalar(value)
    raise Undefined(f"no case of {shown(node)} applies")


def _relation(ev, node):
    left, right = ev.scalar(node.lhs), ev.scalar(node.rhs)
    if isinstance(left, sp.Expr) or isinstance(right, sp.Expr):
        return node.func(to_sympy(left), to_sympy(right))
    return bool(node.func(to_sympy(left), to_sympy(right)))


def _boolean(ev, node):
    return bool(node.func(*(sp.sympify(ev(a)) for a in node.args)))


def _function(ev, node):
    if isinstance(node, AppliedUndef):
        raise NotImplementedError(f"{shown(node)} has no value: {node.func} is not a known function")
    return apply(node.func, *map(ev.scalar, node.args))


def _sum(ev, node):
    """Finite sums; SymPy's own derivatives contain them."""
    (index, low, high), *rest = reversed(node.limits)
    inner = sp.Sum(node.function, *reversed(rest)) if rest else node.function
    return sum(ev.bound([index], inner, [i]) for i in range(ev.size(low), ev.size(high) + 1))


def _delta(ev, node):
    return int(ev.scalar(node.args[0]) == ev.scalar(node.args[1]))


def _sized(entry):
    return lambda ev, node: matrix(ev.size(node.rows), ev.size(node.cols), entry)


_ASKS_FOR_ALL = (
    sp.Add,
    sp.Mul,
    sp.Pow,
    sp.MatAdd,
    sp.MatMul,
    sp.HadamardProduct,
    sp.Transpose,
    sp.Inverse,
    sp.Determinant,
    ElementwiseApplyFunction,
)

RULES = {
    sp.Symbol: _symbol,
    sp.MatrixSymbol: _symbol,
    sp.Number: lambda ev, node: from_sympy(node),
    sp.NumberSymbol: lambda ev, node: from_sympy(node),
    BooleanTrue: lambda ev, node: True,
    BooleanFalse: lambda ev, node: False,
    sp.Add: _add,
    sp.MatAdd: _add,
    sp.Mul: _mul,
    sp.MatMul: _mul,
    sp.Pow: _pow,
    sp.MatPow: _pow,
    sp.exp: lambda ev, node: apply(sp.exp, ev.scalar(node.exp)),
    sp.Inverse: lambda ev, node: inverse(ev(node.arg)),
    sp.Transpose: lambda ev, node: transpose(ev(node.arg)),
    sp.Trace: _trace,
    sp.Determinant: lambda ev, node: determinant(ev(node.arg)),
    sp.HadamardProduct: lambda ev, node: reduce(lambda a, b: elementwise(lambda x, y: x * y, a, b), map(ev, node.args)),
    sp.HadamardPower: _hadamard_power,
    ElementwiseApplyFunction: _apply_elementwise,
    sp.DiagMatrix: _diagonal,
    DiagonalMatrix: lambda ev, node: elementwise(
        lambda x, e: x * e, ev(node.arg), matrix(*shape(ev(node.arg)), lambda i, j: int(i == j))
    ),
    DiagonalOf: lambda ev, node: tuple((ev(node.arg)[i][i],) for i in range(min(shape(ev(node.arg))))),
    OneMatrix: _sized(lambda i, j: 1),
    ZeroMatrix: _sized(lambda i, j: 0),
    sp.Identity: _sized(lambda i, j: int(i == j)),
    FunctionMatrix: _function_matrix,
    sp.KroneckerProduct: _kronecker,
    sp.BlockMatrix: _blocks,
    MatrixSlice: _slice,
    sp.Adjoint: lambda ev, node: transpose(ev(node.arg)),
    DotProduct: lambda ev, node: sum(
        x * y for x, y in zip(*([x for row in ev(a) for x in row] for a in node.args), strict=True)
    ),
    MatrixElement: _entry,
    MatrixBase: lambda ev, node: tuple(tuple(map(ev.scalar, row)) for row in node.tolist()),
    sp.Max: _extreme(max),
    sp.Min: _extreme(min),
    sp.Heaviside: _heaviside,
    sp.Piecewise: _piecewise,
    Relational: _relation,
    BooleanFunction: _boolean,
    sp.KroneckerDelta: _delta,
    sp.Function: _function,
    sp.Sum: _sum,
}


def sizes_of(values):
    """The sizes that the shapes of the given matrices imply: {n: 3, ...} from {MatrixSymbol("X", n, k): rows}.

    Raises ValueError when a matrix does not have its symbol's shape, or two matrices disagree about a size.
    """
    sizes, later = {}, []
    for symbol, value in values.items():
        if not isinstance(symbol, sp.MatrixSymbol):
            continue
        for declared, actual in zip(symbol.shape, shape(value), strict=True):
            if isinstance(declared, sp.Symbol):
                if sizes.setdefault(declared, actual) != actual:
                    raise ValueError(
                        f"{symbol.name} has {declared} = {actual}, but {declared} = {sizes[declared]} elsewhere"
                    )
            else:
                later.append((symbol, declared, actual))
    for symbol, declared, actual in later:
        if declared.subs(sizes) != actual:
            raise ValueError(f"{symbol.name} needs shape {tuple(symbol.shape)}, got {shape(value)}")
    return sizes


def evaluate(expr, values, sizes=None):
    """The value of a scalar or matrix expression at one point.

    values: {symbol: number}, {MatrixSymbol: rows}; int and Fraction (or SymPy rationals) are kept exact.
    sizes: {size symbol: int} for sizes that no given matrix has.
    Returns a number for a scalar, a tuple of rows for a matrix: int and Fraction where exact, else mpf with
    60 digits. Raises Undefined where there is no real, finite value, ValueError for shapes that do not fit
    or a symbol without a value, NotImplementedError for a node it does not know.
    """
    point = {symbol: _as_value(value) for symbol, value in values.items()}
    return Evaluation({**sizes_of(point), **(sizes or {}), **point})(an_object(expr, "expr"))


def _as_value(value):
    if isinstance(value, MatrixBase):
        value = totuple(value)
    if isinstance(value, (list, tuple)):
        return tuple(tuple(map(_as_number, row)) for row in value)
    return _as_number(value)


def _as_number(value):
    if isinstance(value, sp.Expr):
        return from_sympy(value) if value.is_number else value
    return mp.mpf(value) if isinstance(value, float) else value


def entries(expr, sizes):
    """The expression at these sizes with every entry of every matrix a symbol: rows of SymPy scalars."""
    point = {}
    for symbol in expr.atoms(sp.MatrixSymbol):
        point[symbol] = matrix(*(int(size.subs(sizes)) for size in symbol.shape), _entry_symbol(symbol.name))
    scalars = {s: s for s in expr.free_symbols if isinstance(s, sp.Symbol)}
    value = Evaluation({**scalars, **sizes, **point})(expr)
    return value if isinstance(value, tuple) else ((value,),)


def _entry_symbol(name):
    return lambda i, j: sp.Symbol(f"{name}[{i + 1},{j + 1}]", real=True)
