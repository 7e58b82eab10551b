"""Sums, products, transposes, traces."""

from functools import reduce
from itertools import pairwise
from operator import mul

from sympy import (
    Add,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    OneMatrix,
    Trace,
    Transpose,
)
from sympy.matrices.expressions.diagonal import DiagonalMatrix
from sympy.matrices.expressions.dotproduct import DotProduct

from .. import arithmetic
from ..registry import register
from ..shapes import (
    check_factors,
    check_same_shape,
    check_square,
    gain_inside,
    is_one_by_one,
    is_symmetric,
    is_symmetric_entry_by_entry,
    same_size,
    shape,
    transposed,
)
from ..terms import ZERO, as_scalar
from ..writing import entry, product, scaled, split, total, trace, transposed_product
from .record import ATOM, POWER, PRODUCT, Multilinear, Record


@register(MatAdd, Add)
class Sums(Record):
    title = "sum"
    mathematics = r"$Y = A + B$ | $dY = dA + dB$ | $\bar A = \bar Y,\; \bar B = \bar Y$"
    needs_all = True
    is_entry_by_entry = True

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

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        if not node.is_Matrix:
            return printer.as_usual(node)
        terms = [part for term in node.args for part in MatAdd.make_args(printer.shown(term))]
        text, full = "", any(not isinstance(split(term)[1], (OneMatrix, Identity)) for term in terms)
        for term in sorted(terms, key=lambda term: bool(split(term)[0].could_extract_minus_sign())):
            coefficient, core = split(term)
            part = printer.text(coefficient if full and isinstance(core, OneMatrix) else term)
            text += part if not text else f" - {part[1:].lstrip()}" if part.startswith("-") else f" + {part}"
        return text

    def numpy(self, node, program):
        if not node.is_Matrix:
            return program.scalar(node)
        terms = sorted(node.args, key=_is_negative)
        first, *rest = program.alongside([scaled(-1, term) if _is_negative(term) else term for term in terms])
        rest = [f" {'-' if _is_negative(term) else '+'} {text}" for term, text in zip(terms[1:], rest, strict=True)]
        return ("-" if _is_negative(terms[0]) else "") + first + "".join(rest)

    def evaluate(self, node, ev):
        terms = [ev(arg) for arg in node.args]
        if not any(isinstance(term, tuple) for term in terms):
            return sum(terms)
        if not node.is_Matrix and any(not isinstance(term, tuple) for term in terms):
            return sum(ev.scalar(arg) for arg in node.args)
        return reduce(arithmetic.add, terms)

    def form(self, node, reader):
        return reader.add(*reader.aligned([reader.form(arg) for arg in node.args]))

    def scalar_form(self, node, reader, env, indices):
        return reader.add(*[reader.scalar(arg, env, indices) for arg in node.args])

    def shape(self, node):
        return shape(node.args[0])

    def check(self, node):
        if node.is_Matrix:
            check_same_shape(node, node.args)

    def is_symmetric(self, node):
        return is_symmetric_entry_by_entry(node.args)


def _is_negative(term):
    return bool(split(term)[0].could_extract_minus_sign())


@register(MatMul)
class Products(Multilinear):
    title = "product"
    mathematics = r"$Y = A B$ | $dY = dA\, B + A\, dB$ | $\bar A = \bar Y B^\top,\; \bar B = A^\top \bar Y$"
    needs_all = True

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

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        coefficient, core = split(node)
        factors = core.args if isinstance(core, MatMul) else (core,)
        words = [
            printer.within(factor, MatAdd, HadamardProduct, KroneckerProduct, DiagonalMatrix)
            for factor in factors
            if not (isinstance(factor, Identity) and is_one_by_one(factor))
        ]
        if coefficient == 1:
            return " ".join(words)
        sign = "- " if coefficient.could_extract_minus_sign() else ""
        coefficient = -coefficient if sign else coefficient
        if coefficient != 1 or not words:
            words.insert(0, printer.within(coefficient, Add))
        return sign + " ".join(words)

    def numpy(self, node, program):
        return program.scaled_product(node)

    def evaluate(self, node, ev):
        return arithmetic.product_of_all(map(ev, node.args))

    def form(self, node, reader):
        scalars = [reader.scalar(arg, {}, {}) for arg in node.args if not arg.is_Matrix]
        result = reduce(reader.matrix_product, [reader.form(arg) for arg in node.args if arg.is_Matrix])
        if not scalars:
            return result
        return reader.times(*scalars, result, rows=result.rows, cols=result.cols, sizes=result.sizes)

    def shape(self, node):
        matrices = [arg for arg in node.args if arg.is_Matrix]
        return shape(matrices[0])[0], shape(matrices[-1])[1]

    def check(self, node):
        check_factors(node, [arg for arg in node.args if arg.is_Matrix])

    def simplified(self, node):
        return product(*node.args) if any(isinstance(arg, (OneMatrix, Identity, MatMul)) for arg in node.args) else node

    def is_symmetric(self, node):
        """AᵀSA"""
        factors = [arg for arg in node.args if arg.is_Matrix]
        return same_size(*shape(node)) and all(
            left == right and is_symmetric(left) or left != right and transposed(left) == right
            for left, right in zip(factors, reversed(factors), strict=True)
        )

    def transposed(self, node):
        return transposed_product(node)

    def gain(self, node):
        return gain_inside(arg for arg in node.args if arg.is_Matrix)


