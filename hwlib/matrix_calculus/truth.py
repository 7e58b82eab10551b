"""The truth of an equation in a derivation, found by the same judge that `check` and `same` ask."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace

import sympy as sp
from sympy.assumptions.assume import global_assumptions

from .deadline import OutOfTime, time_left, within
from .judge import TO_EXPLAIN, check, same
from .mending import right_side, slip
from .shapes import transposed
from .writing import product, trace

KEPT = 500  # verdicts
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
            alone = J is not None and not ledger.derivatives.keys() & claimed.free_symbols
            if alone and not J.is_Matrix:
                J = ledger.value(ledger.definitions.get(J, J), kept=(X,))
                names = ledger.names(kept=(X,))
                verdict = _checked(J, X, ledger.value(claimed, kept=(X,)), names, seconds, self._assumed((X,)))
                if verdict or X not in ledger.definitions:
                    return verdict
        return _same(ledger.value(left), ledger.value(right), seconds, self._assumed())

    def _assumed(self, kept=()):
        return tuple(tuple(self.ledger.value(side, kept) for side in sides) for sides in self.ledger.hypotheses)

    # ---- what is known ----

    def remember(self, reading, verdict):
        """Keep what a line says of a differential for those below, a wrong line as it should be."""
        self._before[id(reading)] = dict(self.known)
        if verdict.equal is False:
            self._wrong.add(reading.sides[-1])
        if reading.head in self.ledger.differentials:
            with suppress(NotImplementedError):
                self.known[reading.head] = reading.sides[-1] if verdict else right_side(reading, self.ledger)
        elif verdict and reading.head in self.ledger.derivatives:
            self._remember_gradient(*self.ledger.derivatives[reading.head], reading.sides[-1])

    def _remember_gradient(self, J, X, found):
        """∂J/∂X = G says that dJ = tr(G'dX), where J varies with X alone."""
        dJ, dX = map(self.ledger.differential, (J, X))
        changes = self.ledger.value(dJ, kept=(dX,)).free_symbols & self.ledger.differentials.keys()
        if not J.is_Matrix and X.is_Matrix and dJ not in self.known and changes == {dX}:
            self.known[dJ] = trace(product(transposed(found), dX))

    def known_before(self, reading):
        """{dQ: what it is} from the lines above one that was judged."""
        return self._before.get(id(reading), self.known)


def _assumptions():
    return frozenset(global_assumptions)


class Answers:
    """The verdicts given so far, for a text that is judged again while it is written.

    One that is not settled is asked for again when there is more time for it.
    """

    def __init__(self):
        self._known = OrderedDict()

    def asked(self, question, seconds, answer):
        """The verdict on a question, any tuple; answer(seconds) finds one that is not known."""
        key = (*question, _assumptions())
        time, verdict = self._known.get(key, (0, None))
        if seconds > time and not (verdict and verdict.how == "proved"):
            verdict = answer(seconds)
            self._known[key] = seconds, verdict
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return verdict


ANSWERS = Answers()


def _same(left, right, seconds, assuming):
    return ANSWERS.asked((left, right, assuming), seconds, lambda seconds: same(left, right, seconds, assuming))


def _checked(J, X, claimed, names, seconds, assuming):
    def answer(seconds):
        symmetric = [a.arg for a in _assumptions() if a.function == sp.Q.symmetric]
        return check(J, X, claimed, symmetric, names, seconds, assuming)

    return ANSWERS.asked((J, X, claimed, assuming), seconds, answer)
