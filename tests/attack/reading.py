"""Texts beside their meaning: what is read has the value that the text has, or it is refused with its place."""

from __future__ import annotations

import sympy as sp

from hwlib.matrix_calculus.notation import parse, read, write

from .answers import Answer, asked
from .texts import DECLARED, SCALARS, Texts, random_point, value_of
from .values import OutOfReach, Values, differs, mp

TEXTS = 20  # a round


def ask(random):
    """Twenty texts, read and evaluated beside their meaning; what is read is written, and read again."""
    scope = read(DECLARED)
    texts = Texts(random)
    for _ in range(TEXTS):
        text = texts.any(random.choice([1, 2, 2, 3]))
        yield from _read(random, scope, text)


def _read(random, scope, text):
    kind, expr = asked(lambda: parse(text.text, scope))
    if kind == "refused":
        spelled = ", ".join(sorted(text.spellings))
        yield Answer("text", "refused", note=f"{text.text!r}: {expr} [{spelled}]")
        return
    line = f"parse({text.text!r}, read(DECLARED))"
    if kind:
        yield Answer("text", kind, line, expr)
        return
    where = differs_from(random, text, expr, scope)
    yield Answer("text", "wrong" if where else "right", line, f"{expr}: {where}")
    if where:
        return
    kind, again = asked(lambda: parse(write(expr), scope))
    if kind is None:
        kind = "wrong" if differs_from(random, text, again, scope) else "right"
    if kind == "refused":
        kind = "exception"  # what the engine writes it must read
    yield Answer("written and read again", kind, f"parse(write({line}), read(DECLARED))", str(again))


def differs_from(random, text, expr, scope):
    """What came out in place of the text's own value at some point, as words; None if they agree."""
    for _ in range(4):
        point = random_point(random)
        try:
            right = value_of(text, point)
            value = Values(as_symbols(point, scope)).matrix(expr)
        except OutOfReach:
            continue
        except (ValueError, NotImplementedError) as error:
            return f"{type(error).__name__}: {error}"
        if value.shape != right.shape:
            return f"shape {value.shape} for {right.shape}"
        size = max([mp.mpf(1), *(abs(e) for e in right.flat if not mp.isnan(e))])
        if differs(value, right, size):
            return f"{mp.nstr(value[0, 0], 8)} for {mp.nstr(right[0, 0], 8)}"
    return None


def as_symbols(point, scope):
    """The point by the symbols of the scope, with the sizes."""
    found = {scope[name]: value for name, value in point.items()}
    sizes = {}
    for name, value in point.items():
        if name not in SCALARS:
            sizes |= {
                s: mp.mpf(k) for s, k in zip(scope[name].shape, value.shape, strict=True) if isinstance(s, sp.Symbol)
            }
    return {**found, **sizes}
