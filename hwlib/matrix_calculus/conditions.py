"""Where has an expression a real value, and where has it a slope: the conditions, and which of them follow.

    needed(log(x))                  x > 0
    needed(norm(x), slope=True)     x'x > 0
    needed(inv(R'R)*b)              R'R is invertible

An expression has a slope "node by node" where each of its nodes has one at its argument: a root or |t| not at
t = 0. What `follows` is shown to hold for all sizes; False only says that it was not shown.
"""

from typing import NamedTuple

from sympy import (
    Abs,
    Add,
    Determinant,
    DiagMatrix,
    Expr,
    HadamardPower,
    Heaviside,
    Identity,
    Inverse,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    Max,
    Min,
    Mul,
    Piecewise,
    Pow,
    S,
    Sum,
    Trace,
    Transpose,
    acos,
    acosh,
    asin,
    atanh,
    cos,
    cot,
    coth,
    csc,
    csch,
    exp,
    log,
    loggamma,
    sec,
    sign,
    sin,
    sinh,
    tan,
)
from sympy.core.relational import Relational
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.dotproduct import DotProduct

from .inverses import chain_of, is_invertible, kronecker_blocks, leaf_matrix, name_of_matrix
from .nodes.slopes import T
from .notation import write
from .read import Reader, postorder
from .signs import is_nonnegative, is_nonzero, is_positive, parts_of
from .terms import ZERO, rule_of, summed_in

WORDS = {
    "invertible": "{} is invertible",
    "positive": "{} > 0",
    "nonnegative": "{} >= 0",
    "nonzero": "{} is not zero",
    "defined": "{} has a value",
    "zero": "{} = 0",
}


class Condition(NamedTuple):
    """What must hold of an expression, of a matrix in every entry; kind is a key of WORDS."""

    kind: str
    expr: Expr

    def __str__(self):
        return WORDS[self.kind].format(write(self.expr))


def needed(expr, slope=False):
    """The conditions, as a frozenset, under which an expression has a real value; with slope, also a slope.

    What holds of itself is left out: exp(x) > 0, x'x >= 0, a size is not zero.
    """
    return frozenset(c for c in all_needed(expr, slope) if not holds(c))


def all_needed(expr, slope=False):
    """`needed` with the conditions that hold of themselves."""
    found = set()
    for node in postorder(expr):
        for kind, argument in _needs(node, slope):
            if argument.is_Matrix and argument.shape == (1, 1) and kind == "invertible":
                kind = "nonzero"
            if not (argument.is_Matrix or _holds_of_scalar(kind, argument)):
                found.add(Condition(kind, argument))
            elif argument.is_Matrix:
                found.add(Condition(kind, argument))
    return frozenset(found)


# ---------------------------------------------------------------- what a node needs


def _needs(node, slope):
    """(kind, expression) pairs for one node; of a function of entries those of its body, entry by entry."""
    if isinstance(node, Inverse):
        yield "invertible", node.arg
    elif isinstance(node, MatPow) and node.shape == (1, 1):
        yield from _needs_of_power(*node.args, slope)
    elif isinstance(node, MatPow):
        if not (node.exp.is_integer and node.exp.is_nonnegative):
            yield "invertible", node.base
        if node.exp.is_integer is not True:
            yield "defined", node
    elif isinstance(node, ElementwiseApplyFunction):
        for kind, argument in _needs_of_body(node.function(T), slope):
            if argument.has(T):
                yield kind, node.expr if argument == T else ElementwiseApplyFunction(Lambda(T, argument), node.expr)
            else:
                yield kind, argument
    elif isinstance(node, (HadamardPower, Pow)):
        yield from _needs_of_power(*node.args, slope)
    elif isinstance(node, Sum):
        yield from ((kind, argument) for kind, argument in _needs_of_body(node.function, slope) if kind == "defined")
        if any(True for _ in _needs_of_body(node.function, slope)):
            yield "defined", node
    else:
        yield from _needs_of_function(node, slope)


def _needs_of_body(body, slope):
    """The conditions of a scalar expression, node by node."""
    for node in postorder(body):
        for kind, argument in _needs(node, slope):
            if not _holds_of_scalar(kind, argument):
                yield kind, argument


def _needs_of_power(base, exponent, slope):
    if base == S.Exp1 or (not base.is_Matrix and base.is_positive):
        return
    if exponent.is_Integer:
        if exponent < 0:
            yield "nonzero", base
    elif exponent.is_Rational and exponent > 0:
        yield "positive" if slope and exponent < 1 else "nonnegative", base
    elif not (exponent.is_integer and exponent.is_nonnegative):
        yield "positive", base


