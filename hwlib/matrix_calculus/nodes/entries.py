"""Entries of a matrix and its diagonal."""

from sympy import DiagMatrix, Identity, MatMul, OneMatrix
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement

from ..doors import shown
from ..registry import register
from ..writing import diagonal, hadamard, is_one_by_one, scaled, split, transposed, unit_matrix
from .record import ATOM, POWER, PRODUCT, Multilinear


@register(MatrixElement)
class Entries(Multilinear):
    title = "entry"
    is_entry = True
    mathematics = r"$s = A_{ij}$ | $ds = dA_{ij}$ | $\bar A = \bar s\, e_i e_j^\top$"

    def build(self, matrix, i, j):
        return MatrixElement(matrix, i, j)

    def adjoint(self, node, k, adjoint, value):
        matrix, i, j = node.args
        if k != 0:
            raise NotImplementedError(f"MatrixElement: an index of {shown(node)} depends on the variable")
        return scaled(adjoint, unit_matrix(*matrix.shape, i, j))

    def plain(self, node, writer):
        inside = summed_entries(node)
        if inside is not None:
            return writer.call("sum", inside)
        if is_one_by_one(node.parent):
            return writer.brackets(node.parent)
        row, column = (writer.text(index + 1)[0] for index in (node.i, node.j))
        return f"{writer.within(node.parent, ATOM)}[{row},{column}]", ATOM


def summed_entries(node):
    """A of 1ᵀA1, the sum of all entries; else None."""
    if not isinstance(node, MatrixElement) or not isinstance(node.parent, MatMul):
        return None
    inside = [factor for factor in node.parent.args if not isinstance(factor, OneMatrix)]
    ones = len(node.parent.args) - len(inside)
    return inside[0] if len(inside) == 1 and ones == 2 - inside[0].shape.count(1) else None


@register(DiagMatrix)
class DiagonalMatrices(Multilinear):
    title = "diagonal matrix"
    word = "diag"
    mathematics = (
        r"$Y = \operatorname{diag}(a)$ | $dY = \operatorname{diag}(da)$ | $\bar a = \text{diagonal of } \bar Y$"
    )

    def build(self, vector):
        return DiagMatrix(vector)

    def adjoint(self, node, k, adjoint, value):
        column = diagonal(adjoint)
        return column if node.args[0].cols == 1 else transposed(column)


@register(DiagonalOf)
class Diagonals(Multilinear):
    title = "diagonal"
    word = "diag"
    mathematics = (
        r"$y = \text{diagonal of } A$ | $dy = \text{diagonal of } dA$ | $\bar A = \operatorname{diag}(\bar y)$"
    )

    def build(self, matrix):
        return diagonal(matrix)

    def adjoint(self, node, k, adjoint, value):
        coefficient, column = split(adjoint)
        if isinstance(column, OneMatrix):
            return scaled(coefficient, Identity(node.args[0].rows))
        return scaled(coefficient, DiagMatrix(column))


@register(DiagonalMatrix)
class DiagonalParts(Multilinear):
    title = "diagonal part"
    mathematics = r"$Y = I \odot A$ | $dY = I \odot dA$ | $\bar A = I \odot \bar Y$"

    def build(self, matrix):
        return DiagonalMatrix(matrix)

    def adjoint(self, node, k, adjoint, value):
        return hadamard(Identity(node.rows), adjoint)

    def plain(self, node, writer):
        return f"I({node.rows}) .* {writer.within(node.arg, POWER)}", PRODUCT
