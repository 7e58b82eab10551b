r"""How a text was understood: typeset, with its shape, before anybody judges it.

>>> scope = read("R: m x n, x: n, z: m")
>>> print(echo("2R'(Rx - z)", scope))
2*R'*(R*x - z), n x 1

What was defined keeps its name: of ``y = sigmoid(W'*x + b)`` an echo says y.
"""

from dataclasses import dataclass, field

import sympy as sp

from .notation import NotationError, Scope, parse, read, write
from .shapes import is_one_by_one
from .tex import latex

__all__ = ["Echo", "declarations", "echo", "read"]


@dataclass(frozen=True)
class Echo:
    """A text that was read: `expr` is what it stands for; str() says it in plain notation, a notebook typesets it."""

    expr: sp.Basic
    shown: sp.Basic = field(repr=False)  # with names for what was defined

    @property
    def shape(self):
        """The two sizes as plain notation declares them, or "scalar"."""
        scalar = not self.expr.is_Matrix or is_one_by_one(self.expr)
        return "scalar" if scalar else " x ".join(map(write, self.expr.shape))

    @property
    def latex(self):
        """The expression and the set that it is in."""
        return rf"{latex(self.shown, sizes=True)} \;\in\; {_set(self.expr)}"

    def __str__(self):
        return f"{write(self.shown)}, {self.shape}"

    def _repr_latex_(self):
        return rf"$\displaystyle {self.latex}$"


def echo(text, scope=None, variable=None):
    """How a text was understood. The arguments, and what is raised, are those of `notation.parse`."""
    expr = parse(text, scope, variable)
    try:
        return Echo(expr, parse(text, _names_kept(scope or {}), variable))
    except NotationError:  # that two readings are the same is known by their values only
        return Echo(expr, expr)


def declarations(scope, before=()):
    """LaTeX of what a scope declares and defines; without the names that stand in `before`."""
    lines, symbols, kept = [], {}, _names_kept(scope)
    for name, value in scope.items():
        if name in before:
            continue
        definition = getattr(scope, "definitions", {}).get(name)
        if definition is not None:
            lines.append(rf"{_name(name)} = {echo(definition, kept).latex}")
        elif value.is_Matrix or not value.is_integer:
            mirrored = value in getattr(scope, "symmetric", ())
            word = rf"{_name(name)} = {_name(name)}^{{\top}}" if mirrored else _name(name)
            symbols.setdefault(_set(value), []).append(word)
    declared = [rf"{', '.join(words)} \in {where}" for where, words in symbols.items()]
    return r",\quad ".join([*declared, *lines])


def _names_kept(scope):
    """The scope with a symbol for each matrix and scalar that was defined; a size keeps its value."""
    kept = Scope(scope)
    for name, value in scope.items():
        if value.is_Matrix:
            kept[name] = sp.MatrixSymbol(name, *value.shape)
        elif not value.is_number and not value.is_integer:
            kept[name] = sp.Symbol(name, real=True)
    return kept


def _set(expr):
    if not expr.is_Matrix or is_one_by_one(expr):
        return r"\mathbb{R}"
    return rf"\mathbb{{R}}^{{{sp.latex(expr.rows)} \times {sp.latex(expr.cols)}}}"


def _name(name):
    return sp.latex(sp.Symbol(name))
