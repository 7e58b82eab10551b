"""Claims under an equation that may be used: right ones that need it, and wrong ones that stay wrong with it."""

from __future__ import annotations

import sympy as sp
from sympy import Identity, MatAdd, MatMul, MatrixSymbol, OneMatrix, Transpose

from hwlib.matrix_calculus.judge import check

from .answers import FAILURES, ON_RIGHT, ON_WRONG, Answer, judged
from .claims import right_claim, wrong_at
from .code import question
from .expressions import NOT_BUILT
from .gradients import _fresh, gradient_differs
from .limits import Late, limited
from .points import Points
from .rewriting import broken, kept
from .values import OutOfReach, array, eye, inner, inverse, mp


def _unit(value):
    """The columns made orthonormal, by Gram and Schmidt."""
    found = []
    for column in value.T:
        for other in found:
            column = column - other * inner(column, other)
        found.append(column / mp.sqrt(inner(column, column)))
    return array(found).T


def _projecting(value):
    """A projection, not along its normal: S diag(1, …, 0) S⁻¹."""
    half = eye(len(value))
    for k in range(len(value) // 2, len(value)):
        half[k, k] = mp.mpf(0)
    return value @ half @ inverse(value)


def _summing_to_one(value):
    """The rows moved so that each adds up to one."""
    moved = value.copy()
    for row in moved:
        row[0] += 1 - sum(row)
    return moved


def _ones(rows, cols):
    return OneMatrix(rows, cols)


HYPOTHESES = {  # a name: (for which shapes, the two sides, what makes a value satisfy it)
    "orthonormal": (
        lambda Q: Q.rows == Q.cols or Q.cols == 1,
        lambda Q: (MatMul(Transpose(Q), Q), Identity(Q.cols)),
        _unit,
    ),
    "idempotent": (lambda P: P.rows == P.cols != 1, lambda P: (MatMul(P, P), P), _projecting),
    "rows that sum to one": (
        lambda Y: Y.cols != 1,
        lambda Y: (MatMul(Y, _ones(Y.cols, 1)), _ones(Y.rows, 1)),
        _summing_to_one,
    ),
}


class Held(Points):
    """Points at which a hypothesis about one symbol holds."""

    def __init__(self, random, symbol, satisfying, *exprs):
        super().__init__(random, symbol, *exprs)
        self.symbol, self.satisfying = symbol, satisfying

    def draw(self, manner=None, largest=4):
        point = super().draw(manner, largest)
        try:
            point[self.symbol] = self.satisfying(point[self.symbol])
        except ZeroDivisionError:
            raise OutOfReach("this point leads to none that satisfies it") from None
        return point


def ask(random):
    """A right claim that uses the hypothesis is not refuted; a wrong one is, and never proved."""
    found = right_claim(random, deepest=2)
    choices = found and [
        (name, symbol)
        for symbol in sorted(sp.Tuple(*found).atoms(MatrixSymbol), key=str)
        for name, (fits, *_) in HYPOTHESES.items()
        if fits(symbol)
    ]
    if not choices:
        yield Answer("no claim", "skipped")
        return
    (J, X, G), (name, symbol) = found, random.choice(choices)
    _, sides, satisfying = HYPOTHESES[name]
    left, right = sides(symbol)
    try:
        zero = MatMul(
            MatrixSymbol("L", X.rows, left.rows), MatAdd(left, MatMul(-1, right)), MatrixSymbol("R", left.cols, X.cols)
        )
        claim = MatAdd(kept(G, random, random.randint(0, 2)), random.choice([zero, MatMul(-2, zero)]))
        slip, wrong = broken(random.choice([G, claim]), random, sorted(J.atoms(MatrixSymbol), key=str))
    except NOT_BUILT:
        yield Answer("no claim", "skipped")
        return
    draw = Held(random, symbol, satisfying, J, X, claim, wrong)
    yield _asked(f"right, {name}", J, X, claim, (left, right), ON_RIGHT, _right(random, J, X, claim, draw))
    yield _asked(f"wrong, {name}: {slip}", J, X, wrong, (left, right), ON_WRONG, _wrong(J, X, G, wrong, draw))


def _right(random, J, X, claim, draw):
    try:
        return gradient_differs(_fresh(random.getrandbits(32)), J, X, claim, draw=draw) is None
    except NOT_BUILT:
        return False


def _wrong(J, X, G, claim, draw):
    try:
        with limited(20):
            return wrong_at(draw, J, X, G, claim) is not None
    except (*NOT_BUILT, Late):
        return False


def _asked(name, J, X, claim, sides, worth, certain):
    if not certain:
        return Answer(name, "skipped")
    kind, verdict = judged(lambda: check(J, X, claim, assuming=[sides]))
    kind = worth.get(kind, kind)
    line = question(check, J, X, claim, assuming=[sides]) if kind in FAILURES else ""
    return Answer(name, kind, line, str(verdict))
