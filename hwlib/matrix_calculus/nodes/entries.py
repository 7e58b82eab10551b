"""Entries of a matrix and its diagonal."""

from sympy import DiagMatrix, HadamardProduct, Identity, MatMul, MatrixSymbol, OneMatrix, S, Transpose
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement

from .. import arithmetic
from ..arithmetic import Undefined
from ..doors import shown
from ..registry import register
from ..shapes import check_square, is_one_by_one, reject_shape, same_size, transposed
from ..terms import DELTA, ZERO
from ..writing import diagonal, entry, hadamard, scaled, split, unit_matrix
from .record import ATOM, POWER, PRODUCT, Multilinear


@register(MatrixElement)
class Entries(Multilinear):
    title = "entry"
    is_entry = True
    mathematics = r"$s = A_{ij}$ | $ds = dA_{ij}$ | $\bar A = \bar s\, e_i e_j^\top$"
    of_matrices = True

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

    def latex(self, node, printer):
        return rf"{printer.base(node.parent)}_{{{printer.text(node.i + 1)}, {printer.text(node.j + 1)}}}"

    def numpy(self, node, program):
        return f"{program.code(node.parent)}[{program.scalar(node.i)}, {program.scalar(node.j)}]"

    def evaluate(self, node, ev):
        parent, (i, j) = ev(node.parent), (ev.size(node.i), ev.size(node.j))
        rows, columns = arithmetic.shape(parent)
        if not (0 <= i < rows and 0 <= j < columns):
            raise Undefined(f"{shown(node)} lies outside a matrix of shape {(rows, columns)}")
        return parent[i][j]

    def scalar_form(self, node, reader, env, indices):
        matrix, *places = node.args
        form = reader.form(matrix)
        names = {}
        for slots, sizes, place in ((form.rows, form.sizes[0], places[0]), (form.cols, form.sizes[1], places[1])):
            index = indices.get(place, ("=", place))
            if place not in indices and place.has(*indices):
                raise NotImplementedError(f"normal_form: an index of {shown(node)} is an expression in a summed one")
            if isinstance(index, str) and (len(slots) != 1 or not same_size(reader.size_of[index], sizes[0])):
                raise NotImplementedError(f"normal_form: a sum over a part of the indices in {shown(node)}")
            if len(slots) != 1:
                raise NotImplementedError("normal_form: an entry of a Kronecker product")
            if isinstance(slots[0], str):
                names[slots[0]] = index
        return reader.make((), (), reader.with_indices(form, names))

    def simplified(self, node):
        matrix = node.args[0]
        return entry(matrix) if is_one_by_one(matrix) and not isinstance(matrix, MatrixSymbol) else node


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

    def numpy(self, node, program):
        return f"numpy.diag({program.code(node.args[0])}.ravel())"

    def evaluate(self, node, ev):
        vector = ev(node.args[0])
        if 1 not in arithmetic.shape(vector):
            raise ValueError(f"{shown(node)} needs a vector, got {arithmetic.shape(vector)}")
        entries = sum(vector, ())
        return arithmetic.matrix(len(entries), len(entries), lambda i, j: entries[i] if i == j else 0)

    def form(self, node, reader):
        vector = reader.form(node.args[0] if node.args[0].cols == 1 else Transpose(node.args[0]))
        shape = reader.shaped(node)
        if shape.rows == (ZERO,):
            return vector
        terms = [(c, factors + [(DELTA, ("r0", "c0"), S.One)]) for c, factors in vector.terms.values()]
        return reader.make(shape.rows, shape.cols, terms, shape.sizes)

    def check(self, node):
        if not any(same_size(n, 1) for n in node.args[0].shape):
            reject_shape(node, "a column or a row")

    def is_symmetric(self, node):
        return True


@register(DiagonalOf)
class Diagonals(Multilinear):
    title = "diagonal"
    word = "diag"
    mathematics = (
        r"$y = \text{diagonal of } A$ | $dy = \text{diagonal of } dA$ | $\bar A = \operatorname{diag}(\bar y)$"
    )
    command = r"\operatorname{diag}^{-1}"

    def build(self, matrix):
        return diagonal(matrix)

    def adjoint(self, node, k, adjoint, value):
        coefficient, column = split(adjoint)
        if isinstance(column, OneMatrix):
            return scaled(coefficient, Identity(node.args[0].rows))
        return scaled(coefficient, DiagMatrix(column))

    def numpy(self, node, program):
        return f"numpy.diag({program.code(node.arg)}).reshape(-1, 1)"

    def evaluate(self, node, ev):
        matrix = ev(node.arg)
        return tuple((matrix[i][i],) for i in range(min(arithmetic.shape(matrix))))

    def form(self, node, reader):
        form = reader.form(node.args[0])
        if len(form.rows) > 1 or len(form.cols) > 1:
            raise NotImplementedError("normal_form: the diagonal of a Kronecker product")
        return reader.make(form.rows, (ZERO,), reader.with_indices(form, {"c0": "r0"}), (form.sizes[0], (S.One,)))

    def check(self, node):
        check_square(node)


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

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        return printer.text(HadamardProduct(Identity(node.rows), node.arg))

    def numpy(self, node, program):
        return f"numpy.diag(numpy.diag({program.code(node.arg)}))"

    def evaluate(self, node, ev):
        matrix = ev(node.arg)
        return arithmetic.matrix(*arithmetic.shape(matrix), lambda i, j: matrix[i][j] if i == j else 0)

    def form(self, node, reader):
        return reader.form(HadamardProduct(Identity(node.rows), node.args[0]))

    def is_symmetric(self, node):
        return True