def _all_transposed(factors):
    return [transposed(factor) if factor.is_Matrix else factor for factor in reversed(factors)]


def inner(left, right):
    """tr(leftᵀ right) as a scalar."""
    return trace(product(transposed(left), right))


@register(Transpose)
class Transposes(Multilinear):
    title = "transpose"
    mathematics = r"$Y = A^\top$ | $dY = dA^\top$ | $\bar A = \bar Y^\top$"
    needs_all = True

    def build(self, matrix):
        return transposed(matrix)

    def adjoint(self, node, k, adjoint, value):
        return transposed(adjoint)

    def plain(self, node, writer):
        return f"{writer.within(node.arg, ATOM)}'", POWER

    def is_operation(self, node):
        return True

    def latex(self, node, printer):
        if isinstance(node.arg, Inverse):
            return rf"{printer.base(node.arg.arg)}^{{-\top}}"
        return rf"{printer.base(node.arg)}^\top"

    def numpy(self, node, program):
        return f"{program.code(node.arg)}.T"

    def evaluate(self, node, ev):
        return arithmetic.transpose(ev(node.arg))

    def form(self, node, reader):
        return reader.transposed(reader.form(node.arg))

    def shape(self, node):
        return shape(node.arg)[::-1]

    def transposed(self, node):
        return node.arg

    def gain(self, node):
        return 1


@register(Trace)
class Traces(Multilinear):
    title = "trace"
    word = "tr"
    is_entry = True
    mathematics = r"$s = \operatorname{tr} A$ | $ds = \operatorname{tr} dA$ | $\bar A = \bar s\, I$"
    of_matrices = True

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

    def latex(self, node, printer):
        return printer.text(node.arg) if is_one_by_one(node.arg) else printer.call(r"\operatorname{tr}", node.arg)

    def numpy(self, node, program):
        if is_one_by_one(node.arg):
            return program.number(node.arg)
        return program.trace_of_product(node.arg) or program.call("numpy.trace", node.arg)

    def evaluate(self, node, ev):
        """The sum of the diagonal; the last product of several is not computed beyond it."""
        factors = _chain(node.arg)
        values = [ev(factor) for factor in factors]
        shapes = list(map(arithmetic.shape, values))
        if len(factors) < 2 or any(left[1] != right[0] for left, right in pairwise(shapes)):
            value = arithmetic.square(ev(node.arg), "trace")
            return sum(value[i][i] for i in range(len(value)))
        if shapes[0][0] != shapes[-1][1]:
            raise ValueError(f"the trace needs a square matrix, got {(shapes[0][0], shapes[-1][1])}")
        left, right = reduce(arithmetic.matmul, values[:-1]), arithmetic.transpose(values[-1])
        scalars = [arg for arg in node.arg.args if not arg.is_Matrix] if isinstance(node.arg, MatMul) else []
        diagonal = (sum(map(mul, row, column)) for row, column in zip(left, right, strict=True))
        return reduce(mul, map(ev, scalars), 1) * sum(diagonal)

    def called(self, reader, matrix):
        return Trace(reader.square(matrix, self.word)) if matrix.is_Matrix else matrix

    def scalar_form(self, node, reader, env, indices):
        form = reader.form(node.arg)
        if form.rows == (ZERO,):
            return as_scalar(form)
        names, summed = {}, []
        if len(form.rows) != len(form.cols):
            raise NotImplementedError("normal_form: Kronecker products of different splits")
        for i, j, size in zip(form.rows, form.cols, form.sizes[0], strict=True):
            k = reader.new_sum(size)
            summed.append(k)
            names.update({i: k, j: k})
        return reader.make((), (), reader.contracted(reader.with_indices(form, names), summed))

    def check(self, node):
        check_square(node)

    def simplified(self, node):
        return entry(node.arg) if is_one_by_one(node.arg) else node


def _chain(matrix):
    """The matrices of which this is the product."""
    if isinstance(matrix, MatPow) and matrix.exp == 2:
        return [matrix.base] * 2
    return [arg for arg in matrix.args if arg.is_Matrix] if isinstance(matrix, MatMul) else []


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
    code = "numpy.vdot"
    of_matrices = True

    def build(self, left, right):
        return trace(product(left if left.rows == 1 else transposed(left), _column(right)))

    def adjoint(self, node, k, adjoint, value):
        vector, other = node.args[k], node.args[1 - k]
        return scaled(adjoint, other if shape(other) == shape(vector) else transposed(other))

    def evaluate(self, node, ev):
        left, right = (sum(ev(arg), ()) for arg in node.args)
        return sum(map(mul, left, right))

    def scalar_form(self, node, reader, env, indices):
        left, right = (arg if arg.cols == 1 else Transpose(arg) for arg in node.args)
        return as_scalar(reader.form(MatMul(Transpose(left), right)))


def _column(vector):
    return vector if vector.cols == 1 else transposed(vector)
