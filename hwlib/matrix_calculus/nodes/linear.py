"""The linear nodes: sums, products, transposes, traces, entries, diagonals."""

from sympy import (
    Add,
    DiagMatrix,
    HadamardProduct,
    Identity,
    MatAdd,
    MatMul,
    Mul,
    OneMatrix,
    Trace,
    Transpose,
)
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement

from ..writing import (
    diagonal,
    hadamard,
    is_one_by_one,
    product,
    scaled,
    shape,
    split,
    total,
    trace,
    transposed,
    unit_matrix,
)
from .record import Multilinear, Record, register


@register(MatAdd, Add)
class Sums(Record):
    title = "sum"
    mathematics = r"$Y = A + B$ | $dY = dA + dB$ | $\bar A = \bar Y,\; \bar B = \bar Y$"

    def differential(self, node, k, change, value):
        return change

    def adjoint(self, node, k, adjoint, value):
        return adjoint

    def sum_of_changes(self, parts):
        return total(*parts)


@register(MatMul)
class Products(Multilinear):
    title = "product"
    mathematics = r"$Y = A B$ | $dY = dA\, B + A\, dB$ | $\bar A = \bar Y B^\top,\; \bar B = A^\top \bar Y$"

    def build(self, *factors):
        return product(*factors)

    def adjoint(self, node, k, adjoint, value):
        before, after = node.args[:k], node.args[k + 1 :]
        if node.args[k].is_Matrix:
            return product(*_all_transposed(before), adjoint, *_all_transposed(after))
        return inner(adjoint, product(*before, *after))


def _all_transposed(factors):
    return [transposed(factor) if factor.is_Matrix else factor for factor in reversed(factors)]


def inner(left, right):
    """tr(leftᵀ right) as a scalar."""
    return trace(product(transposed(left), right))


@register(Transpose)
class Transposes(Multilinear):
    title = "transpose"
    mathematics = r"$Y = A^\top$ | $dY = dA^\top$ | $\bar A = \bar Y^\top$"

    def build(self, matrix):
        return transposed(matrix)

    def adjoint(self, node, k, adjoint, value):
        return transposed(adjoint)


@register(Trace)
class Traces(Multilinear):
    title = "trace"
    mathematics = r"$s = \operatorname{tr} A$ | $ds = \operatorname{tr} dA$ | $\bar A = \bar s\, I$"

    def build(self, matrix):
        coefficient, core = split(matrix)
        if isinstance(core, MatAdd):
            return Add(*[self.build(scaled(coefficient, term)) for term in core.args])
        return coefficient * Trace(core)

    def adjoint(self, node, k, adjoint, value):
        return scaled(adjoint, Identity(node.arg.rows))

    def reason(self, node):
        return "" if is_one_by_one(node.arg) else self.title  # a 1×1 matrix is written without its trace


@register(DotProduct)
class DotProducts(Multilinear):
    title = "dot product"
    mathematics = r"$s = a \cdot b$ | $ds = da \cdot b + a \cdot db$ | $\bar a = \bar s\, b,\; \bar b = \bar s\, a$"

    def build(self, left, right):
        return trace(product(left if left.rows == 1 else transposed(left), _column(right)))

    def adjoint(self, node, k, adjoint, value):
        vector, other = node.args[k], node.args[1 - k]
        return scaled(adjoint, other if shape(other) == shape(vector) else transposed(other))


def _column(vector):
    return vector if vector.cols == 1 else transposed(vector)


@register(MatrixElement)
class Entries(Multilinear):
    title = "entry"
    mathematics = r"$s = A_{ij}$ | $ds = dA_{ij}$ | $\bar A = \bar s\, e_i e_j^\top$"

    def build(self, matrix, i, j):
        return MatrixElement(matrix, i, j)

    def adjoint(self, node, k, adjoint, value):
        matrix, i, j = node.args
        if k != 0:
            raise NotImplementedError(f"MatrixElement: an index of {node} depends on the variable")
        return scaled(adjoint, unit_matrix(*matrix.shape, i, j))


@register(DiagMatrix)
class DiagonalMatrices(Multilinear):
    title = "diagonal matrix"
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


@register(HadamardProduct)
class HadamardProducts(Multilinear):
    title = "Hadamard product"
    mathematics = (
        r"$Y = A \odot B$ | $dY = dA \odot B + A \odot dB$ | $\bar A = \bar Y \odot B,\; \bar B = \bar Y \odot A$"
    )

    def build(self, *factors):
        return hadamard(*factors)

    def adjoint(self, node, k, adjoint, value):
        return hadamard(adjoint, *node.args[:k], *node.args[k + 1 :])


@register(Mul)
class ScalarProducts(Multilinear):
    title = "product of scalars"
    mathematics = r"$s = a\, b$ | $ds = b\, da + a\, db$ | $\bar a = \bar s\, b,\; \bar b = \bar s\, a$"

    def build(self, *factors):
        return Mul(*factors)

    def adjoint(self, node, k, adjoint, value):
        return Mul(adjoint, *node.args[:k], *node.args[k + 1 :])

    def reason(self, node):
        return "quotient" if any(factor.is_Pow and factor.exp.is_negative for factor in node.args) else self.title
