r"""Matrix expressions in LaTeX as a book sets them: $\top$, $\odot$, $\operatorname{tr}$, names kept."""

from sympy import (
    Add,
    Identity,
    Inverse,
    KroneckerProduct,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    Max,
    Min,
    Mul,
    OneMatrix,
    Symbol,
    Trace,
    Transpose,
    exp,
    log,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix
from sympy.matrices.expressions.hadamard import HadamardPower, HadamardProduct
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from .doors import an_object
from .nodes.entrywise import softmax_parts, sums_columns
from .nodes.slopes import T
from .words import KNOWN
from .writing import hadamard_power, is_one_by_one, same_size, scaled, shape, split

_STANDARD = {name: "\\" + name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")}
_STANDARD["sigmoid"] = r"\sigma"


def latex(expr, sizes=False):
    """The expression in LaTeX; with sizes, I and 𝟏 carry theirs, so that `notation.parse` reads it back."""
    printer = _Printer()
    printer.sizes = sizes
    return printer.doprint(an_object(expr, "expr"))


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


def _spread(body, matrix):
    """A function of every entry as operations entry by entry; a known function, or what is none, as it is."""
    if body == T:
        return matrix
    if not body.has(T):
        return scaled(body, OneMatrix(*shape(matrix)))
    if body.is_Add:
        return MatAdd(*[_spread(term, matrix) for term in body.args])
    if body.is_Mul:
        coefficient, rest = body.as_independent(T, as_Add=False)
        factors = [_spread(factor, matrix) for factor in Mul.make_args(rest)]
        return scaled(coefficient, factors[0] if len(factors) == 1 else HadamardProduct(*factors))
    if body in KNOWN:
        return ElementwiseApplyFunction(Lambda(T, body), matrix)
    if body.is_Pow and not body.exp.has(T):
        return hadamard_power(_spread(body.base, matrix), body.exp)
    if body.is_Pow:
        return _spread(exp(body.exp * log(body.base)), matrix)
    inner = [arg for arg in body.args if arg.has(T)]
    if body.is_Function and len(inner) == 1 and inner[0] != T:
        outer = body.func(*[T if arg == inner[0] else arg for arg in body.args])
        return ElementwiseApplyFunction(Lambda(T, outer), _spread(inner[0], matrix))
    return ElementwiseApplyFunction(Lambda(T, body), matrix)


_RAISED = (
    MatAdd,
    MatMul,
    HadamardProduct,
    HadamardPower,
    KroneckerProduct,
    DiagonalMatrix,
    Transpose,
    Inverse,
    MatPow,
)


def _shown(expr):
    """A composite function of every entry as the operations that are shown for it."""
    known = not isinstance(expr, ElementwiseApplyFunction) or expr.function(T) in KNOWN
    return expr if known else _spread(expr.function(T), expr.expr)


class _Printer(LatexPrinter):
    sizes = False

    def parenthesize(self, item, level, is_neg=False, strict=False):
        """A 1×1 product without its trace needs the brackets of what it is."""
        if is_trace_of_product(item):
            loose = isinstance(item.arg, MatAdd) or level > PRECEDENCE["Mul"]
            return _in_brackets(self._print(item)) if loose else self._print(item)
        return super().parenthesize(item, level, is_neg, strict)

    def _wrapped(self, expr, *loose):
        expr = _shown(expr)
        text = self._print(expr)
        return _in_brackets(text) if isinstance(expr, loose) or text.startswith("-") else text

    def _print_MatAdd(self, expr):
        expr = MatAdd(*[part for term in expr.args for part in MatAdd.make_args(_shown(term))])
        text, full = "", any(not isinstance(split(term)[1], (OneMatrix, Identity)) for term in expr.args)
        for term in sorted(expr.args, key=lambda term: bool(split(term)[0].could_extract_minus_sign())):
            coefficient, core = split(term)
            part = self._print(coefficient) if full and isinstance(core, OneMatrix) else self._print(term)
            text += part if not text else f" - {part[1:].lstrip()}" if part.startswith("-") else f" + {part}"
        return text

    def _print_MatMul(self, expr):
        coefficient, core = split(expr)
        factors = core.args if isinstance(core, MatMul) else (core,)
        words = [
            self._wrapped(factor, MatAdd, HadamardProduct, KroneckerProduct, DiagonalMatrix)
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
            inside, by_columns = parts[0], sums_columns(expr)
            softmax = self._call(r"\operatorname{softmax}", Transpose(inside).doit() if by_columns else inside)
            return rf"{softmax}^\top" if by_columns else softmax
        loose = (MatAdd, KroneckerProduct, DiagonalMatrix)
        words = [self._wrapped(arg, *loose, *([MatMul] if _is_ambiguous(arg) else [])) for arg in expr.args[1:]]
        return r" \odot ".join([self._wrapped(expr.args[0], *loose), *words])

    def _print_HadamardPower(self, expr):
        base = self._base(expr.args[0])
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
        expr = _shown(expr)
        raised = isinstance(expr, OneMatrix) and shape(expr)[1] != 1 or softmax_parts(expr) is not None
        return self._wrapped(expr, *_RAISED, *([type(expr)] if raised else []))

    def _print_OneMatrix(self, expr):
        rows, columns = shape(expr)
        column, row = self._ones(rows), rf"{self._ones(columns)}^\top"
        return column if columns == 1 else row if rows == 1 else f"{column} {row}"

    def _ones(self, size):
        return rf"\mathbf 1_{{{self._print(size)}}}" if self.sizes else r"\mathbf 1"

    def _print_Identity(self, expr):
        return f"I_{{{self._print(expr.rows)}}}" if self.sizes else "I"

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

    def _print_DiagonalMatrix(self, expr):
        return self._print_HadamardProduct(HadamardProduct(Identity(expr.rows), expr.args[0]))

    def _print_MatrixElement(self, expr):
        return rf"{self._base(expr.parent)}_{{{self._print(expr.i + 1)}, {self._print(expr.j + 1)}}}"

    def _print_DiagonalOf(self, expr):
        return self._call(r"\operatorname{diag}^{-1}", expr.args[0])

    def _print_ElementwiseApplyFunction(self, expr):
        body = expr.function(T)
        name = KNOWN.get(body)
        if name is not None:
            return self._call(_STANDARD.get(name, rf"\operatorname{{{name}}}"), expr.expr)
        shown = _shown(expr)
        if shown != expr:
            return self._print(shown)
        if isinstance(body, (Max, Min)) and len(body.args) == 2 and T in body.args:
            number = next(arg for arg in body.args if arg != T)
            return rf"\{type(body).__name__.lower()}({self._print(number)}, {self._print(expr.expr)})"
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
        if expr.is_Mul and any(is_trace_of_product(arg) for arg in expr.args):
            scalars = Mul(*[arg for arg in expr.args if not is_trace_of_product(arg)])
            inner = [arg for arg in expr.args if is_trace_of_product(arg)]
            words = " ".join(self._wrapped(arg.arg, MatAdd) for arg in inner)
            if scalars == 1:
                return words
            if scalars == -1:
                return f"- {words}"
            return rf"{self._print(scalars)} {words}"
        return super()._print_Mul(expr)


def _is_ambiguous(matrix):
    """Whether A ⊙ BC, with BC as the matrix, could be (A ⊙ B) C as well: B has the shape of BC."""
    factors = split(matrix)[1].args if isinstance(split(matrix)[1], MatMul) else ()
    return len(factors) > 1 and all(map(same_size, shape(factors[0]), shape(matrix)))


def is_trace_of_product(expr):
    return isinstance(expr, Trace) and is_one_by_one(expr.arg)
