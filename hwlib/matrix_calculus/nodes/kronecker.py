"""Kronecker products. Their adjoints are known where Ȳ is a sum of Kronecker products, as in a trace of them."""

from functools import reduce

from sympy import (
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    Mul,
    OneMatrix,
    S,
    Transpose,
    ZeroMatrix,
)

from .. import arithmetic
from ..doors import shown
from ..registry import register
from ..shapes import same_size, transposed
from ..terms import ZERO
from ..writing import inverse, power, product, scaled, split, total
from .linear import inner
from .record import Multilinear


@register(KroneckerProduct)
class KroneckerProducts(Multilinear):
    title = "Kronecker product"
    word = "kron"
    mathematics = (
        r"$Y = A \otimes B$ | $dY = dA \otimes B + A \otimes dB$ | "
        r"$\bar A = \operatorname{tr}(D^\top B)\, C$ for $\bar Y = C \otimes D$"
    )

    def build(self, *factors):
        return KroneckerProduct(*factors)

    def adjoint(self, node, k, adjoint, value):
        terms = []
        for coefficient, blocks in kronecker_terms(adjoint, node):
            others = [inner(*pair) for j, pair in enumerate(zip(blocks, node.args, strict=True)) if j != k]
            terms.append(scaled(Mul(coefficient, *others), blocks[k]))
        return total(*terms) if terms else ZeroMatrix(*node.args[k].shape)

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        return r" \otimes ".join(printer.within(arg, MatAdd, MatMul, HadamardProduct) for arg in node.args)

    def numpy(self, node, program):
        return reduce(lambda left, right: f"numpy.kron({left}, {right})", map(program.code, node.args))

    def evaluate(self, node, ev):
        return reduce(arithmetic.kronecker, map(ev, node.args))

    def called(self, reader, left, right):
        return KroneckerProduct(reader.matrix(left, self.word), reader.matrix(right, self.word))

    def form(self, node, reader):
        forms = [reader.form(arg) for arg in node.args]
        terms, sides = [(S.One, [])], ([], [])
        for form in forms:
            names = {}
            for side, own, sizes, letter in (
                (sides[0], form.rows, form.sizes[0], "r"),
                (sides[1], form.cols, form.sizes[1], "c"),
            ):
                for index, size in zip(own, sizes, strict=True):
                    if isinstance(index, str):
                        names[index] = f"{letter}{len(side)}"
                        side.append((names[index], size))
            terms = [(c * d, factors + more) for c, factors in terms for d, more in reader.with_indices(form, names)]
        rows, cols = (tuple(index for index, _ in side) or (ZERO,) for side in sides)
        sizes = tuple(tuple(size for _, size in side) or (S.One,) for side in sides)
        return reader.make(rows, cols, terms, sizes)

    def transposed(self, node):
        return KroneckerProduct(*map(transposed, node.args))


def kronecker_terms(adjoint, node):
    """(coefficient, blocks shaped as the arguments of node) of each term of an adjoint that is a sum of C ⊗ D."""
    coefficient, core = split(adjoint)
    if isinstance(core, MatAdd):
        for term in core.args:
            for inner_coefficient, blocks in kronecker_terms(term, node):
                yield coefficient * inner_coefficient, blocks
        return
    if isinstance(core, ZeroMatrix):
        return
    blocks = kronecker_blocks(core, [arg.shape for arg in node.args])
    if blocks is None:
        raise NotImplementedError(
            f"KroneckerProduct: {shown(node)} outside a trace of Kronecker products (its adjoint is {shown(adjoint)})"
        )
    yield coefficient, blocks


def kronecker_blocks(matrix, shapes):
    """The factors C, D, … of these shapes with matrix = C ⊗ D ⊗ …, or None."""
    if isinstance(matrix, Identity):
        return [Identity(rows) for rows, _ in shapes] if all(same_size(*pair) for pair in shapes) else None
    if isinstance(matrix, OneMatrix):
        return [OneMatrix(*pair) for pair in shapes]
    if isinstance(matrix, KroneckerProduct):
        fits = len(matrix.args) == len(shapes) and all(
            same_size(arg.rows, rows) and same_size(arg.cols, columns)
            for arg, (rows, columns) in zip(matrix.args, shapes, strict=True)
        )
        return list(matrix.args) if fits else None
    if isinstance(matrix, Transpose):
        blocks = kronecker_blocks(matrix.arg, [(columns, rows) for rows, columns in shapes])
        return blocks and [transposed(block) for block in blocks]
    if isinstance(matrix, Inverse):
        blocks = kronecker_blocks(matrix.arg, shapes)
        return blocks and [inverse(block) for block in blocks]
    if isinstance(matrix, MatPow):
        blocks = kronecker_blocks(matrix.base, shapes)
        return blocks and [power(block, matrix.exp) for block in blocks]
    if isinstance(matrix, MatMul):
        return _blocks_of_product(matrix.args, shapes)
    return None


def _blocks_of_product(factors, shapes):
    """(A ⊗ B)(C ⊗ D) = AC ⊗ BD, read from the left where the inner sizes are known."""
    columns, blocks = [rows for rows, _ in shapes], []
    for factor in factors:
        kronecker = _core(factor)
        inner_shapes = (
            [arg.shape for arg in kronecker.args] if kronecker is not None else [(rows, rows) for rows in columns]
        )
        if isinstance(factor, Transpose):
            inner_shapes = [(c, r) for r, c in inner_shapes]
        if len(inner_shapes) != len(columns) or not all(map(same_size, columns, [r for r, _ in inner_shapes])):
            return None
        part = kronecker_blocks(factor, inner_shapes)
        if part is None:
            return None
        blocks, columns = [*blocks, part], [c for _, c in inner_shapes]
    if not all(map(same_size, columns, [c for _, c in shapes])):
        return None
    return [product(*parts) for parts in zip(*blocks, strict=True)]


def _core(matrix):
    while isinstance(matrix, (Transpose, Inverse, MatPow)):
        matrix = matrix.args[0]
    return matrix if isinstance(matrix, KroneckerProduct) else None
