"""What comes in from outside: every argument is what it must be, or a sentence names it, what it got and needs."""

from __future__ import annotations

from collections import Counter
from math import inf, isnan

import sympy as sp
from sympy.matrices.matrixbase import MatrixBase
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.str import StrPrinter

from .sharing import postorder

TEXT = "; notation.parse reads text"
NO_REAL_NUMBERS = (sp.nan, sp.oo, -sp.oo, sp.zoo, sp.I)
MOST_NODES = 60  # of an expression in an error
LONGEST = 60  # characters of a value in an error


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
    try:
        text = shown(value) if isinstance(value, (sp.Basic, MatrixBase)) else repr(value)
    except Exception:  # an object from outside may fail at anything
        text = "an object"
    return f"{text if len(text) <= LONGEST else text[: LONGEST - 3] + '...'} of type {type(value).__name__}"


def an_object(value, name):
    """A number, SymPy expression or matrix of these, as SymPy has it; else a ValueError."""
    try:
        expr = sp.sympify(value, strict=True)
    except Exception:  # SympifyError, or what the object's own methods raise
        expr = None
    if not isinstance(expr, (sp.Expr, MatrixBase)) or isinstance(expr, (sp.Lambda, sp.Order)):
        hint = TEXT if isinstance(value, str) else ""
        raise ValueError(f"{name} must be a SymPy expression, got {told(value)}{hint}")
    return expr.as_immutable() if isinstance(expr, MatrixBase) else expr


def an_expression(value, name):
    """The same with real, finite values."""
    expr = an_object(value, name)
    for node in postorder(expr, lambda node: node.args, key=id):
        if node in NO_REAL_NUMBERS:
            raise ValueError(f"{name} must have real, finite values, but contains {node}: {shown(expr)}")
        if isinstance(node, sp.Symbol) and not node.is_commutative:
            raise ValueError(f"{name} must be made of matrices and real scalars, but {node} does not commute")
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


def a_column(value, name):
    """A scalar or a matrix of one column, else a ValueError."""
    if value.is_Matrix and not sp.expand(value.cols - 1) == 0:
        raise ValueError(f"{name} must be a column, but has shape {value.shape}: {shown(value)}")
    return value


def some_variables(value, name):
    """One variable or several different ones, as a tuple; else a ValueError."""
    if not isinstance(value, (tuple, list)):
        return (a_variable(value, name),)
    symbols = tuple(a_variable(symbol, f"a member of {name}") for symbol in value)
    if not symbols or len({symbol.name for symbol in symbols}) < len(symbols):
        raise ValueError(f"{name} must be a variable or several different ones, got {told(value)}")
    return symbols


def symmetric_symbols(value, *variables):
    """The symmetric matrix symbols: the variables for True, none for False, else those given; or a ValueError."""
    if isinstance(value, bool):
        symbols = [variable for variable in variables if variable.is_Matrix] if value else []
    elif isinstance(value, (list, tuple, set, frozenset)):
        symbols = [a_matrix_symbol(symbol, "a member of symmetric") for symbol in value]
    else:
        raise ValueError(f"symmetric must be True, False or the symmetric matrix symbols, got {told(value)}")
    for symbol in symbols:
        if sp.expand(symbol.rows - symbol.cols) != 0:
            raise ValueError(f"a symmetric matrix must be square, but {symbol.name} is {symbol.shape}")
    return symbols


def a_name_table(value, name):
    """{expression: its name}, of such a dictionary or of {name: expression}; a ValueError for anything else.

    A name is a str, or a matrix symbol of the expression's shape.
    """
    if value is None:
        return {}
    needs = f"{name} must be a dictionary {{expression: its name}} or {{name: expression}}, got"
    if not isinstance(value, dict):
        raise ValueError(f"{needs} {told(value)}")
    table = {}
    for key, other in value.items():
        word, expr = (other, key) if isinstance(other, str) and not isinstance(key, str) else (key, other)
        if not isinstance(word, (str, sp.MatrixSymbol)) or word == "" or not isinstance(expr, (sp.Expr, MatrixBase)):
            raise ValueError(f"{needs} the item {told(key)}: {told(other)}")
        if not isinstance(word, str) and tuple(word.shape) != tuple(getattr(expr, "shape", ())):
            raise ValueError(f"{name}: {word} is {word.shape}, but {expr} is {getattr(expr, 'shape', 'a scalar')}")
        table[expr] = word
    return table


def some_text(value, name):
    """A str, else a ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a str, got {told(value)}")
    return value


def a_scope(value, name):
    """A dictionary {name: SymPy expression}; None is an empty one; else a ValueError."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a dictionary {{name: SymPy expression}}, got {told(value)}")
    for key, expr in value.items():
        if not isinstance(key, str):
            raise ValueError(f"a key of {name} must be a str, got {told(key)}")
        an_expression(expr, f"{name}[{key!r}]")
    return value


def some_symbols(value, name):
    """Matrix symbols and scalar symbols, one or several in their order; else a ValueError."""
    given = list(value) if isinstance(value, (list, tuple, dict)) else [value]
    for symbol in given:
        if not isinstance(symbol, (sp.MatrixSymbol, sp.Symbol)):
            raise ValueError(f"{name} must be MatrixSymbols and Symbols, got {told(symbol)}")
    twice = [symbol for symbol, count in Counter(map(str, given)).items() if count > 1]
    if twice:
        raise ValueError(f"{name} must be different, but {twice[0]} stands there twice")
    return given


def some_seconds(value, name):
    """A positive time; else a ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or isnan(value) or not 0 < value < inf:
        raise ValueError(f"{name} must be a positive number, got {told(value)}")
    return value
