"""The judge of claims: proved by a normal form, refuted by numbers, or only sampled.

One point comes first, since most wrong claims fail there. What the normal form then proves is still held against
the slope of J itself: no "proved" rests on the algebra alone. What it does not prove is tried at more points.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.matrices.matrixbase import MatrixBase

from .arithmetic import Undefined, divide, is_exact, matrix, mp, shape, to_mpf
from .gradient import gradient, matrix_symbol, scalar, understood
from .normal_form import proved_equal
from .points import Sampler, value_at
from .slips import edits
from .values import difference_quotient, entries
from .writing import entry, expression, is_symmetric, same_size

TOLERANCE = mp.mpf(10) ** -25  # of 60 digits; a difference quotient keeps some 35
POINTS = 4
LONGEST = 400  # operations in an entry that is still compared as an expression
EDITS = 150
INVERSES = 4  # tried as multipliers


@dataclass(frozen=True)
class Counterexample:
    """Sizes and rational matrices for which a claim fails, with the values of both sides there."""

    sizes: dict
    matrices: dict
    claimed: sp.Matrix
    actual: sp.Matrix

    def __str__(self):
        given = {**self.sizes, **self.matrices}
        return ", ".join(f"{symbol} = {_text(value)}" for symbol, value in given.items())


@dataclass(frozen=True)
class Verdict:
    """What the judge found.

    equal: bool, also the truth value of the verdict; how: "proved", "refuted" or "sampled"; sentence: why, in
    words; counterexample: where both sides differ (None unless refuted by numbers); slip: the slip that
    explains the difference, or None; actual: the right expression where it is known; sides: what the two
    sides are called.
    """

    equal: bool
    how: str
    sentence: str
    counterexample: Counterexample | None = None
    slip: str | None = None
    actual: sp.Expr | None = field(default=None, repr=False)
    sides: tuple[str, str] = field(default=("the claim", "the gradient"), repr=False)

    def __bool__(self):
        return self.equal

    def __str__(self):
        lines = [f"{self.how.capitalize()}: {self.sentence}."]
        if self.counterexample is not None:
            claim, truth = self.sides
            lines += [
                f"At {self.counterexample}",
                f"{claim} is {_text(self.counterexample.claimed)},",
                f"{truth} is {_text(self.counterexample.actual)}.",
            ]
        if self.slip:
            lines.append(f"The likely slip: {self.slip}.")
        return "\n  ".join(lines)

    def _repr_markdown_(self):
        text = f"**{self.how.capitalize()}:** {self.sentence}."
        if self.counterexample is not None:
            c = self.counterexample
            at = [
                *(f"{sp.latex(s)} = {v}" for s, v in c.sizes.items()),
                *(f"{sp.latex(s)} = {_tex(v)}" for s, v in c.matrices.items()),
            ]
            claim, truth = self.sides
            at = r",\ ".join(at)
            text += f" At ${at}$ {claim} is ${_tex(c.claimed)}$, {truth} is ${_tex(c.actual)}$."
        return text + (f" *The likely slip: {self.slip}.*" if self.slip else "")


def check(J, X, claimed, symmetric=False, names=None):
    """Is `claimed` the gradient of the scalar J with respect to the matrix symbol X?

    Shapes are compared first, then normal forms ("proved"), then values at rational matrices of several sizes
    ("refuted" or "sampled"); where all sizes are numbers, equality of all entries is a proof, too.
    symmetric: True if X is a symmetric matrix (then so is the gradient), or all the symbols that are.
    names: {expression: its name in the verdict}.
    Returns a Verdict. Raises ValueError for a J that is no scalar or an X that is no matrix symbol.
    """
    if symmetric:
        symbols = [matrix_symbol(X)] if symmetric is True else symmetric
        with sp.assuming(*map(sp.Q.symmetric, symbols)):
            return check(J, X, claimed, names=names)
    names = names or {}
    subject = f"∂{names.get(J, 'J')}/∂{matrix_symbol(X).name}"
    functions = _undefined_functions(J, claimed)
    J, claimed = _concrete(scalar(J)), _concrete(expression(claimed))
    if claimed == 0:
        claimed = sp.ZeroMatrix(*X.shape)
    try:
        actual = gradient(J, X)
    except NotImplementedError:
        actual = None
    try:
        claimed = _as_matrix(understood(claimed))
        _one_shape_a_name(J, claimed)
    except ValueError as error:
        sentence = f"the shapes in the claim for {subject} do not fit: {error}"
        slip = "a product is entry by entry there: write .*" if _is_right_with_hadamard(claimed, actual) else None
        return Verdict(False, "refuted", sentence, slip=slip, actual=actual)
    slips = _Slips(actual, claimed, J, names)
    if not all(map(same_size, claimed.shape, X.shape)):
        sentence = f"{subject} claimed as {_shape(claimed)}, but {X.name} is {_shape(X)}"
        return Verdict(False, "refuted", sentence, slip=slips.find(), actual=actual)
    return _modest(_judged(_Gradient(J, X, actual), claimed, subject, slips), functions)


def same(left, right):
    """Are two scalar or matrix expressions equal for all sizes and all real matrices? Returns a Verdict."""
    functions = _undefined_functions(left, right)
    left, right = (_as_matrix(understood(_concrete(expression(e)))) for e in (left, right))
    if not all(map(same_size, left.shape, right.shape)):
        return Verdict(False, "refuted", f"the left side is {_shape(left)}, the right side {_shape(right)}")
    verdict = _modest(_judged(_Expression(right), left, "", _Slips(None, left, right, {})), functions)
    return replace(verdict, sides=("the left side", "the right side"))


def _judged(truth, claimed, gradient_name, slips):
    """The verdict on a claim of the right shape; gradient_name is empty for an equality."""
    agree, differ = (
        (f"this is {gradient_name}", f"this is not {gradient_name}")
        if gradient_name
        else ("both sides are equal", "the two sides differ")
    )
    sampler = Sampler(claimed, *truth.expressions)
    everywhere = "for all sizes" if sampler.sizes else "for these sizes"

    def proved(means):
        return Verdict(True, "proved", f"{agree} {everywhere}, by {means}", actual=truth.expr)

    agreed, undefined = 0, 0
    for point in sampler.generic_points():
        right = truth.at(point)
        if right is None:
            continue
        left = value_at(point, claimed)
        if left is None:
            undefined += 1
            continue
        if not _equal(left, right):
            return Verdict(False, "refuted", differ, _smallest(truth, claimed, point), slips.find(), truth.expr)
        agreed += 1
        if agreed == 1 and not truth.agrees(claimed):
            return _judged(truth.from_slopes(), claimed, gradient_name, slips)
        if agreed == 1 and truth.has_form_of(claimed):
            return proved("normal form")
        if agreed == POINTS:
            break
    if not agreed and undefined:
        return Verdict(False, "refuted", f"{differ}; it has no real value where it should", actual=truth.expr)
    if not agreed and truth.has_form_of(claimed):
        return proved("normal form")
    if not agreed:
        raise ValueError("no point was found at which both sides are real and finite")
    if not sampler.sizes and truth.expr is not None and _same_entries(claimed, truth.expr):
        return proved("its entries")
    return Verdict(True, "sampled", f"{agree} at {agreed} random points, which is no proof", actual=truth.expr)


def _undefined_functions(*expressions):
    return sorted({str(e.func) for expr in expressions for e in expression(expr).atoms(AppliedUndef)})


def _modest(verdict, functions):
    """A proof that put one concrete function for each undefined one is no proof for all functions."""
    if not functions or verdict.how != "proved":
        return verdict
    sentence = f"{verdict.sentence}, but for one concrete choice of {', '.join(functions)}, which is no proof"
    return replace(verdict, how="sampled", sentence=sentence)


def _concrete(expr):
    """Undefined functions f(t) as functions that have values; what fails for one of them fails for all."""
    unknown = sorted({e.func for e in expr.atoms(AppliedUndef)}, key=str)
    for k, function in enumerate(unknown):
        expr = expr.replace(function, lambda *args, k=k: sum(sp.sin(a + k) + a**2 for a in args)).doit()
    return expr


def _is_right_with_hadamard(claimed, actual):
    """Whether the claim is right once neighbors of one shape are multiplied entry by entry."""

    def mended(*factors):
        groups = []
        for factor in factors:
            misfit = (
                factor.is_Matrix
                and groups
                and groups[-1][-1].is_Matrix
                and factor.shape == groups[-1][-1].shape
                and factor.rows != factor.cols
            )
            if misfit:
                groups[-1].append(factor)
            else:
                groups.append([factor])
        return sp.MatMul(*(sp.HadamardProduct(*g) if len(g) > 1 else g[0] for g in groups))

    try:
        claimed = understood(claimed.replace(sp.MatMul, mended))
    except (ValueError, TypeError):
        return False
    return (
        actual is not None
        and claimed.is_Matrix
        and all(map(same_size, claimed.shape, actual.shape))
        and _same_form(claimed, actual)
    )


def _one_shape_a_name(*expressions):
    shapes = {}
    for X in sorted(sp.Tuple(*expressions).atoms(sp.MatrixSymbol), key=str):
        if shapes.setdefault(X.name, X.shape) != X.shape:
            raise ValueError(f"{X.name} has two shapes, {shapes[X.name]} and {X.shape}")


def _as_matrix(expr):
    return expr if expr.is_Matrix else expr * sp.Identity(1)


def _shape(expr):
    return f"({', '.join(map(str, expr.shape))})"


def _same_form(left, right):
    """Whether the normal form proves equality, as it is or after multiplication by what is inverted in it.

    S⁻¹ has a value only where S is invertible, and there SA = SB says the same as A = B.
    """
    if _proved(left, right):
        return True
    inverted = [node.arg for node in sorted(sp.Tuple(left, right).atoms(sp.Inverse), key=str)][:INVERSES]
    return any(
        _proved(sp.MatMul(S, left), sp.MatMul(S, right)) for S in inverted if same_size(S.cols, left.rows)
    ) or any(_proved(sp.MatMul(left, S), sp.MatMul(right, S)) for S in inverted if same_size(S.rows, left.cols))


def _proved(left, right):
    try:
        return left == right or proved_equal(left, right)
    except NotImplementedError:
        return False


# ---- the truth at a point ----


class _Expression:
    """The true side of an equality."""

    def __init__(self, expr):
        self.expressions = [expr]
        self.expr = expr

    def at(self, point):
        return value_at(point, self.expr)

    def has_form_of(self, claimed):
        """Whether the normal form proves the claim."""
        return self.expr is not None and _same_form(self.expr, claimed)

    def agrees(self, claimed):
        """Nothing else to ask: both sides have been evaluated."""
        return True


class _Gradient(_Expression):
    """The true gradient of J by X: the engine's, or where it has no rule, difference quotients of J."""

    def __init__(self, J, X, actual):
        self.expressions = [J, X] if actual is None else [J, X, actual]
        self.J, self.X, self.expr = J, X, actual

    def at(self, point):
        if self.expr is not None:
            return value_at(point, self.expr)
        rows, cols = shape(point[self.X])
        slopes = matrix(
            rows,
            cols,
            lambda i, j: self._slope(
                point, matrix(rows, cols, lambda k, m: int((k, m) == (i, j) or self._mirrored(k, m, i, j)))
            ),
        )
        return None if any(s is None for row in slopes for s in row) else slopes

    def _mirrored(self, k, m, i, j):
        return is_symmetric(self.X) and (k, m) == (j, i)

    def _slope(self, point, direction):
        try:
            slope = difference_quotient(self.J, self.X, direction, point)
        except Undefined:
            return None
        return slope / sum(map(sum, direction)) if is_symmetric(self.X) else slope

    def from_slopes(self):
        """The same gradient without the engine."""
        return _Gradient(self.J, self.X, None)

    def agrees(self, claimed):
        """Whether the claim gives J's own slope in one direction; False only if the engine erred."""
        if self.expr is None:
            return True
        sampler, tilt = Sampler(claimed, *self.expressions), 1 if is_symmetric(self.X) else 3
        for point in islice(sampler.generic_points(), 8):
            claim, rows = value_at(point, claimed), point[self.X]
            direction = matrix(*shape(rows), lambda i, j: Fraction(1 + abs(i - j), 2 + i + tilt * j))
            try:
                slope = difference_quotient(self.J, self.X, direction, point)
            except Undefined:
                continue
            if claim is not None:
                along = sum(
                    to_mpf(c) * to_mpf(d)
                    for cs, ds in zip(claim, direction, strict=True)
                    for c, d in zip(cs, ds, strict=True)
                )
                return _equal(((along,),), ((slope,),))
        return True


