r"""Index notation in a derivation: y_ij, sums over indices, δ_ij; each line becomes one between matrices.

A line with free indices i and j says of every entry what the line between the matrices says at once. A sum reaches to
the end of its product, as in J = Σ_ij (y_ij - Z_ij)^2 + 1.
"""

from __future__ import annotations

import re

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .indices import entries_form, matrix_form
from .names import Names
from .shapes import same_size
from .sharing import postorder
from .tex import latex

_INDEXED = re.compile(r"(?P<base>[^_]+)_(?P<letters>[a-z]{1,2})")
_BRACES = re.compile(r"_\{\s*(?P<first>[a-z])\s*,?\s*(?P<second>[a-z])?\s*\}")
_SUM = re.compile(
    r"(?:\\sum|∑|Σ|\bsum)(?:\\limits)?\s*_\s*"
    r"(?:\{\s*(?P<in>[a-z](?:\s*,?\s*[a-z])*)\s*(?:=\s*1\s*)?\}|(?P<bare>[a-z]{1,3})(?![A-Za-z(]))"
    r"(?:\s*\^\s*(?:\{\s*\w+\s*\}|\w))?"
)


def plain_indices(text):
    """The text with each sum as Σ_ij and each index without braces, as long as it was."""

    def summed(match):
        letters = re.sub(r"[\s,]", "", match["in"] or match["bare"])
        return f"Σ_{letters}".rjust(len(match.group()))

    text = _SUM.sub(summed, text)
    return _BRACES.sub(lambda m: f"_{m['first']}{m['second'] or ''}".ljust(len(m.group())), text)


class Indices:
    """What a `Ledger` knows of indices; its Scope is {name: symbol}."""

    @staticmethod
    def index(letter):
        return sp.Symbol(letter, integer=True)

    def summed_over(self, word):
        """The letters of Σ_ij, or None."""
        return word[2:] if re.fullmatch(r"Σ_[a-z]{1,3}", word) and Names(self).key(word) is None else None

    def entry_of(self, word):
        """What y_ij stands for: an entry, or δ of two indices; None if y is no declared name of that rank."""
        match = _INDEXED.fullmatch(word)
        if match is None or Names(self).key(word):
            return None
        places = tuple(map(self.index, match["letters"]))
        key = Names(self).key(match["base"])
        if key is None:
            return sp.KroneckerDelta(*places) if match["base"] in ("δ", "delta") and len(places) == 2 else None
        return entry_at(self[key], places)


def entry_at(matrix, places):
    """The entry of a matrix at two indices, of a column or a row at one; None if it has not so many."""
    if not matrix.is_Matrix:
        return None
    if len(places) == 1:
        if matrix.cols == 1:
            return MatrixElement(matrix, places[0], sp.S.Zero)
        return MatrixElement(matrix, sp.S.Zero, places[0]) if matrix.rows == 1 else None
    return MatrixElement(matrix, *places) if 1 not in matrix.shape else None


def sizes_in(expr):
    """{index: the size that it runs to} by the entries it stands at; ValueError where two of them differ."""
    sizes = {}
    for node in postorder(expr, lambda node: node.args):
        if isinstance(node, MatrixElement):
            for place, size in zip(node.args[1:], node.args[0].shape, strict=True):
                if place.is_Symbol and not same_size(sizes.setdefault(place, size), size):
                    raise ValueError(f"the index {place} runs to {sizes[place]} and to {size}")
    return sizes


def sum_over(letters, term):
    """The sum of a term over indices; ValueError for an index that stands nowhere in it."""
    sizes = sizes_in(term)
    for letter in letters:
        if Indices.index(letter) not in sizes:
            raise ValueError(f"the index {letter} of the sum stands at no name in it")
    return sp.Sum(term, *[(Indices.index(letter), 0, sizes[Indices.index(letter)] - 1) for letter in letters])


def free_indices(expr):
    """The indices of entries and deltas that no sum binds, in the order in which they stand."""
    entries = [e for e in sp.preorder_traversal(expr) if isinstance(e, (MatrixElement, sp.KroneckerDelta))]
    found = [place for entry in entries for place in entry.args[-2:] if place.is_Symbol]
    return tuple(place for place in dict.fromkeys(found) if place in expr.free_symbols)


def as_matrices(sides, key, sizes):
    """Sides with the free indices `key` as the matrices, columns or scalars of which they are the entries."""
    if not key:
        return [side.xreplace({s: matrix_form(s) for s in _outer_sums(side)}) for side in sides]
    return [entries_form(side, key, sizes) for side in sides]


def _outer_sums(expr):
    if isinstance(expr, sp.Sum):
        return {expr}
    return set().union(*map(_outer_sums, expr.args)) if expr.has(sp.Sum) else set()


def in_latex(expr, typeset):
    """A side in index notation in LaTeX; typeset writes what has no index."""
    names = {}
    for node in postorder(expr, lambda node: node.args):
        if isinstance(node, MatrixElement):
            places = "".join(str(place) for place in node.args[1:] if place.is_Symbol)
            names[node] = sp.Symbol(rf"{{{typeset(node.args[0])}}}_{{{places}}}", real=True)
        elif isinstance(node, sp.KroneckerDelta):
            names[node] = sp.Symbol(rf"\delta_{{{''.join(map(str, node.args[:2]))}}}", real=True)
        elif isinstance(node, sp.Sum):
            letters = "".join(str(limit[0]) for limit in node.limits)
            body = node.function.xreplace(names)
            text = latex(body)
            names[node] = sp.Symbol(rf"\sum_{{{letters}}} {f'({text})' if body.is_Add else text}", real=True)
    return typeset(expr.xreplace(names))
