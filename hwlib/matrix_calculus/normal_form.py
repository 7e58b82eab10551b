"""When are two matrix expressions the same, for all sizes: a normal form in index notation.

Every expression is read as a sum of terms, a term as a number times factors with indices: tr(AᵀB) is
Σᵢⱼ Aᵢⱼ Bᵢⱼ, diag(x)A is xᵢ Aᵢⱼ, A∘B is Aᵢⱼ Bᵢⱼ, a one is no factor at all. In this notation associativity,
transposes, cyclic traces, commuting Hadamard factors and distribution cost nothing: two terms are equal when one
is the other with its summed indices renamed. Functions, inverses and powers of sums are factors of their own,
known by the normal form of what is inside them. A few identities are applied on the way: A·A⁻¹ = I,
exp(a + b) = exp(a)exp(b), D·D⁻¹ = 1 for a sum D, sin² + cos² = 1.

Equal normal forms prove equality wherever both sides are defined; different ones prove nothing.
"""

from time import monotonic

from sympy import S, sympify

from .conditions import all_needed, reader_with
from .read import Reader
from .terms import ZERO
from .zero import is_zero

MOST_INLINE = 8  # terms of a matrix that are written out wherever it stands, at first


def normal_form(expr):
    """The normal form of a matrix or scalar expression: equal forms are a proof of equality for all sizes.

    Returns a hashable value. Raises NotImplementedError where an expression has no such form or a too large one.
    """
    reader = Reader()
    return reader.form(sympify(expr)).key()


def proved_equal(left, right, given=(), deadline=None):
    """Whether two scalars, or two matrices of one shape, are shown to be equal for all sizes.

    They are wherever the conditions hold that both of them need (`conditions.needed`) and the given ones; never True
    of two expressions that differ there. False says nothing. deadline: a moment of `time.monotonic`.
    Raises NotImplementedError where an expression has no normal form, or out of time or of steps.
    """
    left, right = sympify(left), sympify(right)
    if left == right:
        return True
    conditions = all_needed(left) | all_needed(right) | frozenset(given)
    try:
        reader = reader_with(conditions, deadline, MOST_INLINE)
        equal = _are_equal(reader, left, right)
        if equal or not reader.has_named:
            return equal
    except NotImplementedError:
        if deadline is not None and monotonic() > deadline:
            raise
    return _are_equal(reader_with(conditions, deadline), left, right)


def _are_equal(reader, left, right):
    left, right = (reader.form(side) for side in (left, right))
    if left.rows not in ((), (ZERO,)) or right.rows not in ((), (ZERO,)):
        left, right = reader.aligned([left, right])
    return is_zero(reader, reader.add(left, reader.scale(S.NegativeOne, right)))
