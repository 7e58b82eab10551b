"""The value of a matrix expression for given matrices.

`evaluate` is exact where that can be had: rational matrices give rational results as long as the expression
is rational. A function such as exp gives mpmath numbers of 60 digits instead. Matrices are tuples of rows.
"""

from __future__ import annotations

import sympy as sp
from sympy.matrices.matrixbase import MatrixBase

from .arithmetic import from_sympy, matrix, mp, shape, totuple
from .deadline import look_at_the_clock
from .doors import an_object, shown
from .registry import record


class Evaluation:
    """One walk over an expression at one point; every distinct node is computed once, and depth does not matter."""

    def __init__(self, values, outer=None):
        self.memo = dict(values)
        self.outer = outer

    def __call__(self, node):
        if node not in self.memo:
            for inner in _arguments_first(node, self.memo):
                self.memo[inner] = record(inner).evaluate(inner, self)
        return self.memo[node]

    def given(self, symbol):
        """The value of a symbol that is not bound here."""
        if self.outer is None:
            raise ValueError(f"no value is given for {symbol}")
        return self.outer(symbol)

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
        elif node in opened or not record(node).needs_all:
            yield node
            stack.pop()
        else:
            opened.add(node)
            stack += [arg for arg in node.args if arg not in known and not isinstance(arg, sp.Lambda)]


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
