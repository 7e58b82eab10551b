"""A SymPy tree as one line of Python that builds it again, for a failure that is to become a test.

`rebuilt` reads such a line. Each node is written with its constructor, so that nothing is simplified on the way.
"""

from __future__ import annotations

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice


def M(name, rows, cols):
    """A matrix symbol."""
    return sp.MatrixSymbol(name, rows, cols)


def each(function, matrix):
    """A function of every entry."""
    return ElementwiseApplyFunction(function, matrix)


def python(expr):
    """The line that builds an expression."""
    if isinstance(expr, sp.Tuple):
        return f"({', '.join(map(python, expr))},)"
    if isinstance(expr, sp.Symbol):
        return expr.name
    if isinstance(expr, sp.MatrixSymbol):
        return f'M("{expr.name}", {python(expr.shape[0])}, {python(expr.shape[1])})'
    if isinstance(expr, sp.Integer):
        return str(expr)
    if isinstance(expr, sp.Rational):
        return f"Rational({expr.p}, {expr.q})"
    if isinstance(expr, (sp.NumberSymbol, sp.logic.boolalg.BooleanAtom)) or not expr.args:
        return f'S("{expr}")'
    if isinstance(expr, sp.Lambda):
        return f"Lambda({python(expr.variables[0])}, {python(expr.expr)})"
    if isinstance(expr, ElementwiseApplyFunction):
        return f"each({python(expr.function)}, {python(expr.expr)})"
    if isinstance(expr, (sp.Inverse, sp.Transpose)):
        return f"{type(expr).__name__}({python(expr.arg)})"
    if isinstance(expr, sp.matrices.matrixbase.MatrixBase):
        return f"Matrix({[[python(entry) for entry in row] for row in expr.tolist()]})".replace("'", "")
    return f"{type(expr).__name__}({', '.join(map(python, expr.args))})"


def question(function, *trees, **keywords):
    """The line that asks a question again: `gradient(*rebuilt('(…)'))`."""
    rest = "".join(f", {name}={_keyword(value)}" for name, value in keywords.items() if value)
    return f"{function.__name__}(*rebuilt({python(sp.Tuple(*trees))!r}){rest})"


def _keyword(value):
    return repr(value) if isinstance(value, bool) else f"given({f'[{_pairs(value)}]'!r})"


def _pairs(pairs):
    return ", ".join(f"({python(left)}, {python(right)})" for left, right in pairs)


class _Names(dict):
    """SymPy's names and ours; any other is an integer, as the indices that SymPy makes up are."""

    def __missing__(self, name):
        return sp.Symbol(name, integer=True)


_NAMES = {
    **{name: getattr(sp, name) for name in dir(sp) if not name.startswith("_")},
    **{s.name: s for s in sp.symbols("d h k m n p q", integer=True, positive=True)},
    **{s.name: s for s in sp.symbols("i j", integer=True)},
    **{s.name: s for s in sp.symbols("a mu s t", real=True)},
    "M": M,
    "S": sp.S,
    "object": object,
    "each": each,
    "DiagonalMatrix": DiagonalMatrix,
    "DiagonalOf": DiagonalOf,
    "DotProduct": DotProduct,
    "MatrixElement": MatrixElement,
    "MatrixSlice": MatrixSlice,
    "ExprCondPair": sp.functions.elementary.piecewise.ExprCondPair,
}


def rebuilt(line):
    """The expression of a line that `python` wrote."""
    return sp.sympify(given(line))


def given(line):
    """What a line of code stands for, with SymPy's names and ours: lines of our own, never a reader's."""
    return eval(line, {}, _Names(_NAMES))
