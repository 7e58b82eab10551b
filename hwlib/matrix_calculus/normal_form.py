"""When are two matrix expressions the same, for all sizes: a normal form in index notation.

Every expression is read as a sum of terms, a term as a number times factors with indices: tr(AᵀB) is
Σᵢⱼ Aᵢⱼ Bᵢⱼ, diag(x)A is xᵢ Aᵢⱼ, A∘B is Aᵢⱼ Bᵢⱼ, a one is no factor at all. In this notation associativity,
transposes, cyclic traces, commuting Hadamard factors and distribution cost nothing: two terms are equal when one
is the other with its summed indices renamed. Functions, inverses and powers of sums are factors of their own,
known by the normal form of what is inside them. A few identities are applied on the way: A·A⁻¹ = I,
exp(a + b) = exp(a)exp(b), D·D⁻¹ = 1 for a sum D, sin² + cos² = 1.

Equal normal forms prove equality wherever both sides are defined; different ones prove nothing.
"""

from sympy import S, sympify

from .read import Reader
from .terms import ZERO


def normal_form(expr):
    """The normal form of a matrix or scalar expression: equal forms are a proof of equality for all sizes.

    Returns a hashable value. Raises NotImplementedError where an expression has no such form or a too large one.
    """
    reader = Reader()
    return reader.form(sympify(expr)).key()


def proved_equal(left, right):
    """Whether the normal form of left − right is zero (scalars, or matrices of one shape)."""
    reader = Reader()
    left, right = (reader.form(sympify(side)) for side in (left, right))
    if left.rows not in ((), (ZERO,)) or right.rows not in ((), (ZERO,)):
        left, right = reader.aligned([left, right])
    return not reader.add(left, reader.scale(S.NegativeOne, right)).terms