def _equal(left, right):
    """Whether two values agree: exactly where both are exact, else to 25 of 60 digits."""
    pairs = [(a, b) for ra, rb in zip(left, right, strict=True) for a, b in zip(ra, rb, strict=True)]
    largest = max((abs(to_mpf(x)) for pair in pairs for x in pair), default=0)
    return all(
        a == b if is_exact(a) and is_exact(b) else abs(to_mpf(a) - to_mpf(b)) <= TOLERANCE * (1 + largest)
        for a, b in pairs
    )


# ---- entries and samples ----


def _same_entries(left, right):
    """Whether all entries agree as expressions in the entries of the matrices; only for short ones."""
    for rows in zip(entries(left, {}), entries(right, {}), strict=True):
        for a, b in zip(*rows, strict=True):
            difference = sp.sympify(a) - sp.sympify(b)
            if difference.count_ops() > LONGEST or sp.cancel(sp.together(sp.expand(difference))) != 0:
                return False
    return True


def _smallest(truth, claimed, fallback):
    """The smallest sizes at which both sides differ, with simple rational matrices."""
    sampler = Sampler(claimed, *truth.expressions)
    for sizes in islice(sampler.smallest_sizes(), 100):
        for manner in ("simple", "simple", "dominant", "positive"):
            point = sampler.point(sizes, manner)
            left, right = value_at(point, claimed), truth.at(point)
            if left is not None and right is not None and not _equal(left, right):
                return _counterexample(sampler, point, left, right)
    return _counterexample(sampler, fallback, value_at(fallback, claimed), truth.at(fallback))


