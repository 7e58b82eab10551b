"""Functions of every entry: powers, any φ, softmax along rows or columns."""

from sympy import HadamardPower, HadamardProduct, MatMul, OneMatrix, default_sort_key, exp, log
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from ..writing import hadamard, hadamard_power, product, same_size, scaled, shape, total
from .record import Record, register
from .scalars import is_scalar_symbol
from .slopes import T, applied, by_parameter, slope


@register(HadamardPower)
class HadamardPowers(Record):
    title = "Hadamard power"
    mathematics = (
        r"$Y = A^{\odot p}$ | $dY = p\, A^{\odot (p-1)} \odot dA$ | $\bar A = p\, \bar Y \odot A^{\odot (p-1)}$"
    )

    def differential(self, node, k, change, value):
        base, exponent = node.args
        if k == 1:
            logarithm = applied(log, base) if base.is_Matrix else log(base)
            if not base.is_Matrix:
                return scaled(logarithm, hadamard(value, change))
            slopes = hadamard(value, logarithm)
            return hadamard(slopes, change) if exponent.is_Matrix else scaled(change, slopes)
        if not exponent.is_Matrix:
            return scaled(exponent, hadamard(hadamard_power(base, exponent - 1), change))
        less = HadamardPower(base, total(exponent, scaled(-1, OneMatrix(*shape(node)))))
        return hadamard(exponent, less, change) if base.is_Matrix else scaled(change, hadamard(exponent, less))


@register(ElementwiseApplyFunction)
class Functions(Record):
    title = "function of every entry"
    mathematics = r"$Y = \varphi(A)$ | $dY = \varphi'(A) \odot dA$ | $\bar A = \bar Y \odot \varphi'(A)$"

    def arguments(self, node):
        return [node.expr, *_parameters(node.function)]

    def differential(self, node, k, change, value):
        if k == 0:
            return hadamard(slope(node, value), change)
        return scaled(change, by_parameter(node, self.arguments(node)[k]))


def _parameters(function):
    return sorted(filter(is_scalar_symbol, function.free_symbols), key=default_sort_key)


# ---------------------------------------------------------------- softmax


def softmax_parts(node):
    """(U, W) if the node is a softmax of U as exp(U) over its sums along rows, W = 11ᵀ on the right, or columns."""
    if not isinstance(node, HadamardProduct) or len(node.args) != 2:
        return None
    for exponential, sums in (node.args, node.args[::-1]):
        if (
            isinstance(exponential, ElementwiseApplyFunction)
            and exponential.function(T) == exp(T)
            and isinstance(sums, HadamardPower)
            and sums.exp == -1
            and isinstance(sums.base, MatMul)
            and len(sums.base.args) == 2
            and exponential in sums.base.args
        ):
            before = sums.base.args[1] == exponential
            ones = sums.base.args[0 if before else 1]
            if isinstance(ones, OneMatrix) and same_size(*ones.shape):
                return exponential.expr, _repeated_sums(ones, before)
    return None


def _repeated_sums(ones, before):
    return lambda matrix: product(ones, matrix) if before else product(matrix, ones)


def is_log_softmax(node):
    return node.function(T) == log(T) and softmax_parts(node.expr) is not None


@register(HadamardProduct, when=softmax_parts)
class Softmaxes(Record):
    title = "softmax"
    mathematics = (
        r"$S = \operatorname{softmax}(U)$ | $dS = S \odot (dU - (S \odot dU)\, 1 1^\top)$ | "
        r"$\bar U = S \odot (\bar S - (\bar S \odot S)\, 1 1^\top)$"
    )

    def arguments(self, node):
        return [softmax_parts(node)[0]]

    def differential(self, node, k, change, value):
        sums = softmax_parts(node)[1]
        return hadamard(value, total(change, scaled(-1, sums(hadamard(value, change)))))

    def adjoint(self, node, k, adjoint, value):
        sums = softmax_parts(node)[1]
        return total(hadamard(adjoint, value), scaled(-1, hadamard(value, sums(hadamard(adjoint, value)))))


@register(ElementwiseApplyFunction, when=is_log_softmax)
class LogSoftmaxes(Record):
    title = "logarithm of softmax"
    mathematics = (
        r"$L = \log\operatorname{softmax}(U)$ | $dL = dU - (S \odot dU)\, 1 1^\top$ | "
        r"$\bar U = \bar L - S \odot (\bar L\, 1 1^\top)$"
    )

    def arguments(self, node):
        return [softmax_parts(node.expr)[0]]

    def differential(self, node, k, change, value):
        sums = softmax_parts(node.expr)[1]
        return total(change, scaled(-1, sums(hadamard(node.expr, change))))

    def adjoint(self, node, k, adjoint, value):
        sums = softmax_parts(node.expr)[1]
        return total(adjoint, scaled(-1, hadamard(node.expr, sums(adjoint))))
