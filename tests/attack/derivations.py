"""Whole derivations put to the judge: the engine's own lines, written otherwise, and with one error planted."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from hwlib.matrix_calculus import check_derivation, derive
from hwlib.matrix_calculus.notation import write
from hwlib.matrix_calculus.suite import CASES

from .answers import Answer, asked
from .claims import _unequal_at
from .expressions import NOT_BUILT, drawn
from .rewriting import broken, kept

SECONDS = 60  # for a whole derivation
LONGEST = 400  # characters of a line that is still written by hand


class Written(NamedTuple):
    """A line left = right; judged: whether it is no definition; true_right: what is right there, written out."""

    left: sp.Basic
    right: sp.Expr
    judged: bool

    def __str__(self):
        return f"{write(self.left)} = {write(self.right)}"


def derivation(random):
    """(the question's name, declarations, lines) of a textbook's case or of a random J."""
    if random.random() < 0.6:
        case = random.choice(CASES)
        name, J, X = case.name, case.J, case.X
    else:
        J, X = drawn(random, random.choice([2, 2, 3]))
        name = write(J)
    steps = list(derive(J, X))
    first = next(k for k, step in enumerate(steps) if step.left == sp.Symbol("dJ"))
    lines = [Written(step.left, step.right, k >= first) for k, step in enumerate(steps)]
    return name, declared(J, X), [*reversed(lines[:first]), *lines[first:]]


def declared(*expressions):
    """`W: n x k, t: scalar` for all the symbols of some expressions."""
    symbols = set().union(*(expr.free_symbols for expr in expressions))
    matrices = sorted({s for s in symbols if isinstance(s, sp.MatrixSymbol)}, key=str)
    sizes = {symbol for symbol in symbols if symbol.is_integer}
    shapes = [f"{m.name}: {write(m.rows)} x {write(m.cols)}" for m in matrices]
    return ", ".join([*shapes, *(f"{t.name}: scalar" for t in sorted(symbols - sizes - set(matrices), key=str))])


def rewritten(lines, random):
    """The lines, the right sides of those that are judged written otherwise."""
    return [
        line._replace(right=kept(line.right, random, random.randint(0, 2))) if line.judged else line for line in lines
    ]


def planted(lines, random):
    """(place, lines) with one right side broken so that its value changes; None if nothing was found to break."""
    known = {line.left: line.right for line in lines if isinstance(line.left, sp.MatrixSymbol)}
    places = [k for k, line in enumerate(lines) if line.judged]
    for place in random.sample(places, len(places)):
        right = lines[place].right
        symbols = sorted(right.atoms(sp.MatrixSymbol), key=str)
        _, wrong = broken(right, random, symbols)
        if wrong.is_Matrix == right.is_Matrix and _unequal_at(random, _whole(right, known), _whole(wrong, known)):
            return place, [*lines[:place], lines[place]._replace(right=wrong), *lines[place + 1 :]]
    return None


def _whole(expr, known):
    """The expression with names written out, as a matrix."""
    for _ in range(len(known) + 1):
        expr = expr.xreplace({name: right for name, right in known.items() if name in expr.free_symbols})
    return expr if expr.is_Matrix else sp.MatMul(expr, sp.Identity(1))


def judged(declarations, lines):
    """(kind or None, report) for lines written as text."""
    text = "\n".join([declarations, *map(str, lines)])
    return asked(lambda: check_derivation(text), SECONDS)


def _text(declarations, lines):
    text = "\n".join([declarations, *map(str, lines)])
    return f"check_derivation({text!r})"


def ask_right(random):
    """Of a right derivation, its lines written otherwise, no line is called wrong."""
    found = _asked_for(random, lambda: derivation(random))
    if found is None:
        yield Answer("no derivation", "skipped")
        return
    name, declarations, lines = found
    try:
        lines = rewritten(lines, random)
    except NOT_BUILT:
        yield Answer("no rewriting", "skipped")
        return
    kind, report = judged(declarations, lines)
    if kind is None:
        hows = {line.how for line in report}
        wrong = report.first_wrong is not None
        kind = "wrong" if wrong else "refused" if "unread" in hows else "undecided" if "undecided" in hows else "right"
    line = _text(declarations, lines) if kind in ("wrong", "exception", "late") else ""
    yield Answer("right derivation", kind, line, name if kind != "exception" else report)


def ask_planted(random):
    """A planted error is found in its own line, and in no other."""
    found = _asked_for(random, lambda: derivation(random))
    broken_lines = found and _asked_for(random, lambda: planted(found[2], random))
    if not broken_lines:
        yield Answer("no planted error", "skipped")
        return
    name, declarations, _ = found
    place, lines = broken_lines
    kind, report = judged(declarations, lines)
    if kind is None:
        wrong = [k - 1 for k, line in enumerate(report) if line.equal is False]
        unread = any(line.how == "unread" for line in report)
        kind = "right" if wrong == [place] else "refused" if unread else "undecided" if not wrong else "wrong"
    line = _text(declarations, lines) if kind in ("wrong", "exception", "late", "undecided") else ""
    yield Answer("planted error", kind, line, f"{name}, line {place + 1}" if kind != "exception" else report)


def _asked_for(random, make):
    try:
        found = make()
    except (AttributeError, TypeError, ValueError, NotImplementedError, ArithmeticError, IndexError, KeyError):
        return None
    if found is None:
        return None
    texts = list(map(str, found[-1]))
    primed = any(text.split(" = ")[0].endswith("'") for text in texts)  # the engine's name G' reads as a transpose
    return None if primed or max(map(len, texts)) > LONGEST else found
