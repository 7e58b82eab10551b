"""What SymPy gets wrong about matrices and what cannot be stepped around: repaired in SymPy's own classes.

Abs, Max, Heaviside and powers ask each sum in their argument whether a minus sign can be taken out of it. Where that is
a sum of matrices, as in log|det(B − A)|, SymPy 1.14 puts a scalar product in its place and ends in a TypeError; and
its text of a product of products asks so often that it takes minutes.
"""

from sympy.matrices.expressions.matexpr import MatrixExpr


def _never(matrix):
    """A matrix has no sign to take out."""
    return False


MatrixExpr.could_extract_minus_sign = _never
