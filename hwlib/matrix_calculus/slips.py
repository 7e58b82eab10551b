"""The common slips, each as one change of the right answer: which of them turns it into the reader's?"""

from __future__ import annotations

from itertools import combinations, islice

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from .arithmetic import divide, shape
from .comparison import all_agree
from .deadline import look_at_the_clock
from .gradient import understood
from .notation import write
from .points import Sampler, value_at
from .proof import is_proved_equal
from .shapes import same_size
from .sharing import every_node
from .verdict import explicit
from .writing import entry

EDITS = 150  # tried at most
LARGEST = 1000  # factor that is named
LONGEST = 200  # nodes of a part that is named


class Slips:
    """Looks for the slip that leads from the right answer to the claim; J: what they are gradients of, or None."""

    def __init__(self, actual, claimed, J, names):
        self.actual, self.claimed, self.J, self.names = actual, claimed, J, names
        self.sampler = Sampler(*(expr for expr in (J, claimed, actual) if expr is not None))
        self.tried = []

    def find(self, point=None):
        """The slip in words, or None; point: where the claim was refuted, if by numbers."""
        if self.actual is None:
            return None
        self.tried = list(islice(self._values([point] if point else []), 1))
        self.tried += islice(self._values(self.sampler.generic_points()), 2)
        if len(self.tried) < 2:
            return None
        return self.factor() or self.unsummed() or self.edited() or self.of_another()

    def _values(self, points):
        """(point, claim, gradient) where both have a value, and the gradient is not zero."""
        for point in points:
            claim, actual = value_at(point, self.claimed), value_at(point, self.actual)
            if claim is not None and actual is not None and any(x for row in actual for x in row):
                yield point, claim, actual

    def explains(self, wrong):
        """Whether this wrong answer is the claim."""
        if wrong is None:
            return False
        for point, claim, _ in self.tried:
            look_at_the_clock()
            try:
                value = value_at(point, wrong)
            except (ValueError, NotImplementedError):
                return False
            if value is None or shape(value) != shape(claim) or not all_agree(value, claim):
                return False
        return True

    def equals(self, wrong):
        """The same, also where two sizes happen to be equal at the points tried."""
        return self.explains(wrong) and is_proved_equal(self.claimed, wrong)

    def factor(self):
        """A sign, a number, or a size (the mean in place of the sum)."""
        if not all(map(same_size, self.claimed.shape, self.actual.shape)):
            return None
        for many in self.sampler.sizes:
            if self.equals(sp.MatMul(many, self.actual)):
                return f"a factor `{many}` too much, the sum in place of the mean"
            if self.equals(sp.MatMul(1 / many, self.actual)):
                return f"a factor `{many}` is missing, the mean in place of the sum"
        _, claim, actual = self.tried[0]
        ratio = next(
            divide(c, a) for cs, as_ in zip(claim, actual, strict=True) for c, a in zip(cs, as_, strict=True) if a != 0
        )
        number = explicit(ratio)
        if not number.is_Rational or abs(number.p) > LARGEST or not self.explains(sp.MatMul(number, self.actual)):
            return None
        if number == 0:
            return "nothing is left"
        sign = "the sign" if number < 0 else ""
        number = abs(number)
        factor = (
            "" if number == 1 else f"a factor {1 / number} is missing" if number < 1 else f"a factor {number} too much"
        )
        return " and ".join(filter(None, (sign, factor)))

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
        if all(all_agree((w,), (r,)) for w, r in zip(wrong, right, strict=True)):
            return f"the sum over the batch is left out: add up the {many}"
        return None

    def edited(self):
        """One of the common slips, made anywhere in the right answer."""
        whole = [
            ("the whole is transposed", (), sp.Transpose(self.actual)),
            ("the whole is transposed, and the sign", (), sp.MatMul(-1, sp.Transpose(self.actual))),
        ]
        symbols = sorted((node for node in every_node(self.claimed) if isinstance(node, sp.MatrixSymbol)), key=str)
        for slip, parts, wrong in [*whole, *islice(edits(self.actual, symbols), EDITS)]:
            if self.is_short(parts) and self.explains(wrong):
                return slip.format(*(f"`{write(part, self.names)}`" for part in parts))
        return None

    def is_short(self, parts):
        """Whether parts that are to be named are still read: a part that has a name counts one."""
        nodes, count = list(parts), 0
        while nodes and count <= LONGEST:
            node, count = nodes.pop(), count + 1
            nodes += () if node in self.names else node.args
        return count <= LONGEST

    def of_another(self):
        """The gradient of J², √J, log J or exp J in place of that of J."""
        if self.J is None:
            return None
        J, f = self.J, sp.Dummy("J", real=True)
        J, name = entry(J) if J.is_Matrix else J, self.names.get(self.J, "J")
        for function in (f**2, sp.sqrt(f), sp.log(f), sp.exp(f), 1 / f):
            if self.explains(sp.MatMul(function.diff(f).xreplace({f: J}), self.actual)):
                text = str(function).replace(str(f), name).replace("**", "^")
                return f"this is the gradient of `{text}`"
        return None


