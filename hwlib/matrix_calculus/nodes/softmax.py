"""Softmax along rows or columns, and its logarithm: special cases with a shorter calculus."""

from sympy import HadamardProduct, Transpose, log
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from ..registry import register
from ..writing import hadamard, scaled, total
from .entrywise import Functions, HadamardProducts, softmax_parts, sums_columns
from .slopes import T


def is_log_softmax(node):
    return node.function(T) == log(T) and softmax_parts(node.expr) is not None


@register(HadamardProduct, when=softmax_parts)
class Softmaxes(HadamardProducts):
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

    def latex(self, node, printer):
        inside, by_columns = softmax_parts(node)[0], sums_columns(node)
        text = printer.call(r"\operatorname{softmax}", Transpose(inside).doit() if by_columns else inside)
        return text + r"^\top" * by_columns


@register(ElementwiseApplyFunction, when=is_log_softmax)
class LogSoftmaxes(Functions):
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