def _counterexample(sampler, point, left, right):
    return Counterexample(
        {s: point[s] for s in sampler.sizes},
        {s: _explicit(point[s]) for s in [*sampler.scalars, *sampler.matrices]},
        _explicit(left),
        _explicit(right),
    )


def _explicit(value):
    """A value for SymPy: exact numbers as they are, others to 15 digits."""
    if not isinstance(value, tuple):
        return sp.Rational(value) if is_exact(value) else sp.Float(mp.nstr(value, 20), 15)
    return sp.ImmutableMatrix([[_explicit(x) for x in row] for row in value])


def _text(value):
    if isinstance(value, MatrixBase):
        if value.shape == (1, 1):
            return _text(value[0, 0])
        return "[" + "; ".join(" ".join(map(_text, value.row(i))) for i in range(value.rows)) + "]"
    return str(value.n(6)) if isinstance(value, sp.Float) else str(value)


def _tex(value):
    if isinstance(value, MatrixBase) and value.shape != (1, 1):
        return sp.latex(value.applyfunc(lambda x: x.n(6) if x.is_Float else x))
    value = value[0, 0] if isinstance(value, MatrixBase) else value
    return sp.latex(value.n(6) if value.is_Float else value)


# ---- slips ----


class _Slips:
    """Looks for the slip that leads from the right answer to the claim."""

    def __init__(self, actual, claimed, J, names):
        self.actual, self.claimed, self.J, self.names = actual, claimed, J, names
        self.sampler = Sampler(J, claimed, *([] if actual is None else [actual]))

    def find(self):
        """The slip in words, or None."""
        if self.actual is None:
            return None
        points = ((p, value_at(p, self.claimed), value_at(p, self.actual)) for p in self.sampler.generic_points())
        self.tried = list(
            islice(
                (
                    (p, c, a)
                    for p, c, a in points
                    if c is not None and a is not None and any(x for row in a for x in row)
                ),
                2,
            )
        )
        if len(self.tried) < 2:
            return None
        return self.factor() or self.unsummed() or self.edited() or self.of_another()

    def explains(self, wrong):
        """Whether this wrong answer is the claim."""
        if wrong is None:
            return False
        for point, claim, _ in self.tried:
            try:
                value = value_at(point, wrong)
            except (ValueError, NotImplementedError):
                return False
            if value is None or shape(value) != shape(claim) or not _equal(value, claim):
                return False
        return True

    def equals(self, wrong):
        """The same, also where two sizes happen to be equal at the points tried."""
        return self.explains(wrong) and _same_form(self.claimed, wrong)

    def factor(self):
        """A sign, a number, or a size (the mean in place of the sum)."""
        if not all(map(same_size, self.claimed.shape, self.actual.shape)):
            return None
        for size in self.sampler.sizes:
            if self.equals(sp.MatMul(size, self.actual)):
                return f"a factor `{size}` too much, the sum in place of the mean"
            if self.equals(sp.MatMul(1 / size, self.actual)):
                return f"a factor `{size}` is missing, the mean in place of the sum"
        _, claim, actual = self.tried[0]
        ratio = next(
            divide(c, a) for cs, as_ in zip(claim, actual, strict=True) for c, a in zip(cs, as_, strict=True) if a != 0
        )
        number = sp.nsimplify(sp.Float(to_mpf(ratio), 30), rational=True, tolerance=1e-20)
        if abs(number.p) > 1000 or number.q > 1000 or not self.explains(sp.MatMul(number, self.actual)):
            return None
        if number == 0:
            return "nothing is left"
        sign = "the sign" if number < 0 else ""
        number = abs(number)
        size = (
            "" if number == 1 else f"a factor {1 / number} is missing" if number < 1 else f"a factor {number} too much"
        )
        return " and ".join(filter(None, (sign, size)))

    def unsummed(self):
        """The sum over the rows or the columns left out."""
        claimed, actual = self.claimed, self.actual
        rows, cols = (same_size(a, b) for a, b in zip(claimed.shape, actual.shape, strict=True))
        if cols and not rows and actual.rows == 1:
            wrong = [tuple(sum(column) for column in zip(*claim, strict=True)) for _, claim, _ in self.tried]
            many = f"{claimed.rows} rows"
        elif rows and not cols and actual.cols == 1:
            wrong = [tuple(sum(row) for row in claim) for _, claim, _ in self.tried]
            many = f"{claimed.cols} columns"
        else:
            return None
        right = [tuple(x for row in a for x in row) for _, _, a in self.tried]
        if all(_equal((w,), (r,)) for w, r in zip(wrong, right, strict=True)):
            return f"the sum over the batch is left out: add up the {many}"
        return None

    def edited(self):
        """One of the common slips, made anywhere in the right answer."""
        whole = [
            ("the whole is transposed", sp.Transpose(self.actual)),
            ("the whole is transposed, and the sign", sp.MatMul(-1, sp.Transpose(self.actual))),
        ]
        symbols = sorted(self.claimed.atoms(sp.MatrixSymbol), key=str)
        return next(
            (
                slip
                for slip, wrong in [*whole, *islice(edits(self.actual, symbols, self.names), EDITS)]
                if self.explains(wrong)
            ),
            None,
        )

    def of_another(self):
        """The gradient of J², √J, log J or exp J in place of that of J."""
        J, f = self.J, sp.Dummy("J", real=True)
        J, name = entry(J) if J.is_Matrix else J, self.names.get(self.J, "J")
        for function in (f**2, sp.sqrt(f), sp.log(f), sp.exp(f), 1 / f):
            if self.explains(sp.MatMul(function.diff(f).xreplace({f: J}), self.actual)):
                text = str(function).replace(str(f), name).replace("**", "^")
                return f"this is the gradient of `{text}`"
        return None
