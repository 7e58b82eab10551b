"""Entry by entry: products, powers, any φ."""

from functools import reduce
from itertools import permutations
from operator import mul

from sympy import (
    DiagMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Transpose,
    default_sort_key,
    exp,
    log,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from .. import arithmetic
from ..registry import register
from ..shapes import (
    check_same_shape,
    gain_inside,
    is_one_by_one,
    is_symmetric,
    is_symmetric_entry_by_entry,
    same_size,
    shape,
)
from ..writing import entry, hadamard, hadamard_power, product, scaled, split, total
from .record import ATOM, POWER, PRODUCT, Multilinear, Record
from .scalars import is_scalar_symbol
from .slopes import T, applied, by_parameter, slope


@register(HadamardProduct)
class HadamardProducts(Multilinear):
    title = "Hadamard product"
    mathematics = (
        r"$Y = A \odot B$ | $dY = dA \odot B + A \odot dB$ | $\bar A = \bar Y \odot B,\; \bar B = \bar Y \odot A$"
    )
    needs_all = True
    is_entry_by_entry = True

    def build(self, *factors):
        return hadamard(*factors)

    def adjoint(self, node, k, adjoint, value):
        return hadamard(adjoint, *node.args[:k], *node.args[k + 1 :])

    def plain(self, node, writer):
        above, texts = list(node.args), []
        for pair in dict.fromkeys(permutations(node.args, 2)):
            inside = _softmaxed(*pair)
            while inside is not None and set(pair) <= set(above):  # as often as it stands there
                texts.append(writer.call("softmax", inside)[0])
                for factor in pair:
                    above.remove(factor)
        is_whole = len(texts) == 1 and not above
        below = [f for f in above if isinstance(f, HadamardPower) and f.exp == -1 and f not in writer.names]
        texts += [writer.within(factor, POWER) for factor in above if factor not in below]
        text = " .* ".join(texts) or "1"
        return text + "".join(f" ./ {writer.within(f.base, POWER)}" for f in below), ATOM if is_whole else PRODUCT

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        first, *rest = node.args
        loose = (MatAdd, KroneckerProduct, DiagonalMatrix)
        words = [printer.within(arg, *loose, *([MatMul] if _is_ambiguous(arg) else [])) for arg in rest]
        return r" \odot ".join([printer.within(first, *loose), *words])

    def numpy(self, node, program):
        below = [f for f in node.args if isinstance(f, HadamardPower) and f.exp == -1 and f not in program.names]
        above = [f for f in node.args if f not in below]
        texts = program.alongside([*above, *(f.base for f in below)])
        over, under = texts[: len(above)], texts[len(above) :]
        return " * ".join(over or ["1"]) + "".join(f" / {text}" for text in under)

    def evaluate(self, node, ev):
        return reduce(lambda left, right: arithmetic.elementwise(mul, left, right), map(ev, node.args))

    def form(self, node, reader):
        forms = reader.aligned([reader.form(arg) for arg in node.args])
        return reader.times(*forms, rows=forms[0].rows, cols=forms[0].cols, sizes=forms[0].sizes)

    def shape(self, node):
        return shape(node.args[0])

    def check(self, node):
        check_same_shape(node, node.args)

    def is_symmetric(self, node):
        on_diagonal = any(isinstance(arg, (Identity, DiagMatrix)) for arg in node.args)
        return on_diagonal or is_symmetric_entry_by_entry(node.args)


def _is_ambiguous(matrix):
    """Whether A ⊙ BC, with BC as the matrix, could be (A ⊙ B) C as well: B has the shape of BC."""
    factors = split(matrix)[1].args if isinstance(split(matrix)[1], MatMul) else ()
    return len(factors) > 1 and all(map(same_size, shape(factors[0]), shape(matrix)))


@register(HadamardPower)
class HadamardPowers(Record):
    title = "Hadamard power"
    mathematics = (
        r"$Y = A^{\odot p}$ | $dY = p\, A^{\odot (p-1)} \odot dA$ | $\bar A = p\, \bar Y \odot A^{\odot (p-1)}$"
    )
    is_entry_by_entry = True

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

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        return rf"{printer.base(node.args[0])}^{{\odot {printer.text(node.args[1])}}}"

    def numpy(self, node, program):
        if node.exp.is_Matrix:
            return f"{program.code(node.base)} ** {program.code(node.exp)}"
        return program.power(node.base, node.exp)

    def evaluate(self, node, ev):
        base, exponent = ev(node.base), ev(node.exp)
        if isinstance(base, tuple) and isinstance(exponent, tuple):
            return arithmetic.elementwise(arithmetic.power, base, exponent)
        if isinstance(exponent, tuple):
            return arithmetic.elementwise(lambda e: arithmetic.power(base, e), exponent)
        return arithmetic.elementwise(lambda b: arithmetic.power(b, exponent), base)

    def form(self, node, reader):
        base, exponent = node.args
        while isinstance(base, HadamardPower) and base.exp.is_Integer and exponent.is_Integer:
            base, exponent = base.base, base.exp * exponent
        if not exponent.is_Matrix and not exponent.has(MatrixSymbol):
            return reader.power(reader.form(base), exponent)
        forms = [reader.form(arg) if arg.is_Matrix else reader.scalar(arg, {}, {}) for arg in (base, exponent)]
        if base.is_Matrix and exponent.is_Matrix:
            forms = reader.aligned(forms)
        return reader.exponential(reader.times(forms[1], reader.logarithm(forms[0])))

    def shape(self, node):
        return shape(node.base) if node.base.is_Matrix else node.shape

    def check(self, node):
        check_same_shape(node, [arg for arg in node.args if arg.is_Matrix])

    def simplified(self, node):
        return scaled(entry(node.base) ** node.exp, Identity(1)) if is_one_by_one(node) else node

    def is_symmetric(self, node):
        return node.base.is_Matrix and is_symmetric(node.base)

    def transposed(self, node):
        return Transpose(node) if node.exp.is_Matrix else super().transposed(node)

    def gain(self, node):
        return gain_inside([node.base]) if node.base.is_Matrix else -1


@register(ElementwiseApplyFunction)
class Functions(Record):
    title = "function of every entry"
    mathematics = r"$Y = \varphi(A)$ | $dY = \varphi'(A) \odot dA$ | $\bar A = \bar Y \odot \varphi'(A)$"
    needs_all = True
    is_entry_by_entry = True

    def arguments(self, node):
        return [node.expr, *_parameters(node.function)]

    def differential(self, node, k, change, value):
        if k == 0:
            return hadamard(slope(node, value), change)
        return scaled(change, by_parameter(node, self.arguments(node)[k]))

    def plain(self, node, writer):
        return writer.function_of_entries(node.function(T), node.expr)

    def latex(self, node, printer):
        return printer.function_of_entries(node)

    def numpy(self, node, program):
        return program.function_of_entries(node)

    def evaluate(self, node, ev):
        (variable,), body = node.function.variables, node.function.expr
        return arithmetic.elementwise(lambda entry: ev.bound([variable], body, [entry]), ev(node.expr))

    def form(self, node, reader):
        inside = reader.form(node.expr)
        return inside.with_terms_of(reader.scalar(node.function(T), {T: inside}, {}))

    def shape(self, node):
        return shape(node.expr)

    def simplified(self, node):
        return scaled(node.function(entry(node.expr)), Identity(1)) if is_one_by_one(node) else node

    def is_symmetric(self, node):
        return is_symmetric(node.expr)


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
