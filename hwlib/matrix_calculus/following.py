"""Does a true line follow from those above in one step? And which steps lead to it where it does not?

One step is: what the lines above say is inserted, the differential of one name is taken from its definition, terms
are rearranged, or a gradient is read off. The rest is a leap.
"""

from __future__ import annotations

from itertools import islice

from .comparison import all_agree
from .derivation import derive
from .plain import write
from .points import Sampler, value_at

POINTS = 2  # at which two expressions that are known to be equal in truth are held against each other as they stand


def is_leap(reading, judge):
    """Whether a true equation needs more than one step from the lines above."""
    return any(_leaps(a, b, judge) for a, b in zip(reading.sides, reading.sides[1:], strict=False))


def _leaps(left, right, judge):
    ledger, known = judge.ledger, judge.known
    if left in ledger.derivatives:
        J, X = ledger.derivatives[left]
        wanted = [_inserted(ledger.differential(J), known, ledger)]
        basis = {ledger.differential(X)}
    else:
        wanted = [_inserted(side, known, ledger) for side in (left, right)]
        basis = None
    open_ones = bound(wanted, ledger) - (basis or set())
    for new in (None, *sorted(open_ones, key=str)):
        step = known if new is None else {**known, new: ledger.first_differential(new)}
        sides = [_inserted(side, step, ledger) for side in wanted]
        if basis is not None:
            if not bound(sides, ledger) - basis:
                return False
        elif _agree(*(ledger.value(side, kept=bound(sides, ledger)) for side in sides)):
            return False
    return True


def bound(sides, ledger):
    """The differentials in some expressions that are not directions of their own."""
    found = set().union(*(side.free_symbols for side in sides)) & ledger.differentials.keys()
    return {change for change in found if not ledger.is_free(change)}


def _inserted(expr, known, ledger):
    """The expression with what is known of differentials put in."""
    known = {**known, **{c: ledger.first_differential(c) for c in ledger.differentials if ledger.is_anonymous(c)}}
    for _ in range(len(known) + 1):
        meanings = {change: known[change] for change in expr.free_symbols & known.keys()}
        if not meanings:
            return expr
        expr = expr.xreplace(meanings)
    return expr


def _agree(left, right):
    """Whether two expressions have equal values where they have any."""
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
        return [_step(step) for step in derive(ledger.value(J, kept=(X,)), X, names=names)][:-1]
    lines, waiting = [], bound(reading.sides, ledger)
    while waiting:
        change = max(waiting, key=lambda c: len(ledger.ancestors(ledger.differentials[c])))
        waiting.discard(change)
        if change not in known:
            lines.append(f"{write(change)} = {write(ledger.first_differential(change))}")
        waiting |= bound([known.get(change, ledger.first_differential(change))], ledger)
    return lines


def _step(step):
    text = str(step)
    return text[text.index(")") + 1 :].strip()
