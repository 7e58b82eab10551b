r"""Matrix expressions in LaTeX as a book sets them: $\top$, $\odot$, $\operatorname{tr}$, names kept."""

from sympy import (
    Expr,
    Lambda,
    MatAdd,
    MatMul,
    Max,
    Min,
    Mul,
    OneMatrix,
    Symbol,
    Trace,
    exp,
    log,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardProduct
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from .doors import an_object
from .nodes.slopes import T
from .registry import record
from .shapes import is_one_by_one, shape
from .words import KNOWN
from .writing import hadamard_power, scaled, split

_STANDARD = {name: "\\" + name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")}
_STANDARD["sigmoid"] = r"\sigma"


def latex(expr, sizes=False):
    """The expression in LaTeX; with sizes, I and 𝟏 carry theirs, so that `notation.parse` reads it back."""
    printer = Printer()
    printer.sizes = sizes
    return printer.doprint(an_object(expr, "expr"))


def factors_in_latex(term):
    """A scalar term in LaTeX as pieces that a line may break between: c tr(A, B, …)."""
    coefficient, rest = term.as_coeff_Mul()
    if not isinstance(rest, Trace) or not isinstance(rest.arg, MatMul):
        return [latex(term)]
    printer, inner = Printer(), split(rest.arg)[1]
    words = [printer.within(factor, MatAdd, HadamardProduct) for factor in inner.args]
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


class Printer(LatexPrinter):
    """SymPy's printer, which asks the record of every node how it is set."""

    sizes = False

    def _print(self, expr, **kwargs):
        return record(expr).latex(expr, self) if isinstance(expr, Expr) else super()._print(expr, **kwargs)

    text = _print

    def as_usual(self, expr):
        """The node as SymPy sets it."""
        return super()._print(expr)

    def parenthesize(self, item, level, is_neg=False, strict=False):
        """A 1×1 product without its trace needs the brackets of what it is."""
        if is_trace_of_product(item):
            loose = isinstance(item.arg, MatAdd) or level > PRECEDENCE["Mul"]
            return _in_brackets(self._print(item)) if loose else self._print(item)
        return super().parenthesize(item, level, is_neg, strict)

    def within(self, expr, *loose):
        """The text, in brackets if it is of one of these types."""
        expr = self.shown(expr)
        text = self._print(expr)
        return _in_brackets(text) if isinstance(expr, loose) or text.startswith("-") else text

    def base(self, expr):
        """The text as it can be raised or have an index, in brackets if it shows an operator."""
        expr = self.shown(expr)
        return self.within(expr, *([type(expr)] if record(expr).is_operation(expr) else []))

    def call(self, command, *arguments):
        return command + _in_brackets(", ".join(map(self._print, arguments)))

    def ones(self, size):
        return rf"\mathbf 1_{{{self._print(size)}}}" if self.sizes else r"\mathbf 1"

    @staticmethod
    def shown(expr):
        """A composite function of every entry as the operations that are shown for it."""
        known = not isinstance(expr, ElementwiseApplyFunction) or expr.function(T) in KNOWN
        return expr if known else _spread(expr.function(T), expr.expr)

    def function_of_entries(self, node):
        body = node.function(T)
        name = KNOWN.get(body)
        if name is not None:
            return self.call(_STANDARD.get(name, rf"\operatorname{{{name}}}"), node.expr)
        shown = self.shown(node)
        if shown != node:
            return self._print(shown)
        if isinstance(body, (Max, Min)) and len(body.args) == 2 and T in body.args:
            number = next(arg for arg in body.args if arg != T)
            return rf"\{type(body).__name__.lower()}({self._print(number)}, {self._print(node.expr)})"
        return self.call(rf"\left({self._print(T)} \mapsto {self._print(body)}\right)_{{\odot}}", node.expr)

    def matrix_symbol(self, name):
        """A name; dX has an upright d, and ∂J/∂X is a fraction."""
        if name.startswith("∂"):
            above, below = (rf"\partial {self._deal_with_super_sub(part[1:])}" for part in name.split("/"))
            return rf"\frac{{{above}}}{{{below}}}"
        if name.startswith("d") and name[1:2].isalpha():
            return rf"\mathrm d {self._deal_with_super_sub(name[1:])}"
        return self._deal_with_super_sub(name)

    def _print_Symbol(self, expr):
        return r"\mathrm d J" if expr.name == "dJ" else super()._print_Symbol(expr)

    def _print_Mul(self, expr):
        if expr.is_Mul and any(is_trace_of_product(arg) for arg in expr.args):
            scalars = Mul(*[arg for arg in expr.args if not is_trace_of_product(arg)])
            inner = [arg for arg in expr.args if is_trace_of_product(arg)]
            words = " ".join(self.within(arg.arg, MatAdd) for arg in inner)
            if scalars == 1:
                return words
            if scalars == -1:
                return f"- {words}"
            return rf"{self._print(scalars)} {words}"
        return super()._print_Mul(expr)


def is_trace_of_product(expr):
    return isinstance(expr, Trace) and is_one_by_one(expr.arg)
