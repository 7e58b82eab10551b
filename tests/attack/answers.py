"""What comes out of a question, and how a failing one is made small."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from .limits import Late, limited

FAILURES = ("wrong", "exception", "late")
OUTCOMES = ("right", "sampled", "undecided", "refused", "skipped", *FAILURES)
ON_RIGHT = {"proved": "right", "refuted": "wrong"}  # what a verdict is worth on a right claim
ON_WRONG = {"refuted": "right", "proved": "wrong", "sampled": "wrong"}


class Answer(NamedTuple):
    """kind: the class of the question; outcome: one of OUTCOMES; line: the failure for a test; note: what came out."""

    kind: str
    outcome: str
    line: str = ""
    note: str = ""


def asked(question, seconds=None):
    """(outcome or None, result or note) of a call to the engine: what it may raise is no failure."""
    try:
        with limited(*([] if seconds is None else [seconds])):
            return None, question()
    except Late:
        return "late", "out of time"
    except (NotImplementedError, ValueError) as error:
        return "refused", f"{type(error).__name__}: {_first_line(error)}"
    except Exception as error:  # whatever else comes out is what the attack looks for
        return "exception", f"{type(error).__name__}: {_first_line(error)}"


def judged(question):
    """(outcome, verdict) of a call to the judge: how it judges, or a failure if the engine says that it erred."""
    kind, verdict = asked(question)
    if kind is None:
        erred = verdict.how == "error" or "the engine's own gradient failed" in verdict.sentence
        kind = "exception" if erred else verdict.how
    return kind, verdict


def _first_line(error):
    return str(error).split("\n", 1)[0][:200]


# ---------------------------------------------------------------- smaller


def shrunk(expr, fails, seconds=20):
    """The smallest expression found for which `fails` still holds, by putting parts in the place of the whole."""
    try:
        with limited(seconds):
            for smaller in _descent(expr, fails):
                expr = smaller
    except Late:
        pass
    return expr


def _descent(expr, fails):
    while True:
        smaller = next((e for e in sorted(set(_smaller(expr)), key=_size) if _size(e) < _size(expr) and fails(e)), None)
        if smaller is None:
            return
        yield smaller
        expr = smaller


def _size(expr):
    return sum(1 for _ in sp.preorder_traversal(expr))


def _smaller(expr):
    """The expression with one node replaced by an argument of its own kind, or with one argument less."""
    for node in set(sp.preorder_traversal(expr)):
        if isinstance(node, (sp.MatrixSymbol, sp.Lambda)) or not node.args or not isinstance(node, sp.Expr):
            continue
        for other in _stand_ins(node):
            try:
                changed = expr.xreplace({node: other})
            except Exception:  # SymPy does not build every tree
                continue
            if isinstance(changed, sp.Expr):
                yield changed


def _stand_ins(node):
    for arg in node.args:
        if isinstance(arg, sp.Expr) and _kind(arg) == _kind(node):
            yield arg
    if isinstance(node, (sp.MatAdd, sp.Add, sp.Mul, sp.HadamardProduct, sp.MatMul)) and len(node.args) > 2:
        for i in range(len(node.args)):
            try:
                yield node.func(*node.args[:i], *node.args[i + 1 :])
            except Exception:  # shapes that do not fit any more
                continue
    if getattr(node, "is_Matrix", False):
        for symbol in node.atoms(sp.MatrixSymbol):
            for matrix in (symbol, sp.Transpose(symbol)):
                if matrix.shape == node.shape:
                    yield matrix


def _kind(node):
    return node.shape if getattr(node, "is_Matrix", False) else None
