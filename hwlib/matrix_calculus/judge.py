"""The judge of claims: proved by identities, refuted by a point, sampled, or undecided.

Points come first, since most wrong claims fail at one of the first three. What the normal form then proves is still
held against J's own slopes at points all over its domain: no "proved" rests on the algebra alone. What it does not
prove is tried at many more points. `Verdict` says what the words mean.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import sympy as sp
from sympy.core.function import AppliedUndef

from .arithmetic import DIGITS, computing
from .conventions import convention_of, right_if
from .counterexamples import counterexample, small_counterexample
from .deadline import OutOfTime, time_left, within
from .doors import a_name_table, a_variable, an_expression, some_seconds, symmetric_symbols
from .evidence import Record, chance_of_a_miss
from .gradient import gradient, scalar, understood
from .hypotheses import Hypotheses
from .landmarks import kink_arguments, positive_arguments
from .proof import domain_conditions, proved_within, provisos, same_entries
from .questions import AGREES, DIFFERS, NO_VALUE, Equality, Gradient
from .shapes import same_size, shape
from .sharing import every_node
from .slips import Slips, is_right_with_hadamard
from .verdict import Verdict

SECONDS = 10
SHARE = 0.4  # of the time for SymPy's work on the gradient, and for the proof
TO_TRY = 0.75  # of the time for all points, the rest for what refutes
TO_EXPLAIN = 0.6  # of that for a simpler counterexample and for the slip
HELD = 3  # points at least at which a proof is held against numbers, if it takes long
HELD_SECONDS = 0.4
FEW = 12  # points in J's domain, of those that are drawn: more are looked for
STARTS = 12  # points from which one in J's domain is looked for


def check(J, X, claimed, symmetric=False, names=None, seconds=SECONDS, assuming=()):
    """Is `claimed` the gradient of the scalar J with respect to X?

    Parameters
    ----------
    J : a scalar or 1×1 SymPy expression.
    X : the MatrixSymbol, or the real scalar Symbol, to differentiate with respect to.
    claimed : a SymPy expression of X's shape.
    symmetric : True if X is a symmetric matrix (then so is the gradient), or all the matrix symbols that are.
    names : {expression: its name in the verdict}.
    seconds : the time after which the answer is "undecided", unless something was found before.
    assuming : equations that may be used, as sympy.Eq or pairs (left, right): y'1 = 1, X'X = I. They say where the
        claim is compared with J's slopes, which are taken in all directions.

    Returns
    -------
    Verdict : its docstring says what the words mean. The claim is right when it equals the gradient on J's domain:
        at all real values of the symbols, of all sizes, at which J is real and has a slope.

    Raises
    ------
    ValueError : J is no scalar, X no such symbol, or an argument is not what it must be. Nothing else is raised.
    """
    J, X, claimed = an_expression(J, "J"), a_variable(X, "X"), an_expression(claimed, "claimed")
    symbols, names, hypotheses = symmetric_symbols(symmetric, X), a_name_table(names, "names"), Hypotheses(assuming)
    symbols = [*symbols, *hypotheses.symmetric]
    subject = f"∂{names.get(J, 'J')}/∂{X.name}"

    def answer():
        functions = _undefined_functions(J, claimed)
        verdict = _checked(scalar(_concrete(J)), X, _concrete(claimed), subject, names, hypotheses)
        return _modest(verdict, functions)

    with sp.assuming(*map(sp.Q.symmetric, symbols)):
        return _answered(answer, some_seconds(seconds, "seconds"), subject)


def same(left, right, seconds=SECONDS, assuming=()):
    """Are two scalar or matrix expressions equal, for all sizes and at all real values of their symbols?

    Equal means: equal wherever one of them has a real value, but for what single entries, such as a zero, or singular
    matrices may take away. seconds: the time after which the answer is "undecided". assuming: as for `check`.
    Returns a Verdict. Raises ValueError for an argument that is no expression.
    """
    left, right = an_expression(left, "left"), an_expression(right, "right")
    hypotheses = Hypotheses(assuming)

    def answer():
        functions = _undefined_functions(left, right)
        sides = [_as_matrix(understood(_concrete(side))) for side in (left, right)]
        _one_shape_a_name(*sides)
        shapes = [_shape(side) for side in sides]
        if not all(map(same_size, sides[0].shape, sides[1].shape)):
            return Verdict(False, "refuted", f"the left side is {shapes[0]}, the right side {shapes[1]}")
        question = Equality(*sides, hypotheses)
        verdict = _judged(question, Slips(None, *sides, {}), "both sides are equal", "the two sides differ")
        return _modest(verdict, functions)

    with sp.assuming(*map(sp.Q.symmetric, hypotheses.symmetric)):
        verdict = _answered(answer, some_seconds(seconds, "seconds"), "the equality")
    return replace(verdict, sides=("the left side", "the right side"))


def _answered(answer, seconds, subject):
    """The answer, in time and without an exception from inside; a ValueError is one about what came in."""
    try:
        with computing(DIGITS), within(seconds):
            return answer()
    except ValueError:
        raise
    except OutOfTime:
        return Verdict(None, "undecided", f"{seconds:g} s were not enough to read the question about {subject}")
    except (NotImplementedError, RecursionError) as error:
        reason = str(error) or "the expression is too deep"
        return Verdict(None, "undecided", f"{subject} is out of reach: {reason}")
    except Exception as error:  # a defect here must not look like a judgement, nor end the reader's program
        sentence = f"the engine failed on {subject} ({type(error).__name__}: {error}); this is no verdict on the claim"
        return Verdict(None, "error", sentence)


# ---- what the claim is, before any value ----


def _checked(J, X, claimed, subject, names, hypotheses):
    if claimed == 0:
        claimed = sp.ZeroMatrix(*shape(X))
    actual = _gradient_or_none(J, X)
    try:
        claimed = _as_matrix(understood(claimed))
        _one_shape_a_name(J, claimed)
    except ValueError as error:
        sentence = f"the shapes in the claim for {subject} do not fit: {error}"
        slip = "a product is entry by entry there: write .*" if is_right_with_hadamard(claimed, actual) else None
        return Verdict(False, "refuted", sentence, slip=slip, actual=actual)
    slips = Slips(actual, claimed, J, names)
    if not all(map(same_size, claimed.shape, shape(X))):
        of_X = _shape(X) if X.is_Matrix else "a scalar"
        sentence = f"{subject} claimed as {_shape(claimed)}, but {X.name} is {of_X}"
        convention = _in_time(lambda: convention_of(claimed, actual, X, hypotheses.conditions))
        if convention:
            return Verdict(False, "convention", f"{sentence}; it is {convention}", actual=actual)
        return Verdict(False, "refuted", sentence, slip=_in_time(slips.find), actual=actual)
    return _judged(Gradient(J, X, claimed, actual, hypotheses), slips, f"this is {subject}", f"this is not {subject}")


def _gradient_or_none(J, X):
    """The engine's gradient; None where it has none, or not in time, or fails: then J's slopes are all there is."""
    try:
        with within(SHARE * time_left(), interrupt=True):
            return _as_matrix(gradient(J, X))
    except (OutOfTime, ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, RecursionError):
        return None


def _in_time(explanation):
    """What explains a wrong claim, None if it takes too long."""
    try:
        with within(TO_EXPLAIN * time_left()):
            return explanation()
    except (OutOfTime, NotImplementedError, RecursionError):
        return None


def _undefined_functions(*expressions):
    return sorted({str(node.func) for node in every_node(*expressions) if isinstance(node, AppliedUndef)})


def _modest(verdict, functions):
    """A proof that put one concrete function for each undefined one is no proof for all functions."""
    if not functions or verdict.how != "proved":
        return verdict
    sentence = f"{verdict.sentence}, but for one concrete choice of {', '.join(functions)}, which is no proof"
    return replace(verdict, how="sampled", sentence=sentence)


def _concrete(expr):
    """Undefined functions f(t) as functions that have values; what fails for one of them fails for all."""
    unknown = sorted({node.func for node in every_node(expr) if isinstance(node, AppliedUndef)}, key=str)
    for k, function in enumerate(unknown):
        expr = expr.replace(function, lambda *args, k=k: sum(sp.sin(a + k) + a**2 for a in args)).doit()
    return expr


def _one_shape_a_name(*expressions):
    shapes = {}
    for X in sorted({node for node in every_node(*expressions) if isinstance(node, sp.MatrixSymbol)}, key=str):
        if shapes.setdefault(X.name, X.shape) != X.shape:
            raise ValueError(f"{X.name} has two shapes, {shapes[X.name]} and {X.shape}")


def _as_matrix(expr):
    return expr if expr.is_Matrix else sp.MatMul(expr, sp.Identity(1))  # * would let SymPy rewrite, and fail on, expr


def _shape(expr):
    return f"({', '.join(map(str, expr.shape))})"


# ---- the verdict on a claim of the right shape ----


class _Trial:
    """One claim and what came of it so far."""

    def __init__(self, question):
        self.question, self.record = question, Record(question.sampler)
        self.last = None

    def refutes(self, point):
        """What refutes the claim at this point, DIFFERS or NO_VALUE, or None.

        That a value is missing at a special point, such as a zero entry, is not held against a claim.
        """
        self.record.tried += 1
        answer = self.question.at(point)
        if answer is AGREES:
            self.record.add(point)
            self.last = point
        elif answer is DIFFERS or (answer is NO_VALUE and point.is_generic):
            return answer
        return None

    def refuted_among(self, points, until=lambda: False):
        """(point, what refutes the claim there) for the first of the points that does, or None."""
        for point in points:
            answer = self.refutes(point)
            if answer:
                return point, answer
            if until():
                break
        return None


def _judged(question, slips, agrees, differs):
    trial = _Trial(question)
    try:
        with within(TO_TRY * time_left()):
            found, proof = _tried(trial)
    except OutOfTime:
        tried = f"it agrees at {trial.record}" if trial.record.agreed else "no value was compared"
        return Verdict(None, "undecided", f"the time was over before all was tried; {tried}", actual=question.truth)
    if found:
        convention = _in_another_convention(question)  # no verdict that is true
        return _refuted(trial, slips, differs, *found) if convention is None else convention
    if not trial.record.agreed:
        sentence = f"no point was found at which both sides can be compared, among {trial.record.tried} that were tried"
        if question.hypotheses:
            sentence += f" where {question.hypotheses}"
        return Verdict(None, "undecided", sentence, actual=question.truth)
    if proof:
        thin, open_conditions = provisos(question)
        where = f", wherever {' and '.join(thin)}" if thin else ""
        if not open_conditions:
            sizes = "for all sizes" if question.sampler.sizes else "for these sizes"
            sizes += f" where {question.hypotheses}" if question.hypotheses else ""
            return Verdict(True, "proved", f"{agrees} {sizes}{where}, by {proof}", actual=question.truth)
    else:
        open_conditions = []
    return Verdict(True, "sampled", _sampled(trial, agrees, open_conditions), actual=question.truth)


def _tried(trial):
    """(what refutes the claim or None, how it is proved or None), after all that is to be tried."""
    question, start = trial.question, monotonic()
    sampler = question.sampler
    found = trial.refuted_among(sampler.first_points())
    if found:
        return found, None
    proof = _proof(question)
    is_held = lambda: proof and trial.record.agreed >= HELD and monotonic() - start > HELD_SECONDS  # noqa: E731
    try:
        found = trial.refuted_among(sampler.more_points(), is_held)
        if not found and not (proof and trial.record.agreed):
            found = trial.refuted_among(_points_in_domain(trial))
        if not found and not proof:
            found = trial.refuted_among(sampler.many_points()) or trial.refuted_among(_points_beside_kinks(trial))
    except OutOfTime:
        if not (proof and trial.record.agreed >= HELD):
            raise
    return found, None if question.erred else proof


def _proof(question):
    """How the claim is proved, in words, or None."""
    if question.truth is None:
        return None
    if proved_within(SHARE * time_left(), question.claimed, question.truth, domain_conditions(question)):
        return "normal form"
    small = not question.sampler.sizes
    return "its entries" if small and same_entries(question.claimed, question.truth, SHARE * time_left()) else None


def _in_another_convention(question):
    if question.erred or isinstance(question, Equality):
        return None
    claimed, actual, X = question.claimed, question.truth, question.X
    convention = _in_time(lambda: convention_of(claimed, actual, X, domain_conditions(question)))
    return Verdict(False, "convention", f"this is {convention}", actual=actual) if convention else None


def _refuted(trial, slips, differs, point, status):
    question, slip, condition = trial.question, None, None
    example = counterexample(question, point)
    try:
        with within(TO_EXPLAIN * time_left()):
            better = small_counterexample(question, point, status)
            slip = None if question.erred else slips.find(better)
            example = counterexample(question, better)
            condition = _condition(question)
    except (OutOfTime, NotImplementedError, RecursionError):
        pass
    sentence = differs if status is DIFFERS else f"{differs}: it has no real value where it should"
    if question.erred:
        sentence += " (the engine's own gradient failed here, so this rests on J's slopes alone)"
    return Verdict(False, "refuted", sentence, example, slip, condition, question.truth)


def _condition(question):
    """A condition under which a refuted claim would be right, or None."""
    if question.erred or question.truth is None or isinstance(question, Equality):
        return None
    return right_if(question.claimed, question.truth, question.X, domain_conditions(question))


def _sampled(trial, agrees, open_conditions):
    question, record = trial.question, trial.record
    sentence = f"{agrees} at {record}, which is no proof"
    if open_conditions:
        sentence += f"; that {' and that '.join(open_conditions)} wherever it must be does not follow"
    chance = question.truth is not None and chance_of_a_miss(question.claimed, question.truth, record.uniform)
    if chance:
        sentence += f"; another rational expression of its degree would agree there with a chance below 1e-{chance}"
    if question.erred:
        sentence += "; the engine's own gradient failed here, so this rests on J's slopes alone"
    return sentence


# ---- points that are looked for ----


def _points_in_domain(trial):
    """If few points so far were in the domain: what logarithms and roots need, looked for from several points."""
    question, sampler = trial.question, trial.question.sampler
    goals = positive_arguments(*question.expressions_of_domain)
    if trial.record.agreed >= FEW or not goals:
        return
    for k in range(STARTS):
        start = sampler.point({s: 1 + (i + k) % 3 for i, s in enumerate(sampler.sizes)}, "dominant")
        point = None if start is None else sampler.search(goals, start)
        if point is not None:
            yield point


def _points_beside_kinks(trial):
    """Points of the domain on that side of a kink on which no entry has been so far."""
    question, sampler = trial.question, trial.question.sampler
    if trial.last is None:
        return
    domain = positive_arguments(*question.expressions_of_domain)
    for argument in kink_arguments(*question.expressions):
        for side in (1, -1):
            goal = sp.MatMul(side, argument) if argument.is_Matrix else side * argument
            if not trial.record.has_seen(goal):
                point = sampler.search([goal, *domain], trial.last)
                if point is not None:
                    yield point
