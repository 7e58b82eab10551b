"""Sums, products, transposes, traces."""

from sympy import (
    Add,
    Identity,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Trace,
    Transpose,
)
from sympy.matrices.expressions.dotproduct import DotProduct

from ..registry import register
from ..writing import (
    is_one_by_one,
    product,
    scaled,
    shape,
    split,
    total,
    trace,
    transposed,
)
from .record import ATOM, POWER, PRODUCT, Multilinear, Record


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

    def plain(self, node, writer):
        if not node.is_Matrix:
            return writer.terms([writer.within(term, PRODUCT) for term in node.as_ordered_terms()])
        terms = [(*split(term), term) for term in node.args]
        full = any(not isinstance(core, (OneMatrix, Identity)) for _, core, _ in terms)
        return writer.terms(
            [
                writer.within(coefficient if full and isinstance(core, OneMatrix) else term, PRODUCT)
                for coefficient, core, term in terms
            ]
        )


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

    def plain(self, node, writer):
        coefficient, core = split(node)
        return writer.product(coefficient, core.args if isinstance(core, MatMul) else [core])


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

    def plain(self, node, writer):
        return f"{writer.within(node.arg, ATOM)}'", POWER


@register(Trace)
class Traces(Multilinear):
    title = "trace"
    word = "tr"
    is_entry = True
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

    def plain(self, node, writer):
        inside = squared(node)
        if inside is not None and (is_one_by_one(node.arg) or not isinstance(inside, MatrixSymbol)):
            return f"{writer.call('norm', inside)[0]}^2", POWER
        return writer.brackets(node.arg) if is_one_by_one(node.arg) else writer.call(self.word, node.arg)


def squared(node):
    """A of tr(AᵀA), the sum of the squared entries, for which people write the norm; else None."""
    if not isinstance(node, Trace) or not isinstance(node.arg, MatMul) or len(node.arg.args) != 2:
        return None
    left, right = node.arg.args
    turned = {OneMatrix: lambda: right.T, Transpose: lambda: right.arg}.get(type(right), lambda: Transpose(right))
    return right if right.is_Matrix and left == turned() else None


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
