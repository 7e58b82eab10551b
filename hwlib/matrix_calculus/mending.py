"""A wrong line: the line as it should be, and the slip that leads from that to what was written."""

from __future__ import annotations

from .following import as_traces, bound
from .gradient import gradient
from .plain import write
from .shapes import is_one_by_one
from .slips import Slips
from .writing import entry


def corrected(reading, ledger):
    """The right side that the head of a wrong line should have, in the names of its writer; None if not known."""
    head = reading.head
    if head in ledger.derivatives:
        J, X = ledger.derivatives[head]
        return f"{write(head)} = {write(ledger.derivative_of(J, X), ledger.names(kept=(X,)))}"
    if head not in ledger.differentials:
        return None
    return f"{write(head)} = {write(right_side(reading, ledger))}"


def right_side(reading, ledger):
    """The true differential of the head, in those differentials that the line has on its right."""
    basis = bound([reading.sides[-1]], ledger) - {reading.head}
    right = ledger.first_differential(reading.head)
    while waiting := bound([right], ledger) - basis:
        right = right.xreplace({change: ledger.first_differential(change) for change in waiting})
    return as_traces(right, ledger)


def _changes(expr, ledger):
    return sorted(expr.free_symbols & ledger.differentials.keys(), key=str)


def slip(reading, ledger):
    """The slip in a wrong line about a differential, in words, or None."""
    if reading.head not in ledger.differentials:
        return None
    claimed, actual = reading.sides[-1], right_side(reading, ledger)
    claimed = entry(claimed) if claimed.is_Matrix and is_one_by_one(claimed) and not actual.is_Matrix else claimed
    if claimed.is_Matrix != actual.is_Matrix:
        return None
    changes = _changes(actual, ledger)
    if changes and not _changes(claimed, ledger):
        return "no differential stands on the right side"
    for change in changes:
        if change not in claimed.free_symbols:
            return f"the term with `{write(change)}` is missing"
    for write_out in (lambda expr: expr, lambda expr: ledger.value(expr, kept=bound([claimed, actual], ledger))):
        found = _edit(write_out(actual), write_out(claimed), changes, ledger)
        if found:
            return found
    return None


def _edit(actual, claimed, changes, ledger):
    """One edit that leads from the right expression to the claimed one; of scalars in a factor of a differential."""
    names = ledger.names()
    if actual.is_Matrix:
        return Slips(actual, claimed, None, names).find()
    for change in changes:
        if change.is_Matrix:
            right, wrong = (gradient(side, change) for side in (actual, claimed))
            found = Slips(right, wrong, None, names).find()
            if found:
                several = f" in the factor of `{write(change)}`" if len(changes) > 1 else ""
                return found + several
    return None