def is_right_with_hadamard(claimed, actual):
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
        and is_proved_equal(claimed, actual)
    )


def edits(node, symbols):
    """(what went wrong, the parts it names, the expression with it) for every single slip inside a matrix expression.

    The expression is None where its shapes would not fit.

    symbols: what may stand where another symbol should.
    """
    if isinstance(node, sp.MatrixSymbol):
        yield from _edits_of_symbol(node, symbols)
    yield from _edits_here(node)
    if isinstance(node, ElementwiseApplyFunction):
        inside = [1]
    elif isinstance(node, sp.MatPow):
        inside = [0]
    elif isinstance(node, (sp.MatAdd, sp.MatMul, sp.HadamardProduct, sp.Transpose, sp.Inverse, sp.HadamardPower)):
        inside = [i for i, arg in enumerate(node.args) if arg.is_Matrix]
    else:
        inside = []
    for i in inside:
        for slip, parts, changed in edits(node.args[i], symbols):
            yield slip, parts, _made(node.func, *node.args[:i], changed, *node.args[i + 1 :])


def _edits_of_symbol(node, symbols):
    if 1 not in node.shape:
        yield "{} should not be transposed", (node,), sp.Transpose(node)
    for other in symbols:
        if other != node and other.shape == node.shape:
            yield "{} stands where {} should", (other, node), other


def _edits_here(node):
    if isinstance(node, sp.Transpose):
        yield "the transpose of {} is missing", (node.arg,), node.arg
    elif isinstance(node, sp.Inverse):
        yield "the inverse of {} is missing", (node.arg,), node.arg
    elif isinstance(node, sp.MatAdd):
        for i, term in enumerate(node.args):
            others = node.args[:i] + node.args[i + 1 :]
            yield "the term {} is missing", (term,), _joined(sp.MatAdd, others)
            yield "the term {} has the wrong sign", (term,), sp.MatAdd(*others, sp.MatMul(-1, term))
    elif isinstance(node, sp.HadamardProduct):
        for number in (1, 2):
            for left_out in combinations(node.args, number):
                kept = [f for f in node.args if f not in left_out]
                if kept:
                    factor = _joined(sp.HadamardProduct, left_out)
                    yield "the factor {}, entry by entry, is missing", (factor,), _joined(sp.HadamardProduct, kept)
    elif isinstance(node, sp.MatMul):
        yield from _edits_of_product(node)


def _edits_of_product(node):
    scalar, matrices = node.as_coeff_matrices()
    for factor in sp.Mul.make_args(scalar):
        if not factor.is_number:
            yield "the factor {} is missing", (factor,), sp.MatMul(scalar / factor, *matrices)
    for i, (left, right) in enumerate(zip(matrices, matrices[1:], strict=False)):
        swapped = _made(sp.MatMul, scalar, *matrices[:i], right, left, *matrices[i + 2 :])
        yield "{} and {} are in the wrong order", (left, right), swapped
    for i, factor in enumerate(matrices):
        if len(matrices) > 1 and factor.rows == factor.cols:
            rest = _made(sp.MatMul, scalar, *matrices[:i], *matrices[i + 1 :])
            yield "the factor {} is missing", (factor,), rest


def _made(node_type, *arguments):
    try:
        return None if None in arguments else node_type(*arguments)
    except ValueError:
        return None


def _joined(node_type, arguments):
    return arguments[0] if len(arguments) == 1 else node_type(*arguments)
