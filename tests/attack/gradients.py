"""Gradients, derivations, code, Jacobians and Hessians of random J, against differences of J itself."""

from __future__ import annotations

import numpy as np
import sympy as sp
from sympy import Determinant, HadamardPower

from hwlib.matrix_calculus.derivation import derive
from hwlib.matrix_calculus.gradient import gradient
from hwlib.matrix_calculus.jacobian import hessian, jacobian
from hwlib.matrix_calculus.judge import check
from hwlib.matrix_calculus.numpy_code import to_numpy

from .answers import FAILURES, ON_RIGHT, Answer, asked, judged, shrunk
from .code import question
from .expressions import NOT_BUILT, ONE, Expressions, drawn, m, n, scalar_variable
from .points import Points, symbols_of
from .values import ZERO, OutOfReach, Slopes, Values, differs, inner, mp, number

POINTS = 12  # looked at in a question
ENOUGH = 5  # of them with a slope
NEARBY = mp.mpf(10) ** -11  # a change of the input that double precision must not feel


def slopes_at(random, J, X, symmetric=(), points=POINTS, enough=ENOUGH, others=(), draw=None):
    """(point, slopes) at up to `enough` points of the domain: there J is real and has a slope in a direction."""
    draw, found = draw or Points(random, J, X, *others, symmetric=symmetric), 0
    for _ in range(points):
        try:
            point = draw.draw()
            slopes = Slopes(J, X, point)
            direction = draw.matrix(X, slopes.shape, "mixed")
            along = slopes.along(direction)
        except OutOfReach:
            continue
        if not any(mp.isnan(entry) for entry in along.flat):
            yield point, slopes, direction, along
            found += 1
        if found == enough:
            return


def gradient_differs(random, J, X, G, symmetric=False, draw=None):
    """A point of the domain at which G is not the gradient of J, or has no value; None if none was found."""
    for point, slopes, direction, along in slopes_at(random, J, X, {X} if symmetric else (), draw=draw):
        try:
            value = Values(point).matrix(G)
        except OutOfReach:
            continue
        size = 1 + abs(slopes.here[0, 0])
        if any(mp.isnan(entry) for entry in value.flat):
            if not _is_written_with_less(J, point) and not _any_nan(slopes.gradient(symmetric)):
                return point
        elif random.random() < 0.25:
            if differs(value, slopes.gradient(symmetric), size):
                return point
        elif _differ(inner(value, direction), along[0, 0], value, direction, size):
            return point
    return None


def _is_written_with_less(J, point):
    """Whether J has a slope at a point at which nobody expects its gradient, as it is written, to have a value.

    det(A) A⁻ᵀ has none at a singular A, and step(x)/(2 √Σ relu(x)) none where all x are negative.
    """
    values = Values(point)
    roots = [p for p in J.atoms(sp.Pow, HadamardPower) if p.args[1].is_Rational and not p.args[1].is_Integer]
    small = [values.matrix(root.args[0]) for root in roots] + [values.matrix(det) for det in J.atoms(Determinant)]
    return any(0 in value.flat for value in small)


def _differ(left, right, value, direction, size):
    largest = max((abs(a * b) for a, b in zip(value.flat, direction.flat, strict=True)), default=ZERO)
    return abs(left - right) > mp.mpf(10) ** -12 * largest + mp.mpf(10) ** -25 * size


def depends(random, J, X):
    """Whether J moves with X at some point."""
    return any(any(entry != 0 for entry in along.flat) for *_, along in slopes_at(random, J, X))


# ---------------------------------------------------------------- the questions


def ask(random):
    """One random J, and everything the engine says about its gradient."""
    symmetric = random.random() < 0.1
    J, X = drawn(random, random.choice([2, 3, 3, 4]), shapes=[(n, n)] if symmetric else None)
    if not symmetric and random.random() < 0.15:
        J, X = scalar_variable(random, J, X)
    if not depends(random, J, X):
        yield Answer("constant J", "skipped")
        return
    state = random.getrandbits(32)

    def outcome(J):
        kind, found = asked(lambda: gradient(J, X, symmetric))
        if kind:
            return kind, found, None
        where = gradient_differs(_fresh(state), J, X, found, symmetric)
        return ("wrong" if where else "right"), found, where

    kind, G, _ = outcome(J)
    name = "gradient, symmetric" if symmetric else "gradient" if X.is_Matrix else "gradient by a scalar"
    yield _answer(name, kind, gradient, J, X, G, outcome, symmetric)
    if kind != "right":
        return
    yield from _derived(random, J, X, symmetric)
    yield _computed(random, "to_numpy(J)", J)
    yield _computed(random, "to_numpy(gradient)", G)
    yield _checked(J, X, G, symmetric)
    if not X.is_Matrix or X.shape[1] == 1 and not symmetric:
        yield from _second(random, J, X, G)


