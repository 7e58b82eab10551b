"""Claims put to the judge: right ones in other forms, wrong ones by class, and both straight to the proof."""

from __future__ import annotations

import sympy as sp
from sympy import HadamardProduct, Inverse, MatAdd, MatMul, Transpose

from hwlib.matrix_calculus.gradient import gradient
from hwlib.matrix_calculus.judge import check
from hwlib.matrix_calculus.normal_form import proved_equal
from hwlib.matrix_calculus.suite import CASES

from .answers import FAILURES, ON_RIGHT, ON_WRONG, Answer, asked, judged, shrunk
from .code import question
from .expressions import NOT_BUILT, Expressions, applied, drawn, m, n
from .gradients import _fresh, depends, gradient_differs
from .limits import Late, limited
from .points import Points
from .rewriting import broken, kept
from .values import OutOfReach, Slopes, Values, array, differs, mp, number


def right_claim(random, deepest=3):
    """(J, X, G): a textbook's case or a random one whose gradient agrees with J's own slopes; None now and then."""
    if random.random() < 0.5:
        case = random.choice(CASES)
        return case.J, case.X, case.gradient
    J, X = drawn(random, random.choice([2, 2, deepest]))
    kind, G = asked(lambda: gradient(J, X))
    if kind or not depends(random, J, X) or gradient_differs(random, J, X, G):
        return None
    return J, X, G


def _judged(J, X, claim, worth):
    kind, verdict = judged(lambda: check(J, X, claim))
    return worth.get(kind, kind), verdict


def holds_at(J, X, G, claim, verdict):
    """Whether the claim is right at the point by which a verdict refutes it, and the gradient has a value there."""
    example = verdict.counterexample
    if example is None:
        return True
    point = {s: number(sp.sympify(v)) for s, v in example.sizes.items()}
    for symbol, value in example.matrices.items():
        point[symbol] = array(value.tolist()) if symbol.is_Matrix else number(sp.sympify(value))
    try:
        slopes, value, usual = Slopes(J, X, point), Values(point).matrix(claim), Values(point).matrix(G)
        found = slopes.gradient()
    except OutOfReach:
        return True  # as far as is known: a refutation that nobody can check is a failure
    wrong = any(mp.isnan(entry) for entry in value.flat) or differs(value, found, 1 + abs(slopes.here[0, 0]))
    return not wrong or any(mp.isnan(entry) for entry in (*found.flat, *usual.flat))


def ask_right(random):
    """A right claim in another form is never refuted."""
    found = right_claim(random)
    if found is None:
        yield Answer("no claim", "skipped")
        return
    J, X, G = found
    claim = kept(G, random, random.randint(1, 4))
    state = random.getrandbits(32)
    where = _safely_differs(state, J, X, claim)
    if where is not None:
        yield Answer("a rewriting that changes the value", "skipped")
        return
    kind, verdict = _judged(J, X, claim, ON_RIGHT)
    if kind == "wrong" and not holds_at(J, X, G, claim, verdict):
        yield Answer("a rewriting that changes the value", "skipped")
        return
    if kind in FAILURES:

        def fails(other):
            return _safely_differs(state, J, X, other) is None and _judged(J, X, other, ON_RIGHT)[0] == kind

        yield Answer("right claim", kind, question(check, J, X, shrunk(claim, fails)), str(verdict))
    else:
        note = question(check, J, X, claim) if kind == "sampled" else str(verdict) if kind == "refused" else ""
        yield Answer("right claim", kind, note=note)


def _safely_differs(state, J, X, claim):
    try:
        return gradient_differs(_fresh(state), J, X, claim)
    except NOT_BUILT:
        return "no value"


# ---------------------------------------------------------------- wrong claims


def _constant(X):
    return sp.MatrixSymbol("C", *X.shape)


def _with(function):
    """The claim plus C ∘ function(X), which is zero on a part of the line."""
    return lambda G, X, random: MatAdd(G, HadamardProduct(_constant(X), applied(function, X)))


def _size_polynomial(G, X, random):
    size = next((s for s in X.shape if s.is_Symbol), None)
    if size is None:
        return None
    zeros = random.randint(1, 6)
    return MatAdd(G, MatMul(sp.Mul(*[size - k for k in range(1, zeros + 1)]), _constant(X)))


def _wide_only(G, X, random):
    rows, cols = X.shape
    if rows == cols or not (rows.is_Symbol and cols.is_Symbol):
        return None
    gram = random.choice([MatMul(Transpose(X), X), MatMul(X, Transpose(X))])
    return MatMul(G, Inverse(gram), gram) if gram.shape[0] == cols else MatMul(Inverse(gram), gram, G)


def _undefined_for(function):
    return lambda G, X, random: HadamardProduct(G, applied(function, X))


