"""The textbooks' gradients with one thing changed, some of them still right: what the judge says of each."""

from __future__ import annotations

from itertools import count, islice
from random import Random

import sympy as sp
from sympy import HadamardProduct, Identity, MatrixSymbol, OneMatrix, ZeroMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from hwlib.matrix_calculus.judge import check
from hwlib.matrix_calculus.suite import CASES

from .answers import ON_RIGHT, ON_WRONG, Answer, judged
from .claims import holds_at
from .code import question
from .gradients import gradient_differs


def mutants(case):
    """(kind, claim) of every change."""
    symbols_of_shape = {}
    for X in sorted(case.J.atoms(MatrixSymbol), key=str):
        symbols_of_shape.setdefault(X.shape, []).append(X)
    G = case.gradient
    yield "sign", -G
    for factor in (2, sp.Rational(1, 2), 3, case.X.rows):
        yield "factor", factor * G
    if G.rows == G.cols:
        yield "transpose", G.T
    yield "added", G + case.X
    yield "doubled and halved", (G + G) / 2
    yield "transposed twice", sp.Transpose(sp.Transpose(G))
    yield "identities", sp.MatMul(Identity(G.rows), G, Identity(G.cols))
    yield "ones", HadamardProduct(OneMatrix(*G.shape), G)
    yield "nothing added", sp.MatAdd(ZeroMatrix(*G.shape), case.X, G, -case.X)
    yield "expanded", G.expand()
    yield "done", G.doit()
    yield from _inside(G, symbols_of_shape)


def _inside(node, symbols_of_shape):
    if isinstance(node, MatrixSymbol):
        for other in symbols_of_shape.get(node.shape, []):
            if other != node:
                yield "swapped operand", other
        if node.rows == node.cols:
            yield "inner transpose", node.T
        return
    if isinstance(node, (sp.MatAdd, HadamardProduct)):
        for i in range(len(node.args)):
            kept = node.args[:i] + node.args[i + 1 :]
            yield "dropped term", kept[0] if len(kept) == 1 else node.func(*kept)
        yield "reversed", node.func(*reversed(node.args))
    if isinstance(node, sp.MatAdd):
        yield "inner sign", sp.MatAdd(-node.args[0], *node.args[1:])
    if isinstance(node, sp.MatMul) and node.args[-1].is_Matrix and node.args[-1].is_MatAdd:
        yield "distributed", sp.MatAdd(*(sp.MatMul(*node.args[:-1], term) for term in node.args[-1].args))
    inside = [1] if isinstance(node, ElementwiseApplyFunction) else range(len(node.args))
    if isinstance(node, (sp.MatAdd, sp.MatMul, HadamardProduct, sp.Transpose, sp.Inverse, ElementwiseApplyFunction)):
        for i in inside:
            if node.args[i].is_Matrix:
                for kind, changed in _inside(node.args[i], symbols_of_shape):
                    yield kind, node.func(*node.args[:i], changed, *node.args[i + 1 :])


def mutations():
    """(case, kind, claim) of all cases in turn, in an order that is the same every time; some two thousand."""
    pools = []
    for case in CASES:
        pool = list(mutants(case))
        Random(case.name).shuffle(pool)
        pools.append([(case, *mutant) for mutant in pool])
    for turn in islice(count(), max(map(len, pools))):
        yield from (pool[turn] for pool in pools if turn < len(pool))


def ask(random):
    """One mutation to the judge: the right ones are not refuted, the wrong ones are."""
    case = random.choice(CASES)
    kind, claim = random.choice(list(mutants(case)))
    wrong = gradient_differs(random, case.J, case.X, claim) is not None
    how, verdict = judged(lambda: check(case.J, case.X, claim))
    outcome = (ON_WRONG if wrong else ON_RIGHT).get(how, how)
    if outcome == "wrong" and not wrong and not holds_at(case.J, case.X, case.gradient, claim, verdict):
        outcome = "right"
    yield Answer(f"mutation: {kind}", outcome, question(check, case.J, case.X, claim), str(verdict))