def _fresh(state):
    import random

    return random.Random(state)


def _answer(name, kind, function, J, X, note, outcome, symmetric=False):
    if kind in ("right", "refused"):
        return Answer(name, kind, note=str(note) if kind == "refused" else "")
    small = shrunk(J, lambda other: other.has(X) and _safely(outcome, other) == kind)
    note = _safely(outcome, small, whole=True)[1]
    return Answer(name, kind, question(function, small, X, symmetric=symmetric), f"{note}")


def _safely(outcome, other, whole=False):
    try:
        found = outcome(other)
    except Exception as error:  # the evaluator knows no tree of a shape that does not fit
        return ("none", str(error)) if whole else "none"
    return found if whole else found[0]


def _derived(random, J, X, symmetric):
    state = random.getrandbits(32)

    def outcome(J):
        kind, found = asked(lambda: derive(J, X, symmetric=symmetric))
        if kind:
            return kind, found
        wrong = wrong_line(_fresh(state), J, X, found, found.gradient, symmetric)
        return ("wrong", wrong) if wrong else ("right", "")

    kind, note = outcome(J)
    yield _answer("derivation", kind, derive, J, X, note, outcome, symmetric)


def wrong_line(random, J, X, derivation, gradient=None, symmetric=False):
    """The first line of a derivation that is not true at some point, or its gradient, as text; None if all are."""
    for point, slopes, direction, along in slopes_at(random, J, X, {X} if symmetric else (), enough=2):
        names = {s.left: s.terms for s in derivation if s.rule.startswith(("definition", "a name"))}
        values = Values(point)
        try:
            _define(values, names)
            lines = _Lines(values, names, J, X, direction, slopes, along, point)
            for step in derivation:
                if not lines.holds(step):
                    return f"({step.number}) {step.left} = {step.terms}"
            value = slopes.here if gradient is None else Values(point).matrix(gradient)
        except OutOfReach:
            continue
        if gradient is None or _any_nan(value):
            continue
        if differs(value, slopes.gradient(symmetric), 1 + abs(slopes.here[0, 0])):
            return f"the gradient {gradient}"
    return None


def _any_nan(value):
    return any(mp.isnan(entry) for entry in value.flat)


def _define(values, names):
    """Give every name the value of its definition, the inner ones first."""
    waiting = dict(names)
    while waiting:
        ready = [s for s, terms in waiting.items() if not sp.Tuple(*terms).free_symbols & set(waiting)]
        if not ready:
            raise ValueError(f"the names {waiting} are defined by each other")
        for symbol in ready:
            values.memo[symbol] = _total(values, waiting.pop(symbol))


def _total(values, terms):
    parts = [values.matrix(term) for term in terms]
    return sum(parts[1:], parts[0])


class _Lines:
    """The lines of a derivation at one point, with differentials in one direction."""

    def __init__(self, values, names, J, X, direction, slopes, along, point):
        self.values, self.J, self.X, self.along = values, J, X, along
        self.size = 1 + abs(slopes.here[0, 0])
        written = {}
        for symbol in names:
            whole = symbol
            while whole.free_symbols & set(names):
                whole = whole.xreplace({s: _joined(names[s]) for s in names})
            written[symbol] = whole
        for symbol, whole in written.items():
            moved = Slopes(whole, X, point).along(direction)
            values.memo[_change(symbol)] = moved
        values.memo[_change(X)] = direction

    def holds(self, step):
        value = _total(self.values, step.terms)
        if step.left in self.values.memo:
            right = self.values.memo[step.left]
        elif str(step.left) == "J":
            right = self.values.matrix(self.J)
        elif str(step.left) == "dJ":
            right = self.along
        else:
            return True  # the gradient itself is compared with the slopes afterwards
        return not differs(value, right, self.size)


def _change(symbol):
    """The differential of a symbol."""
    if symbol.is_Matrix:
        return sp.MatrixSymbol(f"d{symbol.name}", *symbol.shape)
    return sp.Symbol(f"d{symbol.name}", real=True)


def _joined(terms):
    return sp.MatAdd(*terms) if len(terms) > 1 else terms[0]


