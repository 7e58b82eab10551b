"""Does a true line follow from those above in one step? And which steps lead to it where it does not?

One step is: what the lines above say is inserted, the differential of one name is taken from its definition, and of
names that are linear in what varies, terms are rearranged, or a gradient is read off. The rest is a leap.
"""

from __future__ import annotations

from itertools import islice

import sympy as sp

from .comparison import all_agree
from .derivation import derive
from .gradient import gradient
from .plain import write
from .points import Sampler, value_at
from .shapes import transposed
from .writing import product, trace

POINTS = 2  # at which two expressions that are known to be equal in truth are held against each other as they stand


def is_leap(reading, judge):
    """Whether a true equation needs more than one step from the lines above; not asked under a hypothesis."""
    if judge.ledger.hypotheses:
        return False
    return any(_leaps(a, b, judge) for a, b in zip(reading.sides, reading.sides[1:], strict=False))


def _leaps(left, right, judge):
    ledger = judge.ledger
    J, X = ledger.derivatives.get(left, (None, None))
    sides = [left, right] if J is None else [ledger.differential(J)]
    basis = set() if X is None else {ledger.differential(X)}
    free = {c: ledger.first_differential(c, X) for c in ledger.differentials if _goes_without_saying(c, X, ledger)}
    table = {c: meaning for c, meaning in {**free, **judge.known}.items() if c not in basis}
    first = sorted(bound([_inserted(side, table) for side in sides], ledger) - basis, key=str)
    for new in ({}, *({c: ledger.first_differential(c, X)} for c in first)):
        ends = [_inserted(side, {**table, **new}) for side in sides]
        if not bound(ends, ledger) - basis if basis else _agree(*ends, ledger):
            return False
    return True


def _goes_without_saying(change, X, ledger):
    """Whether a differential is that of an expression, or of a name that is linear in what varies (in X, if given)."""
    if ledger.is_anonymous(change):
        return True
    if ledger.is_free(change) or ledger.differentials[change] not in ledger.definitions:
        return False
    values = ledger.first_differential(change, X).free_symbols - ledger.differentials.keys()
    return not any(ledger.changes(value, X) for value in values)


def bound(sides, ledger):
    """The differentials in some expressions that are not directions of their own."""
    found = set().union(*(side.free_symbols for side in sides)) & ledger.differentials.keys()
    return {change for change in found if not ledger.is_free(change)}


def _inserted(expr, known):
    """The expression with what is known of differentials put in."""
    for _ in range(len(known) + 1):
        meanings = {change: known[change] for change in expr.free_symbols & known.keys()}
        if not meanings:
            return expr
        expr = expr.xreplace(meanings)
    return expr


def _agree(left, right, ledger):
    """Whether two expressions have equal values where they have any, the differentials in them being what they may."""
    left, right = (ledger.value(side, kept=bound([side], ledger)) for side in (left, right))
    found = 0
    for point in islice(Sampler(left, right).generic_points(), 12):
        values = value_at(point, left), value_at(point, right)
        if None in values:
            continue
        if not all_agree(*values):
            return False
        found += 1
        if found == POINTS:
            break
    return found > 0


# ---- the engine's own lines ----


def steps_between(reading, judge, known):
    """The lines that lead from those above to a line, in plain notation."""
    ledger = judge.ledger
    J, X = ledger.derivatives.get(reading.head, (None, None))
    if J is not None and not J.is_Matrix:
        names = {value: name for value, name in ledger.names((X,)).items() if value.is_Matrix}
        steps = [_step(step) for step in derive(ledger.value(J, kept=(X,)), X, names=names)]
        return [step for step in steps if step.startswith("d")]
    lines, waiting = [], bound(reading.sides, ledger)
    while waiting:
        change = max(waiting, key=lambda c: len(ledger.ancestors(ledger.differentials[c])))
        waiting.discard(change)
        if change not in known:
            lines.append(f"{write(change)} = {write(as_traces(ledger.first_differential(change), ledger))}")
        waiting |= bound([known.get(change, ledger.first_differential(change))], ledger)
    return lines


def as_traces(right, ledger):
    """A scalar that is linear in differentials as the sum of tr(G'dX), one term each; a matrix as it is."""
    changes = sorted(right.free_symbols & ledger.differentials.keys(), key=str)
    if right.is_Matrix or not all(change.is_Matrix for change in changes):
        return right
    return sp.Add(*[trace(product(transposed(gradient(right, change)), change)) for change in changes])


def _step(step):
    text = str(step)
    return text[text.index(")") + 1 :].strip()