PARTIAL = {  # classes of wrong claims: what differs is seen only on a part of the domain
    "only for large entries": [_with(lambda t, c=c: sp.Max(0, sp.Abs(t) - c)) for c in (5, 50, 500)],
    "only for small entries": [_with(lambda t, c=c: sp.Max(0, c - sp.Abs(t))) for c in (sp.Rational(1, 10), 1)],
    "only for negative entries": [_with(lambda t: sp.Max(0, -t)), _with(lambda t: sp.Abs(t) - t)],
    "only beyond a kink": [_with(lambda t, c=c: sp.Max(0, t - c)) for c in (3, 7, 60, -60)]
    + [_with(lambda t, c=c: sp.Heaviside(t - c)) for c in (4, 90, 900)],
    "a polynomial of a size": [_size_polynomial],
    "undefined for wide or tall": [_wide_only],
    "undefined for negative entries": [
        lambda G, X, random: MatAdd(G, applied(sp.log, X), MatMul(-1, applied(sp.log, X))),
        lambda G, X, random: MatAdd(G, applied(lambda t: sp.exp(sp.log(t) / 2) ** 2, X), MatMul(-1, X)),
    ],
}


def wrong_claim(random, J, X, G):
    """(class, claim) of a claim that is most likely wrong."""
    if random.random() < 0.5:
        name = random.choice(list(PARTIAL))
        try:
            claim = random.choice(PARTIAL[name])(G, X, random)
        except NOT_BUILT:
            claim = None
        if claim is not None:
            return name, claim
    return broken(G, random, sorted(J.atoms(sp.MatrixSymbol), key=str))


def wrong_at(draw, J, X, G, claim):
    """A point within the judge's reach at which the claim is wrong, or has no value though J has a slope."""
    for _ in range(60):
        try:
            point = draw.draw()
            slopes = Slopes(J, X, point)
            value = Values(point).matrix(claim)
            if value.shape != point[X].shape:
                return point
            gradient_here = slopes.gradient()
            usual = Values(point).matrix(G)
        except OutOfReach:
            continue
        if any(mp.isnan(entry) for entry in (*gradient_here.flat, *usual.flat)):
            continue
        if any(mp.isnan(entry) for entry in value.flat):
            return point
        if differs(value, gradient_here, 1 + abs(slopes.here[0, 0])):
            return point
    return None


def ask_wrong(random):
    """A wrong claim is never proved, and refuted."""
    found = right_claim(random, deepest=2)
    if found is None:
        yield Answer("no claim", "skipped")
        return
    J, X, G = found
    name, claim = wrong_claim(random, J, X, G)
    state = random.getrandbits(32)
    try:
        with limited(20):
            where = wrong_at(Points(_fresh(state), J, X, claim), J, X, G, claim)
    except NOT_BUILT:
        where = "shapes"
    except Late:
        where = None
    if where is None:
        yield Answer("a slip that changes nothing", "skipped")
        return
    kind, verdict = _judged(J, X, claim, ON_WRONG)
    line = question(check, J, X, claim) if kind in FAILURES else ""
    yield Answer(f"wrong claim: {name}", kind, line, str(verdict))


# ---------------------------------------------------------------- straight to the proof


def _unequal_at(random, left, right):
    """A point at which two expressions have different values; None if none was found."""
    draw = Points(random, left, right)
    for _ in range(20):
        point = draw.draw()
        try:
            values = Values(point)
            a, b = values.matrix(left), values.matrix(right)
        except OutOfReach:
            continue
        size = 1 + max(abs(e) for e in a.flat) if not any(mp.isnan(e) for e in a.flat) else 1
        if a.shape != b.shape or differs(a, b, size):
            return point
    return None


def ask_proof(random):
    """Twenty pairs, one changed from the other, straight through `proved_equal`: none is proved that differs."""
    shape = random.choice([(n, n), (m, n), (n, sp.S.One)])
    expressions = Expressions(random, shape)
    pairs = []
    while len(pairs) < 20:
        try:
            left = (
                random.choice(CASES).gradient
                if random.random() < 0.4
                else expressions.matrix(*shape, random.choice([1, 2, 2, 3]))
            )
            symbols = sorted(left.atoms(sp.MatrixSymbol), key=str)
            symbols += [sp.MatrixSymbol("Q", *symbol.shape) for symbol in symbols]
            name, right = broken(kept(left, random, random.randint(0, 2)), random, symbols)
        except NOT_BUILT:
            continue
        pairs.append((name, left, right))
    for name, left, right in pairs:
        kind, equal = asked(lambda left=left, right=right: proved_equal(left, right))
        if kind is None and equal:
            where = _differ_somewhere(random.getrandbits(32), left, right)
            kind = "wrong" if where else "right"
        elif kind is None:
            kind = "sampled"
        line = question(proved_equal, left, right) if kind in FAILURES else ""
        yield Answer(f"proof: {name}", kind, line, "" if kind == "sampled" else str(equal))


def _differ_somewhere(state, left, right):
    try:
        return _unequal_at(_fresh(state), left, right)
    except (ValueError, NotImplementedError):
        return None


def ask_same(random):
    """Right equalities straight to the proof: how many are found, and that nothing breaks."""
    shape = random.choice([(n, n), (m, n), (n, sp.S.One)])
    expressions = Expressions(random, shape)
    for _ in range(5):
        try:
            left = expressions.matrix(*shape, 2)
            right = kept(left, random, random.randint(1, 3))
        except NOT_BUILT:
            continue
        kind, equal = asked(lambda left=left, right=right: proved_equal(left, right))
        kind = kind or ("right" if equal else "sampled")
        line = question(proved_equal, left, right)
        yield Answer("proof of a rewriting", kind, line if kind in FAILURES else "", f"{equal} {line}")