def _computed(random, name, expr):
    """An expression as a NumPy function, run."""
    state = random.getrandbits(32)

    def outcome(expr):
        symbols = _in_order(expr)
        kind, function = asked(lambda: to_numpy(expr, symbols))
        if kind:
            return kind, function
        wrong = _runs_wrong(_fresh(state), expr, symbols, function)
        return ("wrong", wrong) if wrong else ("right", "")

    kind, note = outcome(expr)
    if kind in ("right", "refused"):
        return Answer(name, kind, note=str(note))
    small = shrunk(expr, lambda other: _safely(outcome, other) == kind)
    line = question(to_numpy, small, sp.Tuple(*_in_order(small)))
    return Answer(name, kind, line, str(_safely(outcome, small, whole=True)[1]))


def _in_order(expr):
    sizes, indices, exponents, scalars, matrices = symbols_of(expr)
    return [*matrices, *scalars, *exponents]


def _runs_wrong(random, expr, symbols, function):
    draw = Points(random, expr, *symbols)
    for _ in range(4):
        point = draw.draw("mixed")
        try:
            right = _floats(Values(point).matrix(expr))
            nearby = _floats(Values(_shaken(random, point)).matrix(expr))
        except OutOfReach:
            continue
        arrays = [int(point[s]) if s.is_integer else _floats(point[s]) for s in symbols]
        try:
            with np.errstate(all="ignore"):
                found = np.atleast_2d(np.asarray(function(*arrays), dtype=float))
        except np.linalg.LinAlgError:
            continue
        except Exception as error:
            return f"running it: {type(error).__name__}: {str(error)[:150]}"
        if found.shape != right.shape:
            return f"shape {found.shape} for {right.shape}"
        allowed = 1e-6 * (1 + np.abs(right).max())
        if not np.isfinite(right).all() or not np.isfinite(found).all() or (np.abs(nearby - right) > allowed).any():
            continue  # no value, or one that double precision cannot tell
        if (np.abs(found - right) > 10 * allowed).any():
            return f"{found.tolist()} for {right.tolist()}"
    return None


def _shaken(random, point):
    """The point with every entry moved by NEARBY, up or down: all of them alike would leave a ratio what it is."""

    def moved(value):
        return value * (1 + random.choice((1, -1)) * NEARBY)

    return {
        s: v if s.is_integer else np.vectorize(moved, otypes=[object])(v) if isinstance(v, np.ndarray) else moved(v)
        for s, v in point.items()
    }


def _floats(value):
    return np.vectorize(float, otypes=[float])(value) if isinstance(value, np.ndarray) else float(value)


def check_own(J, X, symmetric=False):
    """The judge's verdict on the engine's gradient."""
    return check(J, X, gradient(J, X, symmetric), symmetric=symmetric)


def _checked(J, X, G, symmetric):
    """The engine's own gradient, which is right, put to its judge."""

    def outcome(J):
        kind, verdict = judged(lambda: check_own(J, X, symmetric))
        return ON_RIGHT.get(kind, kind), verdict

    kind, note = outcome(J)
    if kind in FAILURES:
        return _answer("check of its own gradient", kind, check_own, J, X, note, outcome, symmetric)
    return Answer("check of its own gradient", kind, note=str(note))


def _second(random, J, X, G):
    """Hessian of J and Jacobian of a random column."""
    state = random.getrandbits(32)

    def outcome(J):
        kind, H = asked(lambda: hessian(J, X))
        if kind:
            return kind, H
        G = gradient(J, X)
        return _jacobian_differs(_fresh(state), G, X, H)

    kind, note = outcome(J)
    yield _answer("hessian", kind, hessian, J, X, note, outcome)
    if not X.is_Matrix:
        return
    expressions = Expressions(random, X.shape)
    try:
        f = expressions.matrix(random.choice([m, n, *X.shape]), ONE, 2)
    except NOT_BUILT:
        return

    def column_outcome(f):
        kind, found = asked(lambda: jacobian(f, X))
        return (kind, found) if kind else _jacobian_differs(_fresh(state), f, X, found)

    kind, note = column_outcome(f)
    yield _answer("jacobian", kind, jacobian, f, X, note, column_outcome)


def _jacobian_differs(random, f, X, found):
    """("wrong", both) if found is not the Jacobian of f at some point of its domain, else ("right", "")."""
    for point, slopes, direction, along in slopes_at(random, f, X, enough=3, others=(sp.sympify(found),)):
        try:
            value = Values(point).matrix(found)
        except OutOfReach:
            continue
        if value.shape != (along.shape[0], direction.shape[0]):
            return "wrong", f"shape {value.shape} of {found}"
        size = 1 + max((abs(e) for e in slopes.here.flat), default=number(0))
        if differs(value @ direction, along, size) and not _any_nan(value):
            return "wrong", str(found)
    return "right", ""