_ARGUMENTS = {
    log: ("positive", lambda t: t),
    loggamma: ("positive", lambda t: t),
    tan: ("nonzero", cos),
    sec: ("nonzero", cos),
    cot: ("nonzero", sin),
    csc: ("nonzero", sin),
    coth: ("nonzero", sinh),
    csch: ("nonzero", sinh),
    atanh: ("positive", lambda t: 1 - t**2),
}
_CLOSED = {asin: lambda t: 1 - t**2, acos: lambda t: 1 - t**2, acosh: lambda t: t - 1}
_EVERYWHERE = ("exp", "sinh", "cosh", "tanh", "sech", "atan", "asinh", "erf", "erfc", "Abs", "sign", "Heaviside")


def _needs_of_function(node, slope):
    if not getattr(node, "is_Function", False) or node.is_Matrix or not node.args:
        return
    argument = node.args[0]
    if type(node) in _ARGUMENTS:
        kind, of = _ARGUMENTS[type(node)]
        yield kind, of(argument)
    elif type(node) in _CLOSED:
        yield "positive" if slope else "nonnegative", _CLOSED[type(node)](argument)
    elif isinstance(node, (Abs, sign, Heaviside)):
        if slope:
            yield "nonzero", argument
    elif isinstance(node, (Max, Min)):
        if slope:
            yield from (("nonzero", a - b) for k, a in enumerate(node.args) for b in node.args[:k])
    elif isinstance(node, Piecewise):
        if slope:
            conditions = [condition for _, condition in node.args if isinstance(condition, Relational)]
            yield from (("nonzero", condition.lhs - condition.rhs) for condition in conditions)
    elif type(node).__name__ not in ("sin", "cos", *_EVERYWHERE) and not _is_undefined(node):
        yield "defined", node


def _is_undefined(node):
    """f(x) for a name f: taken to have a value everywhere."""
    return not hasattr(type(node), "eval") or type(type(node)).__name__ == "UndefinedFunction"


# ---------------------------------------------------------------- what holds of itself


def holds(condition):
    """Whether a condition holds for all sizes and all real values."""
    kind, expr = condition
    if kind in ("defined", "zero"):
        return False
    if kind == "invertible":
        return _is_definite(expr)
    if isinstance(expr, ElementwiseApplyFunction) and _holds_of_scalar(kind, expr.function(T)):
        return True
    if expr.is_Matrix and expr.shape != (1, 1):
        return False
    number = _entry(expr) if expr.is_Matrix else expr
    sign_known = _sign(number)
    return sign_known == 2 or (kind == "nonnegative" and sign_known == 1)


def _holds_of_scalar(kind, expr):
    if kind in ("positive", "nonzero") and expr.is_positive:
        return True
    return {"nonnegative": expr.is_nonnegative, "nonzero": expr.is_nonzero}.get(kind) is True


def _entry(matrix):
    """A 1×1 matrix as the scalar in it."""
    return Trace(matrix)


def _sign(expr):
    """2 for a scalar that is positive of itself, 1 for one that is not negative, else 0."""
    if expr.is_positive:
        return 2
    if isinstance(expr, Trace):
        return 1 if _is_square(expr.arg) or _is_semidefinite(expr.arg) else 0
    if isinstance(expr, DotProduct):
        return 1 if expr.args[0] == expr.args[1] else 0
    if isinstance(expr, Determinant):
        return 2 if _is_definite(expr.arg) else 1 if _is_semidefinite(expr.arg) else 0
    if isinstance(expr, Add):
        signs = [_sign(arg) for arg in expr.args]
        return 0 if 0 in signs else max(signs)
    if isinstance(expr, Mul):
        return min(_sign(arg) for arg in expr.args)
    if isinstance(expr, Pow):
        if _sign(expr.base) == 2 or expr.exp.is_Rational and expr.exp.q == 2 and expr.exp < 0:
            return 2
        return 1 if expr.exp.is_even or expr.exp.is_Rational and not expr.exp.is_Integer else int(_sign(expr.base) > 0)
    if isinstance(expr, exp):
        return 2
    return 1 if isinstance(expr, Abs) or expr.is_nonnegative else 0


def _is_square(matrix):
    """A'A for some A, or a multiple of it that is not negative: its trace is a sum of squares."""
    return _is_semidefinite(matrix)


def _is_semidefinite(matrix):
    """Whether a matrix is positive semidefinite of itself: sums of A'A, and of squares on a diagonal."""
    if isinstance(matrix, (Identity,)):
        return True
    if isinstance(matrix, MatAdd):
        return all(_is_semidefinite(arg) for arg in matrix.args)
    if isinstance(matrix, HadamardPower) and matrix.shape == (1, 1):
        return matrix.exp.is_even is True
    if isinstance(matrix, MatMul):
        number, factors = matrix.as_coeff_matrices()
        if number != 1 and _sign(number) == 0:
            return False
        return _is_palindrome(factors)
    return False


