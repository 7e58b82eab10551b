"""The change of a matrix function: its differential, the Hessian times a change, and a claim about a differential.

d(X⁻¹) = −X⁻¹ dX X⁻¹        differential(Inverse(X), X)
H[V], dG for dX = V         hessian_product(J, X)
"""

from __future__ import annotations

from dataclasses import replace

from sympy import MatrixSymbol, S, Symbol, Trace, Transpose

from .differential import differential as change_of
from .doors import a_variable, an_expression
from .gradient import dependent_nodes, gradient, understood, zero_like
from .judge import Verdict, check, same


def differential(F, X, dX=None):
    """dF, the change of the matrix or scalar F to first order, linear in the change dX of X.

    Parameters
    ----------
    F : a scalar or matrix expression of any shape, with real entries.
    X : the MatrixSymbol or real scalar Symbol that changes.
    dX : the change, of X's shape; without it a symbol with X's name behind a d.

    Raises ValueError for an argument that is none of these, NotImplementedError naming a node without a rule.
    """
    F, X = understood(an_expression(F, "F")), a_variable(X, "X")
    dX = _change(X, dX)
    dependent_nodes(F, [X])
    found = change_of(F, {X: dX})
    return zero_like(F) if found is None else found


def hessian_product(J, X, V=None):
    """The Hessian of the scalar J in the direction V, a matrix of X's shape: the change of the gradient for dX = V.

    tr(V'H[V]) is the second differential of J. V is a symbol with X's name behind a d unless it is given.
    Raises what `gradient` and `differential` raise.
    """
    return differential(gradient(J, X), X, V)


def check_differential(F, X, claimed, dX=None, **options):
    """Is `claimed` the differential of F, in terms of dX? A Verdict, as `check` gives it, and with its options.

    It is asked as the gradient of tr(P'F) for every P of F's shape, so that J's own slopes decide.
    """
    F, X, claimed = understood(an_expression(F, "F")), a_variable(X, "X"), an_expression(claimed, "claimed")
    dX = _change(X, dX)
    try:
        J, by_X = as_gradient(F, X, claimed, dX)
    except ValueError as error:
        return Verdict(False, "refuted", str(error))
    verdict = check(J, X, by_X, **options)
    name = f"∂J/∂{X.name}"
    sentence = verdict.sentence.replace(name, f"the differential, as {name} of J = tr(P'F) for any P")
    return replace(verdict, sentence=sentence, actual=differential(F, X, dX))


def as_gradient(F, X, claimed, dX):
    """(J, its claimed gradient by X) for a claim about dF; ValueError, a sentence, if it is no differential at all."""
    if F.is_Matrix != claimed.is_Matrix or F.is_Matrix and F.shape != claimed.shape:
        raise ValueError("the claim has another shape than what changes")
    if not same(claimed.xreplace({dX: 2 * dX}), 2 * claimed):
        raise ValueError(f"the claim is not linear in {dX.name}")
    P = MatrixSymbol("P", *F.shape) if F.is_Matrix else S.One
    if P in F.free_symbols:
        P = MatrixSymbol("P_", *F.shape)
    J, dJ = (Trace(Transpose(P) * side) if F.is_Matrix else side for side in (F, claimed))
    by_X = gradient(dJ, dX)
    if dX in by_X.free_symbols:
        raise ValueError(f"the claim is not linear in {dX.name}")
    return J, by_X


def _change(X, dX):
    """dX as it is given, of X's shape, or a symbol for it."""
    if dX is None:
        return MatrixSymbol(f"d{X.name}", *X.shape) if X.is_Matrix else Symbol(f"d{X.name}", real=True)
    dX = an_expression(dX, "dX")
    if X.is_Matrix != dX.is_Matrix or X.is_Matrix and X.shape != dX.shape:
        raise ValueError(f"dX must have the shape of {X.name}")
    return dX
