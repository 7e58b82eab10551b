"""Inverses, determinants and powers of square matrices."""

from sympy import BlockMatrix, Determinant, Identity, Inverse, MatAdd, MatMul, MatPow, Trace, Transpose, ZeroMatrix
from sympy.matrices.expressions.slice import MatrixSlice

from .. import arithmetic
from ..determinants import read_determinant
from ..doors import shown
from ..inverses import read_inverse, read_power
from ..registry import register
from ..shapes import check_square, gain_inside, is_one_by_one, is_symmetric, shape, transposed
from ..writing import entry, inverse, power, product, scaled, split, total, trace
from .linear import Traces
from .record import Record


class FunctionOfSquareMatrix(Record):
    """f(A) of A alone, with f(Aᵀ) = f(A)ᵀ, as a power series has it."""

    def shape(self, node):
        return shape(node.args[0])

    def check(self, node):
        check_square(node)

    def is_symmetric(self, node):
        return is_symmetric(node.args[0])

    def gain(self, node):
        return gain_inside(node.args[:1])

    def transposed(self, node):
        return node.func(transposed(node.args[0]), *node.args[1:])

    def form(self, node, reader):
        return reader.turning_with_its_arguments(node)

    def called(self, reader, matrix):
        return self.types[0](reader.square(matrix, self.word))


@register(Inverse)
class Inverses(FunctionOfSquareMatrix):
    title = "inverse"
    word = "inv"
    mathematics = r"$Y = A^{-1}$ | $dY = -Y\, dA\, Y$ | $\bar A = -Y^\top \bar Y\, Y^\top$"
    code = "numpy.linalg.inv"
    needs_all = True

    def arguments(self, node):
        return [node.arg]

    def differential(self, node, k, change, value):
        return product(-1, value, change, value)

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        if isinstance(node.arg, Transpose):
            return rf"{printer.base(node.arg.arg)}^{{-\top}}"
        return rf"{printer.base(node.arg)}^{{-1}}"

    def evaluate(self, node, ev):
        return arithmetic.inverse(ev(node.arg))

    def called(self, reader, matrix):
        return reader.inverse(reader.square(matrix, self.word)) if matrix.is_Matrix else reader.reciprocal(matrix)

    def form(self, node, reader):
        return read_inverse(reader, node)

    def simplified(self, node):
        return scaled(1 / entry(node.arg), Identity(1)) if is_one_by_one(node) else node

    def transposed(self, node):
        return inverse(transposed(node.arg))


@register(Determinant)
class Determinants(Record):
    title = "determinant"
    word = "det"
    mathematics = r"$s = \det A$ | $ds = s \operatorname{tr}(A^{-1} dA)$ | $\bar A = \bar s\, s\, A^{-\top}$"
    command, code = r"\det", "numpy.linalg.det"
    needs_all = True
    of_matrices = True

    def differential(self, node, k, change, value):
        return value * trace(product(inverse(node.arg), change))

    def evaluate(self, node, ev):
        return arithmetic.determinant(ev(node.arg))

    def called(self, reader, matrix):
        return Determinant(reader.square(matrix, self.word)) if matrix.is_Matrix else matrix

    def scalar_form(self, node, reader, env, indices):
        return read_determinant(reader, node, env, indices)

    def check(self, node):
        check_square(node)


@register(MatPow)
class Powers(FunctionOfSquareMatrix):
    title = "power"
    mathematics = (
        r"$Y = A^k$ | $dY = \sum_{r=0}^{k-1} A^r\, dA\, A^{k-1-r}$ | "
        r"$\bar A = \sum_{r=0}^{k-1} (A^\top)^r\, \bar Y\, (A^\top)^{k-1-r}$"
    )

    def differential(self, node, k, change, value):
        return power_change(_base(node, k), node.exp, change)

    def adjoint(self, node, k, adjoint, value):
        return power_change(transposed(_base(node, k)), node.exp, adjoint)

    def plain(self, node, writer):
        return writer.raised(node.base, node.exp)

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        return rf"{printer.base(node.base)}^{{{printer.text(node.exp)}}}"

    def numpy(self, node, program):
        if is_one_by_one(node.base):
            return program.power(node.base, node.exp)
        return f"numpy.linalg.matrix_power({program.code(node.base)}, {program.number(node.exp)})"

    def evaluate(self, node, ev):
        base, exponent = ev(node.base), ev.scalar(node.exp)
        return arithmetic.matrix_power(base, exponent)

    def form(self, node, reader):
        return read_power(reader, node)

    def simplified(self, node):
        if is_one_by_one(node):
            return scaled(entry(node.base) ** node.exp, Identity(1))
        if node.exp.is_Integer and node.exp < 2:
            return power(inverse(node.base), -node.exp) if node.exp < 0 else power(node.base, node.exp)
        return node

    def transposed(self, node):
        return power(transposed(node.base), node.exp)


def _base(node, k):
    if k != 0:
        raise NotImplementedError(f"MatPow: the exponent of {shown(node)} depends on the variable")
    return node.base


def _trace_of_symbolic_power(node):
    return isinstance(node.arg, MatPow) and not node.arg.exp.is_Integer


@register(Trace, when=_trace_of_symbolic_power)
class TracesOfPowers(Traces):
    title = "trace of a power"
    mathematics = (
        r"$s = \operatorname{tr} A^k$ | $ds = k \operatorname{tr}(A^{k-1} dA)$ | "
        r"$\bar A = k\, \bar s\, (A^\top)^{k-1}$"
    )

    def arguments(self, node):
        return list(node.arg.args)

    def differential(self, node, k, change, value):
        base, exponent = _base(node.arg, k), node.arg.exp
        return exponent * Trace(product(power(base, exponent - 1), change))

    def adjoint(self, node, k, adjoint, value):
        base, exponent = _base(node.arg, k), node.arg.exp
        return scaled(exponent * adjoint, power(transposed(base), exponent - 1))

    def reason(self, node):
        return "power"


def power_change(base, exponent, change):
    """Σ baseʳ change baseᵏ⁻¹⁻ʳ, the change of baseᵏ; its transpose is the same sum for baseᵀ."""
    if commutes(change, base):
        return product(exponent, change, power(base, exponent - 1))
    if exponent.is_Integer and exponent < 0:
        n = int(-exponent)
        return total(*[product(-1, power(base, -r), change, power(base, r - n - 1)) for r in range(1, n + 1)])
    if exponent.is_Integer:
        n = int(exponent)
        return total(*[product(power(base, r), change, power(base, n - 1 - r)) for r in range(n)])
    if exponent.is_number or exponent.is_integer is False:
        raise NotImplementedError(
            f"MatPow: the power {MatPow(base, exponent)} of a matrix, with an exponent that is not an integer"
        )
    n = base.rows  # the upper right block of [[A, dA], [0, A]]ᵏ is that sum
    blocks = BlockMatrix([[base, change], [ZeroMatrix(n, n), base]])
    return MatrixSlice(MatPow(blocks, exponent), (0, n, 1), (n, 2 * n, 1))


def commutes(matrix, base):
    """Whether a matrix is, by its form, a polynomial in base and its inverse."""
    if is_one_by_one(matrix):
        return True
    core = split(matrix)[1]
    if isinstance(core, Identity) or core == base:
        return True
    if isinstance(core, (MatMul, MatAdd)):
        return all(commutes(arg, base) for arg in core.args if arg.is_Matrix)
    if isinstance(core, (Inverse, MatPow)):
        return commutes(core.args[0], base)
    return False