def _is_palindrome(factors):
    """A'B'BA, with a matrix that is semidefinite in the middle or none."""
    if not factors:
        return True
    if len(factors) == 1:
        return _is_semidefinite(factors[0])
    first, last = factors[0], factors[-1]
    return (first == _flipped(last)) and _is_palindrome(factors[1:-1])


def _flipped(matrix):
    return matrix.arg if isinstance(matrix, Transpose) else Transpose(matrix).doit(deep=False)


def _is_definite(matrix):
    """Whether a matrix is positive definite of itself: a multiple of I, and what is semidefinite added."""
    if isinstance(matrix, Identity):
        return True
    if isinstance(matrix, MatMul):
        number, factors = matrix.as_coeff_matrices()
        return len(factors) == 1 and _sign(number) == 2 and _is_definite(factors[0])
    if isinstance(matrix, MatAdd):
        return all(_is_semidefinite(arg) for arg in matrix.args) and any(_is_definite(arg) for arg in matrix.args)
    if isinstance(matrix, DiagMatrix):
        (vector,) = matrix.args
        return isinstance(vector, ElementwiseApplyFunction) and vector.function(T).is_positive is True
    return False


# ---------------------------------------------------------------- what follows


def follows(condition, given):
    """Whether a condition is shown to hold wherever all the given ones do, for all sizes."""
    if condition in given or holds(condition):
        return True
    if condition.kind in ("defined", "zero"):
        return False
    try:
        reader = reader_with(given)
        return _shown(reader, condition)
    except NotImplementedError:
        return False


def reader_with(given, deadline=None, most_terms=None):
    """A reader that knows these conditions to hold."""
    reader = Reader(deadline, most_terms)
    for condition in sorted(given, key=lambda condition: (condition.kind != "zero", str(condition))):
        if condition.kind != "defined":
            try:
                _learn(reader, condition.kind, reader.form(condition.expr))
            except NotImplementedError:
                continue
    reader.known.clear()
    return reader


def _learn(reader, kind, form):
    """Take a condition on a form for known, and what follows for its factors."""
    if not form.terms:
        return
    if kind == "invertible":
        _learn_invertible(reader, form)
        return
    if kind == "zero":
        rule = rule_of(form)
        if rule is not None:
            reader.rules.append(rule)
        return
    reader.facts[kind].add(reader.name_of(form))
    if len(form.terms) == 1:
        ((coefficient, factors),) = form.terms.values()
        if len(factors) == 1 and coefficient.is_positive:
            _learn_of_leaf(reader, kind, *factors[0])
        if kind in ("positive", "nonzero"):
            for part in parts_of(factors):
                _learn_nonzero(reader, part)


def _learn_nonzero(reader, part):
    """A factor of a product that is not zero is not zero; a matrix whose determinant is not has an inverse."""
    if summed_in(part):
        reader.facts["nonzero"].add(reader.name_of(reader.make((), (), [(S.One, part)])))
        return
    leaf, slots, _ = part[0]
    if leaf.label == "det":
        reader.facts["invertible"].add(leaf.inside_text)
    reader.facts["nonzero"].add(reader.name_of(reader.make((), (), [(S.One, [(leaf, slots, S.One)])])))
    _learn_of_leaf(reader, "nonzero", leaf, slots, S.One)


def _learn_invertible(reader, form):
    """A product of square matrices has an inverse only if all its factors have."""
    if len(form.rows) > 1:
        for block in (kronecker_blocks(reader, form) or (None, ()))[1]:
            _learn_invertible(reader, block)
        return
    reader.facts["invertible"].add(name_of_matrix(reader, form))
    chain = chain_of(reader, form, form.sizes[0][0])
    for leaf, _, _ in chain[1] if chain else ():
        if leaf.kind == "symbol":
            reader.facts["invertible"].add(name_of_matrix(reader, leaf_matrix(leaf)))


def _learn_of_leaf(reader, kind, leaf, slots, power):
    """A leaf with this sign at all its indices."""
    if len(set(slots)) == len(slots) and not any(isinstance(slot, int) for slot in slots):
        if power.is_Integer and power % 2:
            reader.leaves_known[kind].add(leaf.key)


def _shown(reader, condition):
    kind, form = condition.kind, reader.form(condition.expr)
    if kind == "invertible":
        return is_invertible(reader, form)
    test = {"positive": is_positive, "nonnegative": is_nonnegative, "nonzero": is_nonzero}[kind]
    if form.rows in ((), (ZERO,)):
        form = reader.like(form, list(form.terms.values()))
    return test(reader, form)
