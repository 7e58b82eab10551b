"""The names in a derivation: what is declared, what is defined, and what dQ and ∂J/∂X stand for.

Every name is a symbol of its own, a defined one too: so a line keeps the words of its writer. `Ledger.settle` says
what varies; from then on `value` writes everything out in declared symbols and their differentials.
"""

from __future__ import annotations

import re
from functools import lru_cache

import sympy as sp
from sympy.assumptions.assume import global_assumptions
from sympy.matrices.expressions.matexpr import MatrixElement

from .derivation import is_slope
from .differential import differential
from .gradient import gradient, understood
from .index_notation import Indices, entry_at
from .jacobian import jacobian
from .names import Names
from .notation import Scope
from .plain import write
from .shapes import is_one_by_one
from .words import as_scalar


class Ledger(Indices, Scope):
    """{name: symbol} of all names and of their differentials, dQ beside Q.

    definitions: {symbol: what it stands for, in the names above it}. differentials: {dQ: Q}, Q a name or an expression.
    derivatives: {symbol: (J, X)} for each ∂J/∂X in the text. hypotheses: equations that are taken to hold, as pairs.
    varying: the names whose differential is a direction of its own, once `settle` has found them.
    """

    def __init__(self):
        super().__init__()
        self.definitions, self.differentials, self.derivatives, self.varying = {}, {}, {}, ()
        self.hypotheses = []  # pairs of sides
        self._differentials = None

    # ---- while the text is read ----

    def enter(self, name, symbol):
        """A new name, and its differential."""
        self[name] = symbol
        if symbol.is_integer or f"d{name}" in self:
            return
        change = symbol_like(f"d{name}", symbol)
        self[f"d{name}"] = change
        self.differentials[change] = symbol

    def define(self, name, expr):
        """A new name for an expression; a 1×1 matrix is a scalar."""
        expr = as_scalar(expr) if expr.is_Matrix and is_one_by_one(expr) else expr
        symbol = symbol_like(name, expr)
        self.enter(name, symbol)
        self.definitions[symbol] = expr

    def differential(self, expr):
        """A symbol for d(expr)."""
        if expr in self.differentials.values():
            return next(change for change, target in self.differentials.items() if target == expr)
        expr = as_scalar(expr) if expr.is_Matrix and is_one_by_one(expr) else expr
        text = write(expr)
        change = symbol_like(f"d{text}" if text.find(")") == len(text) - 1 and text[0] == "(" else f"d({text})", expr)
        self.differentials[change] = expr
        return change

    def derivative(self, of, by):
        """A symbol for ∂of/∂by, given by name, or an entry of it; None if one of them is no name.

        ValueError if it is none that is read.
        """
        (J, above), (X, below) = map(self._named, (of, by))
        if J is None or X is None:
            return None
        symbol = _derivative_symbol(J, X)
        self.derivatives[symbol] = J, X
        return entry_at(symbol, (*above, *below)) if above or below else symbol

    def _named(self, word):
        """(symbol, indices) of a name, W or W_ij; (None, ()) if it is none."""
        key = Names(self).key(word)
        if key is not None:
            return (None, ()) if self[key].is_integer else (self[key], ())
        entry = self.entry_of(word)
        if not isinstance(entry, MatrixElement):
            return None, ()
        return entry.args[0], tuple(place for place in entry.args[1:] if place.is_Symbol)

    # ---- what varies ----

    def settle(self, expressions):
        """Find what varies: the names whose differential is written, or by which something is differentiated.

        Of a name and one that it is made of only the latter is free to vary; a defined name is so only as a part of
        another, as y in dJ = 2 (y - Z)'dy. What depends on no such name is constant.
        """
        written = set()
        for expr in expressions:
            for symbol in expr.free_symbols:
                if symbol in self.differentials:
                    written.add(self.differentials[symbol])
                elif symbol in self.derivatives:
                    written.add(self.derivatives[symbol][1])
        written &= set(self.values())
        parts = set().union(*map(self.ancestors, written)) if len(written) > 1 else written
        free = (s for s in written if not self.ancestors(s) & written and (s not in self.definitions or s in parts))
        self.varying = sorted(free, key=str)
        self._differentials = {}

    def ancestors(self, symbol):
        """The names that a name is made of, without itself."""
        found, waiting = set(), [symbol]
        while waiting:
            for other in self.definitions.get(waiting.pop(), sp.S.Zero).free_symbols - found:
                found.add(other)
                waiting.append(other)
        return found

    def changes(self, symbol, by=None):
        """Whether a name varies, by itself or by what it is made of; with another name, if that is given."""
        varying = set(self.varying) if by is None else {by}
        return symbol in varying or bool(self.ancestors(symbol) & varying)

    # ---- values ----

    def first_differential(self, change, by=None):
        """dQ from the definition of Q alone, in the differentials of the names in it, or of those that vary with one.

        0 if none does.

        NotImplementedError where the engine has no rule, or where its rule and J's slopes differ.
        """
        target = self.differentials[change]
        expr = self.definitions.get(target, target)
        d = {s: self.differential(s) for s in expr.free_symbols & set(self.values()) if self.changes(s, by)}
        if not d:
            return sp.ZeroMatrix(*expr.shape) if expr.is_Matrix else sp.S.Zero
        name = target if target in self.definitions and target.is_Matrix else None
        return _differential(expr, name, tuple(sorted(d.items(), key=str)), frozenset(global_assumptions))

    def is_free(self, change):
        """Whether a differential is a direction of its own."""
        return self.differentials[change] in self.varying

    def is_anonymous(self, change):
        """Whether a differential is that of an expression, d(x'x), and not of a name."""
        return not self.differentials[change].is_symbol

    def value(self, expr, kept=()):
        """The expression in declared symbols, the names in `kept`, and the differentials of what varies."""
        while True:
            names = expr.free_symbols - set(kept)
            meanings = {symbol: self._meaning(symbol, kept) for symbol in names if self._has_meaning(symbol)}
            if not meanings:
                return expr
            expr = expr.xreplace(meanings)

    def _has_meaning(self, symbol):
        if symbol in self.differentials:
            return not self.is_free(symbol)
        return symbol in self.definitions or symbol in self.derivatives

    def _meaning(self, symbol, kept):
        if symbol in self.definitions:
            return self.definitions[symbol]
        if symbol in self.differentials:
            if symbol not in self._differentials:
                self._differentials[symbol] = self.first_differential(symbol)
            return self._differentials[symbol]
        return self.derivative_of(*self.derivatives[symbol])

    def names(self, kept=()):
        """{value: its name} of what is defined."""
        return {self.value(expr, kept): symbol.name for symbol, expr in self.definitions.items()}

    def derivative_of(self, J, X):
        """∂J/∂X in the engine's form, J written out but for X."""
        J = understood(self.value(self.definitions.get(J, J), kept=(X,)))
        if not J.is_Matrix:
            return gradient(J, X)
        if X.is_Matrix:
            return jacobian(J, X)
        slope = differential(J, {X: sp.S.One})
        return sp.ZeroMatrix(*J.shape) if slope is None else slope


