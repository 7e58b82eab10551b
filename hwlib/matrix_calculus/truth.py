"""The truth of an equation in a derivation, found by the same judge that `check` and `same` ask."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

import sympy as sp
from sympy.assumptions.assume import global_assumptions

from .deadline import OutOfTime, time_left, within
from .judge import TO_EXPLAIN, check, same
from .mending import right_side, slip

_ORDER = ("proved", "sampled", "undecided", "error", "refuted")


class Judge:
    """Judges the equations of one derivation in order, and remembers the true ones."""

    def __init__(self, ledger, readings):
        self.ledger = ledger
        self.known = {}  # dQ: what a true line above says it is
        self._before = {}
        self._wrong = set()  # sides that a wrong line ends with

    def verdict(self, reading, seconds):
        """The worst of what is found on neighbors in the chain."""
        verdicts = [self._link(reading, a, b, seconds) for a, b in zip(reading.sides, reading.sides[1:], strict=False)]
        if reading.sides[0] in self.ledger.definitions and len(verdicts) > 1:
            verdicts = verdicts[1:]  # y = a = b defines y by a
        worst = max(verdicts, key=lambda verdict: _ORDER.index(verdict.how))
        return worst if worst.equal is not False or worst.slip else replace(worst, slip=self._slip(reading))

    def _slip(self, reading):
        try:
            with within(TO_EXPLAIN * time_left()):
                return slip(reading, self.ledger)
        except (OutOfTime, NotImplementedError, RecursionError, ValueError):
            return None

    def _link(self, reading, left, right, seconds):
        """left = right; or head = right, where the left side was found wrong before."""
        if left is reading.head or left not in self._wrong:
            found = self.equality(left, right, seconds)
            if found.equal is not False or left is reading.head:
                return found
        to_head = self.equality(reading.head, right, seconds)
        if to_head:
            return to_head
        if left in self._wrong:
            found = self.equality(left, right, seconds)
            if found:
                return replace(found, sentence=f"{found.sentence}; but what stands before it is wrong")
        return to_head

    def equality(self, left, right, seconds):
        """Whether two sides are equal, written out in what varies."""
        ledger = self.ledger
        for claimed, other in ((right, left), (left, right)):
            J, X = ledger.derivatives.get(other, (None, None))
            if (
                J is not None
                and not J.is_Matrix
                and X.is_Matrix
                and not ledger.derivatives.keys() & claimed.free_symbols
            ):
                J = ledger.value(ledger.definitions.get(J, J), kept=(X,))
                names = frozenset(ledger.names(kept=(X,)).items())
                verdict = _checked(J, X, ledger.value(claimed, kept=(X,)), names, seconds, _assumptions())
                if verdict or X not in ledger.definitions:
                    return verdict
        return _same(ledger.value(left), ledger.value(right), seconds, _assumptions())

    # ---- what is known ----

    def remember(self, reading, verdict):
        """Keep what a line says of a differential for those below, a wrong line as it should be."""
        self._before[id(reading)] = dict(self.known)
        if verdict.equal is False:
            self._wrong.add(reading.sides[-1])
        if reading.head in self.ledger.differentials:
            with suppress(NotImplementedError):
                self.known[reading.head] = reading.sides[-1] if verdict else right_side(reading, self.ledger)

    def known_before(self, reading):
        """{dQ: what it is} from the lines above one that was judged."""
        return self._before.get(id(reading), self.known)


def _assumptions():
    return frozenset(global_assumptions)


@lru_cache(maxsize=500)
def _same(left, right, seconds, assumptions):
    return same(left, right, seconds)


@lru_cache(maxsize=500)
def _checked(J, X, claimed, names, seconds, assumptions):
    symmetric = [a.arg for a in assumptions if a.function == sp.Q.symmetric]
    return check(J, X, claimed, symmetric=symmetric, names=dict(names), seconds=seconds)
