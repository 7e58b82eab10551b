"""Entry by entry: products, powers, any φ."""

from itertools import permutations

from sympy import HadamardPower, HadamardProduct, MatMul, OneMatrix, default_sort_key, exp, log
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from ..registry import register
from ..writing import hadamard, hadamard_power, product, same_size, scaled, shape, total
from .record import ATOM, POWER, PRODUCT, Multilinear, Record
from .scalars import is_scalar_symbol
from .slopes import T, applied, by_parameter, slope


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

    def plain(self, node, writer):
        above, texts = list(node.args), []
        for pair in permutations(node.args, 2):
            inside = _softmaxed(*pair) if set(pair) <= set(above) else None
            if inside is not None:
                texts.append(writer.call("softmax", inside)[0])
                above = [factor for factor in above if factor not in pair]
        is_whole = len(texts) == 1 and not above
        below = [f for f in above if isinstance(f, HadamardPower) and f.exp == -1 and f not in writer.names]
        texts += [writer.within(factor, POWER) for factor in above if factor not in below]
        text = " .* ".join(texts) or "1"
        return text + "".join(f" ./ {writer.within(f.base, POWER)}" for f in below), ATOM if is_whole else PRODUCT


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

    def plain(self, node, writer):
        if node.exp == -1:
            return f"1 ./ {writer.within(node.base, POWER)}", PRODUCT
        return writer.raised(node.base, node.exp, ".^")


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

    def plain(self, node, writer):
        return writer.function_of_entries(node.function(T), node.expr)


def _parameters(function):
    return sorted(filter(is_scalar_symbol, function.free_symbols), key=default_sort_key)


def _softmaxed(exponential, power):
    """U if this is exp(U) over its sums in the order that the notation's softmax(U) writes, else None."""
    product = HadamardProduct(exponential, power)
    parts = softmax_parts(product) if isinstance(exponential, ElementwiseApplyFunction) else None
    return None if parts is None or sums_columns(product) else parts[0]


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


def sums_columns(softmax):
    """Whether a softmax is taken down the columns of a matrix of several."""
    return shape(softmax)[1] != 1 and softmax_parts(softmax)[1](softmax).args[-1] == softmax
