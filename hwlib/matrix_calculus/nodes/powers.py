"""Inverses, determinants and powers of square matrices."""

from sympy import BlockMatrix, Determinant, Identity, Inverse, MatAdd, MatMul, MatPow, S, Trace, ZeroMatrix
from sympy.matrices.expressions.slice import MatrixSlice

from ..doors import shown
from ..registry import register
from ..writing import inverse, is_one_by_one, power, product, scaled, split, total, trace, transposed
from .linear import Traces
from .record import Record


@register(Inverse)
class Inverses(Record):
    title = "inverse"
    word = "inv"
    mathematics = r"$Y = A^{-1}$ | $dY = -Y\, dA\, Y$ | $\bar A = -Y^\top \bar Y\, Y^\top$"

    def arguments(self, node):
        return [node.arg]

    def differential(self, node, k, change, value):
        return product(-1, value, change, value)


@register(Determinant)
class Determinants(Record):
    title = "determinant"
    word = "det"
    mathematics = r"$s = \det A$ | $ds = s \operatorname{tr}(A^{-1} dA)$ | $\bar A = \bar s\, s\, A^{-\top}$"

    def differential(self, node, k, change, value):
        return value * trace(product(inverse(node.arg), change))


@register(MatPow)
class Powers(Record):
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
        return writer.root(node.base) if node.exp == S.Half else writer.raised(node.base, node.exp)


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