def symbol_like(name, expr):
    """A symbol of the shape of an expression."""
    return sp.MatrixSymbol(name, *expr.shape) if expr.is_Matrix else sp.Symbol(name, real=True)


def _derivative_symbol(J, X):
    """The symbol of ∂J/∂X, of the shape that it has; ValueError where it would be no matrix."""
    name = f"∂{J.name}/∂{X.name}"
    if not J.is_Matrix:
        return symbol_like(name, X)
    if not X.is_Matrix:
        return symbol_like(name, J)
    if J.cols != 1 or X.cols != 1:
        raise ValueError(f"∂{J.name}/∂{X.name} is no matrix: only a scalar, or a column by a column, is differentiated")
    return sp.MatrixSymbol(name, J.rows, X.rows)


@lru_cache(maxsize=500)
def _differential(expr, name, d, assumptions):
    """The engine's differential of an expression, with its name for its value, held against its slope at a point."""
    expr, changes = understood(expr), dict(d)
    line = differential(expr, changes, name)
    if is_slope(line.xreplace({name: expr}), expr, changes) is False:
        raise NotImplementedError(f"the engine's differential of {write(expr)} is not its slope")
    return line


# ---- derivatives in the text ----

_WORD = r"[A-Za-zα-ωΑ-Ω][A-Za-z0-9α-ωΑ-Ω]*(?:_\{?[A-Za-z0-9]+\}?)?"
_QUOTIENT = re.compile(rf"(?<![A-Za-z0-9_])d(?P<of>{_WORD})\s*/\s*d(?P<by>{_WORD})")
_FRACTION = re.compile(rf"\\[dt]?frac\s*\{{\s*d(?P<of>{_WORD})\s*\}}\s*\{{\s*d(?P<by>{_WORD})\s*\}}")
_NABLA = re.compile(rf"(?:∇|\\nabla|\bgrad)\s*_\s*(?:\{{\s*(?P<in>{_WORD})\s*\}}|(?P<by>{_WORD}))\s+(?P<of>{_WORD})")


def with_derivatives(text, ledger):
    """The text with a name of its own, as long as it was, in place of each dJ/dX; the ledger learns the names."""

    def named(match):
        by = match["by"] or match["in"] if "in" in match.groupdict() else match["by"]
        symbol = ledger.derivative(*(name.replace("{", "").replace("}", "") for name in (match["of"], by)))
        if symbol is None:
            return match.group()
        word = next(f"Dq{k}" for k in range(100) if ledger.get(f"Dq{k}", symbol) == symbol)
        ledger[word] = symbol
        return word.ljust(len(match.group()))

    for pattern in (_QUOTIENT, _FRACTION, _NABLA):
        text = pattern.sub(named, text)
    return text
