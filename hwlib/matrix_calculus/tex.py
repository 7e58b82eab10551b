r"""Matrix expressions in LaTeX as a book sets them: $\top$, $\odot$, $\operatorname{tr}$, names kept."""

from sympy import (
    Add,
    Identity,
    Inverse,
    MatAdd,
    MatMul,
    MatPow,
    Mul,
    OneMatrix,
    Symbol,
    Trace,
    Transpose,
    sympify,
)
from sympy.matrices.expressions.hadamard import HadamardPower, HadamardProduct
from sympy.printing.latex import LatexPrinter

from .nodes.entrywise import softmax_parts
from .nodes.slopes import T
from .notation import KNOWN
from .writing import is_one_by_one, shape, split

_STANDARD = {name: "\\" + name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")}
_STANDARD["sigmoid"] = r"\sigma"


def latex(expr):
    """The expression in LaTeX."""
    return _Printer().doprint(sympify(expr))


def factors_in_latex(term):
    """A scalar term in LaTeX as pieces that a line may break between: c tr(A, B, …)."""
    coefficient, rest = term.as_coeff_Mul()
    if not isinstance(rest, Trace) or not isinstance(rest.arg, MatMul):
        return [latex(term)]
    printer, inner = _Printer(), split(rest.arg)[1]
    words = [printer._wrapped(factor, MatAdd, HadamardProduct) for factor in inner.args]
    front = latex(coefficient * split(rest.arg)[0] * Symbol("q")).removesuffix("q")
    if is_one_by_one(rest.arg):
        return [front + words[0], *words[1:]]
    return [rf"{front}\operatorname{{tr}}({words[0]}", *words[1:-1], words[-1] + ")"]


def _in_brackets(text):
    """The text in brackets, tall ones only around what is tall: narrow screens thank for every point."""
    return rf"\left({text}\right)" if r"\frac" in text or r"\sum" in text else f"({text})"


class _Printer(LatexPrinter):
    def _wrapped(self, expr, *loose):
        text = self._print(expr)
        return _in_brackets(text) if isinstance(expr, loose) or text.startswith("-") else text

    def _print_MatAdd(self, expr):
        text = ""
        for term in sorted(expr.args, key=lambda term: bool(split(term)[0].could_extract_minus_sign())):
            coefficient, core = split(term)
            part = self._print(coefficient) if isinstance(core, OneMatrix) else self._print(term)
            text += part if not text else f" - {part[1:].lstrip()}" if part.startswith("-") else f" + {part}"
        return text

    def _print_MatMul(self, expr):
        coefficient, core = split(expr)
        factors = core.args if isinstance(core, MatMul) else (core,)
        words = [
            self._wrapped(factor, MatAdd, HadamardProduct)
            for factor in factors
            if not (isinstance(factor, Identity) and is_one_by_one(factor))
        ]
        if coefficient == 1:
            return " ".join(words)
        sign = "- " if coefficient.could_extract_minus_sign() else ""
        coefficient = -coefficient if sign else coefficient
        if coefficient != 1 or not words:
            words.insert(0, self._wrapped(coefficient, Add))
        return sign + " ".join(words)

    def _print_HadamardProduct(self, expr):
        parts = softmax_parts(expr)
        if parts:
            return self._call(r"\operatorname{softmax}", parts[0])
        return r" \odot ".join(self._wrapped(arg, MatAdd) for arg in expr.args)

    def _print_HadamardPower(self, expr):
        base = self._wrapped(expr.args[0], MatAdd, MatMul, HadamardProduct, Transpose, HadamardPower)
        return rf"{base}^{{\odot {self._print(expr.args[1])}}}"

    def _print_Transpose(self, expr):
        if isinstance(expr.arg, Inverse):
            return rf"{self._base(expr.arg.arg)}^{{-\top}}"
        return rf"{self._base(expr.arg)}^\top"

    def _print_Inverse(self, expr):
        if isinstance(expr.arg, Transpose):
            return rf"{self._base(expr.arg.arg)}^{{-\top}}"
        return rf"{self._base(expr.arg)}^{{-1}}"

    def _print_MatPow(self, expr):
        return rf"{self._base(expr.base)}^{{{self._print(expr.exp)}}}"

    def _base(self, expr):
        return self._wrapped(expr, MatAdd, MatMul, HadamardProduct, Transpose, Inverse, MatPow, HadamardPower)

    def _print_OneMatrix(self, expr):
        rows, columns = shape(expr)
        return r"\mathbf 1" if columns == 1 else r"\mathbf 1^\top" if rows == 1 else r"\mathbf 1 \mathbf 1^\top"

    def _print_Identity(self, expr):
        return "I"

    def _print_ZeroMatrix(self, expr):
        return "0"

    def _print_Trace(self, expr):
        if is_one_by_one(expr.arg):
            return self._print(expr.arg)
        return self._call(r"\operatorname{tr}", expr.arg)

    def _print_Determinant(self, expr):
        return self._call(r"\det", expr.arg)

    def _print_KroneckerProduct(self, expr):
        return r" \otimes ".join(self._wrapped(arg, MatAdd, MatMul, HadamardProduct) for arg in expr.args)

    def _print_DiagMatrix(self, expr):
        return self._call(r"\operatorname{diag}", expr.args[0])

    def _print_DiagonalOf(self, expr):
        return self._call(r"\operatorname{diag}^{-1}", expr.args[0])

    def _print_ElementwiseApplyFunction(self, expr):
        body = expr.function(T)
        name = KNOWN.get(body)
        if name is not None:
            return self._call(_STANDARD.get(name, rf"\operatorname{{{name}}}"), expr.expr)
        return self._call(rf"\left({self._print(T)} \mapsto {self._print(body)}\right)_{{\odot}}", expr.expr)

    def _call(self, name, argument):
        return name + _in_brackets(self._print(argument))

    def _print_Symbol(self, expr):
        return r"\mathrm d J" if expr.name == "dJ" else super()._print_Symbol(expr)

    def _print_MatrixSymbol(self, expr):
        if expr.name.startswith("∂"):
            above, below = (rf"\partial {self._deal_with_super_sub(part[1:])}" for part in expr.name.split("/"))
            return rf"\frac{{{above}}}{{{below}}}"
        if expr.name.startswith("d") and len(expr.name) > 1 and expr.name[1:2].isalpha():
            return rf"\mathrm d {self._deal_with_super_sub(expr.name[1:])}"
        return self._deal_with_super_sub(expr.name)

    def _print_Mul(self, expr):
        if any(is_trace_of_product(arg) for arg in expr.args):
            scalars = Mul(*[arg for arg in expr.args if not is_trace_of_product(arg)])
            inner = [arg for arg in expr.args if is_trace_of_product(arg)]
            words = " ".join(self._wrapped(arg.arg, MatAdd) for arg in inner)
            if scalars == 1:
                return words
            if scalars == -1:
                return f"- {words}"
            return rf"{self._print(scalars)} {words}"
        return super()._print_Mul(expr)


def is_trace_of_product(expr):
    return isinstance(expr, Trace) and is_one_by_one(expr.arg)
