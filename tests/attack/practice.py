"""Practice problems: the answer and three rewritings of it are accepted, four slips are refused."""

from __future__ import annotations

import sympy as sp

from hwlib.matrix_calculus.judge import check, same
from hwlib.matrix_calculus.notation import write
from hwlib.matrix_calculus.practice import FAMILIES, LEVELS, problem

from .answers import Answer, asked
from .claims import _unequal_at
from .rewriting import broken, kept

REWRITINGS, SLIPS = 3, 4


def ask(random):
    """One problem of each family, of a random level."""
    for family in FAMILIES:
        one = problem(random.getrandbits(32), random.choice(LEVELS), family)
        yield _graded(one, "its answer", one.answer, True, lambda one=one: one.check(one.answer_text))
        for _ in range(REWRITINGS):
            other = _made(lambda one=one: kept(one.answer, random, random.randint(1, 3)))
            if other is not None and not _differs(random, one.answer, other):
                yield _graded(one, "a rewriting", other, True, lambda one=one, other=other: _judged(one, other))
        for wrong in slips(one, random):
            yield _graded(one, "a slip", wrong, False, lambda one=one, wrong=wrong: _judged(one, wrong))


def slips(one, random):
    """Wrong answers, each one change of the right one, that an evaluator of its own has found to differ."""
    symbols = sorted(one.answer.atoms(sp.MatrixSymbol), key=str)
    found = [sp.MatMul(2, one.answer)]
    for _ in range(10 * SLIPS):
        made = _made(lambda: broken(one.answer, random, symbols)[1])
        if made is not None and made.is_Matrix and made.shape == one.answer.shape and made not in found:
            if _differs(random, one.answer, made):
                found.append(made)
        if len(found) == SLIPS:
            break
    return found


def _made(make):
    try:
        return make()
    except (AttributeError, TypeError, ValueError, NotImplementedError, IndexError):
        return None


def _differs(random, left, right):
    return _made(lambda: _unequal_at(random, left, right)) is not None


def _judged(one, claimed):
    if one.asked == "Hessian":
        return same(claimed, one.answer)
    return check(one.J, one.X, claimed)


def _graded(one, what, claimed, right, judge):
    kind, verdict = asked(judge, 60)
    if kind is None:
        kind = "right" if verdict.equal is right else "undecided" if verdict.equal is None else "wrong"
    line = (
        f"{one.text} by {one.variable} ({one.symbols}; {one.definitions}): {write(claimed)}" if kind != "right" else ""
    )
    return Answer(f"practice: {what}", kind, line, str(verdict).replace("\n", " ") if kind != "right" else "")
