"""What comes in from outside: every argument is what it must be, or a sentence names it, what it got and needs."""

from __future__ import annotations

from math import inf, isnan

import sympy as sp
from sympy.matrices.matrixbase import MatrixBase
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.str import StrPrinter

from .sharing import postorder

TEXT = "; notation.parse reads text"
NO_REAL_NUMBERS = (sp.nan, sp.oo, -sp.oo, sp.zoo, sp.I)
MOST_NODES = 60  # of an expression in an error


def shown(expr):
    """An expression as an error names it: SymPy's text, at most MOST_NODES of its nodes."""
    return _Short().doprint(expr)


class _Short(StrPrinter):
    """SymPy's own printer writes a shared node each time it meets it, and takes minutes over the signs in a product."""

    nodes = 0

    def _print(self, expr, **kwargs):
        self.nodes += 1
        return super()._print(expr, **kwargs) if self.nodes <= MOST_NODES else "…"

    def _print_MatMul(self, expr):
        return "*".join(self.parenthesize(arg, PRECEDENCE["Mul"]) for arg in expr.args)

    def parenthesize(self, item, level, strict=False):
        binds = PRECEDENCE["Mul"] if isinstance(item, sp.MatMul) else precedence(item)
        return f"({self._print(item)})" if binds < level or (not strict and binds == level) else self._print(item)


def told(value):
    """The value as an error names it: short, with its type."""
    text = shown(value) if isinstance(value, (sp.Basic, MatrixBase)) else repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} of type {type(value).__name__}"


def an_expression(value, name):
    """A number or SymPy expression as the latter: scalar or matrix, with a finite value; else a ValueError."""
    try:
        expr = sp.sympify(value, strict=True)
    except sp.SympifyError:
        expr = None
    if not isinstance(expr, (sp.Expr, MatrixBase)):  # only here is it written: SymPy can take minutes for that
        hint = TEXT if isinstance(value, str) else ""
        raise ValueError(f"{name} must be a SymPy expression, got {told(value)}{hint}")
    expr = expr.as_immutable() if isinstance(expr, MatrixBase) else expr
    for node in postorder(expr, lambda node: node.args, key=id):
        if node in NO_REAL_NUMBERS:
            raise ValueError(f"{name} must have real, finite values, but contains {node}: {shown(expr)}")
    return expr


def a_matrix_symbol(value, name):
    """A MatrixSymbol, else a ValueError."""
    if not isinstance(value, sp.MatrixSymbol):
        raise ValueError(f"{name} must be a MatrixSymbol, got {told(value)}" + (TEXT if isinstance(value, str) else ""))
    return value


def a_variable(value, name):
    """What a derivative can be taken by: a MatrixSymbol or a Symbol for a real number; else a ValueError."""
    if isinstance(value, sp.Symbol) and not value.is_integer and value.is_real:
        return value
    if isinstance(value, sp.Symbol):
        what = "a whole number" if value.is_integer else "not declared real"
        raise ValueError(f"{name} must be a MatrixSymbol or a real Symbol, but {value} is {what}")
    if not isinstance(value, sp.MatrixSymbol):
        hint = TEXT if isinstance(value, str) else ""
        raise ValueError(f"{name} must be a MatrixSymbol or a real Symbol, got {told(value)}{hint}")
    return value


def symmetric_symbols(value, X):
    """The matrix symbols that are symmetric: X for True, none for False, else those given; else a ValueError."""
    if isinstance(value, bool):
        symbols = [X] if value else []
    else:
        try:
            symbols = list(value)
        except TypeError:
            raise ValueError(
                f"symmetric must be True, False or the symmetric matrix symbols, got {told(value)}"
            ) from None
    for symbol in symbols:
        a_matrix_symbol(symbol, "a member of symmetric")
        if sp.expand(symbol.rows - symbol.cols) != 0:
            raise ValueError(f"a symmetric matrix must be square, but {symbol.name} is {symbol.shape}")
    return symbols


def a_name_table(value, name):
    """{expression: its name} of such a dictionary or of {name: expression}, as derive takes it; else a ValueError."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a dictionary {{expression: its name}}, got {told(value)}")
    table = {}
    for key, text in value.items():
        expr, word = (text, key) if isinstance(key, str) else (key, text)
        if not isinstance(expr, (sp.Expr, MatrixBase)) or not isinstance(word, str):
            raise ValueError(f"{name} must be a dictionary {{expression: its name}}, got the item {key!r}: {text!r}")
        table[expr] = word
    return table


def some_seconds(value, name):
    """A positive time; else a ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or isnan(value) or not 0 < value < inf:
        raise ValueError(f"{name} must be a positive number, got {told(value)}")
    return value
