"""What each statement of a derivation says: a declaration, a definition, a hypothesis, or an equation."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .index_notation import as_matrices, entry_at, free_indices, in_latex, sizes_in
from .ledger import symbol_like, with_derivatives
from .lines import outer, plain, statements
from .names import Names
from .notation import parse, read
from .tex import latex
from .tokens import NotationError, ShapeError, tokens


@dataclass
class Reading:
    """One statement: kind is "declared", "defined", "assumed", "unread", "misfit" (shapes), or "equation".

    sides: the expressions of an equation, its first side that of the statement before where it goes on. head: the
    first side of the chain.
    """

    line: int
    kind: str
    sides: tuple = ()
    head: sp.Basic | None = None
    sentence: str = ""
    position: int | None = None
    latex: str = ""
    goes_on: bool = False
    key: tuple = ()  # the indices that stand free in it


def read_statements(text, ledger):
    """The readings of a text; the ledger learns the names, and what varies."""
    clean, found, last = plain(text), [], None
    for statement in _gathered(clean):
        try:
            reading = _read(clean, statement, ledger, last)
        except NotationError as error:
            kind = "misfit" if isinstance(error, ShapeError) else "unread"
            shown = NotationError(error.message, text, min(error.position, len(text)))
            reading = Reading(statement.line, kind, sentence=str(shown), position=shown.position)
        except (ValueError, NotImplementedError, RecursionError) as error:
            reading = Reading(statement.line, "unread", sentence=str(error), position=statement.start)
        if reading.kind in ("equation", "defined"):
            last = reading
        elif not statement.goes_on:
            last = None
        found.append(reading)
    ledger.settle([side for reading in found for side in reading.sides])
    return found


def _gathered(text):
    """The statements of a text; names without a shape wait for the one behind them, as in A, B: n x n."""
    waiting = None
    for statement in statements(text):
        if waiting is not None:
            statement = statement._replace(start=waiting.start, line=waiting.line)
            waiting = None
        words = text[statement.start : statement.end]
        if "=" not in words and re.fullmatch(r"[\w\\]+(?:\s*,\s*[\w\\]+)*", words.strip()):
            waiting = statement
        else:
            yield statement
    if waiting is not None:
        yield waiting


_ASSUME = re.compile(r"(?:assume|assuming|suppose|given)\s+(?:that\s+)?", re.IGNORECASE)
_SYMMETRIC = re.compile(r"(?P<name>\S+)\s+(?:is\s+|are\s+)?symmetric")


def _read(text, statement, ledger, last):
    start, end, line, goes_on = statement
    assumed = _ASSUME.match(text, start, end)
    if assumed:
        return _assumed(text, assumed.end(), end, line, ledger)
    places = outer(text, start, end)
    if not places:
        return _declared(text, statement, ledger)
    if goes_on and last is None:
        raise NotationError("there is no line above that this one could go on with", text, start)
    if not goes_on and _new_name(text, start, places[0], ledger):
        return _defined(text, start, end, places, line, ledger)
    return _equation(text, start, end, places, line, ledger, last if goes_on else None)


def _only(text, start, end):
    """The text with spaces in place of all but text[start:end], and no end of line in it."""
    return re.sub(r"[^\n]", " ", text[:start]) + text[start:end].replace("\n", " ")


def _declared(text, statement, ledger):
    found = read(_only(text, statement.start, statement.end), ledger)
    ledger.symmetric |= found.symmetric
    for name in found.keys() - ledger.keys():
        ledger.enter(name, found[name])
    return Reading(statement.line, "declared")


def _assumed(text, start, end, line, ledger):
    structure = _SYMMETRIC.fullmatch(text[start:end].strip())
    if structure:
        symbol = ledger.get(Names(ledger).key(structure["name"]))
        if not isinstance(symbol, sp.MatrixSymbol) or symbol.rows != symbol.cols:
            raise NotationError(f"{structure['name']} is no declared square matrix", text, start)
        ledger.symmetric.add(symbol)
        return Reading(line, "assumed")
    places = outer(text, start, end)
    if len(places) != 1:
        raise NotationError("a hypothesis is an equation, or says that a matrix is symmetric", text, start)
    left = _side(text, start, places[0], ledger)
    right = _side(text, places[0] + 1, end, ledger, _shape(left))
    ledger.hypotheses.append((left, right))
    shown = " = ".join(typeset(side, ledger) for side in (left, right))
    return Reading(line, "assumed", latex=rf"\text{{assume }} {shown}")


def _new_name(text, start, equals, ledger):
    """The name before the first =, if it is not known yet."""
    head = text[start:equals].rstrip().removesuffix(":")
    found = tokens(text, start, start + len(head))
    if [token.kind for token in found] != ["name", "end"] or Names(ledger).key(found[0].text):
        return None
    name = found[0].text
    if ledger.entry_of(name) is not None:
        return None
    if re.fullmatch(r"d[A-Zα-ωΑ-Ω]\w*|d[a-z]\d*", name):
        raise NotationError(f"{name[1:]} is not defined above: what is {name}?", text, start)
    return name


def _defined(text, start, end, places, line, ledger):
    name = _new_name(text, start, places[0], ledger)
    ends = [*places[1:], end]
    values = [_side(text, a + 1, b, ledger) for a, b in zip(places, ends, strict=True)]
    written, key = values, free_indices(values[0])
    if key:
        name = _indexed_name(text, start, name, key)
    if key or values[0].has(sp.Sum):
        values = as_matrices(values, key, _sizes(values, text, start))
    read(f"{name} = 1", ledger)  # whether the name may be used
    ledger.define(name, values[0])
    symbol = ledger[name]
    shown = " = ".join(typeset(side, ledger) for side in (entry_at(symbol, key) if key else symbol, *written))
    if len(values) == 1:
        return Reading(line, "defined", (symbol, *values), symbol, latex=shown, key=key)
    return Reading(line, "equation", (symbol, *values), symbol, latex=shown, key=key)


def _indexed_name(text, start, name, key):
    """The name of the matrix that y_ij = … defines."""
    base, _, letters = name.rpartition("_")
    if not base or {ledger_index.name for ledger_index in key} != set(letters) or len(letters) != len(key):
        missing = ", ".join(str(index) for index in key)
        raise NotationError(f"the indices {missing} stand free on the right: write {name}_{missing} = …", text, start)
    return base


def _equation(text, start, end, places, line, ledger, last):
    cuts = [start - 1, *places, end] if last is None else [*places, end]
    text = with_derivatives(text[:end], ledger)
    written, shape = [], None if last is None else _shape(last.sides[-1])
    for a, b in zip(cuts, cuts[1:], strict=False):
        written.append(_side(text, a + 1, b, ledger, shape))
        shape = shape or _shape(written[-1])
    shown = ("= " if last is not None else "") + " = ".join(typeset(side, ledger) for side in written)
    key = last.key if last is not None else max(map(free_indices, written), key=len)
    sides = written
    if key or any(side.has(sp.Sum) for side in written):
        sides = as_matrices(written, key, _sizes(written, text, start))
    sides = ([] if last is None else [last.sides[-1]]) + list(sides)
    head = sides[0] if last is None else last.head
    return Reading(line, "equation", tuple(sides), head, latex=shown, goes_on=last is not None, key=key)


def _sizes(sides, text, start):
    try:
        return sizes_in(sp.Tuple(*sides))
    except ValueError as error:
        raise ShapeError(str(error), text, start) from None


def _side(text, start, end, ledger, shape=None):
    place = sp.MatrixSymbol("place", *shape) if shape else None
    return parse(_only(text, start, end), ledger, place)


def _shape(expr):
    return expr.shape if expr.is_Matrix else None


def typeset(expr, ledger):
    """A side in LaTeX, as it was understood; the differential of a scalar or of an expression with an upright d."""
    if expr.has(MatrixElement, sp.Sum, sp.KroneckerDelta):
        return in_latex(expr, lambda part: typeset(part, ledger))
    names = {}
    for symbol in expr.free_symbols:
        if symbol in ledger.derivatives and not symbol.is_Matrix:
            J, X = ledger.derivatives[symbol]
            names[symbol] = rf"\frac{{\partial {latex(J)}}}{{\partial {latex(X)}}}"
        elif symbol in ledger.differentials and ledger.is_anonymous(symbol):
            names[symbol] = rf"\mathrm{{d}}({latex(ledger.differentials[symbol])})"
        elif symbol in ledger.differentials and not symbol.is_Matrix:
            names[symbol] = rf"\mathrm{{d}} {latex(ledger.differentials[symbol])}"
    return latex(expr.xreplace({symbol: symbol_like(name, symbol) for symbol, name in names.items()}))
