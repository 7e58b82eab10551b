"""Functions of scalars, that is of the traces, determinants and entries in them."""

from sympy import (
    Derivative,
    Determinant,
    Dummy,
    Heaviside,
    Lambda,
    MatrixSymbol,
    Max,
    Min,
    Mul,
    Pow,
    S,
    Subs,
    Symbol,
    Trace,
    exp,
)
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import Application
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement

from ..doors import shown
from ..registry import register
from .record import POWER, PRODUCT, Multilinear, Record
from .slopes import derivative

MATRIX_SCALARS = (Trace, Determinant, MatrixElement, DotProduct)


def is_scalar_symbol(node):
    """Whether this is a symbol for a real number, which a derivative can be taken by; a size is none."""
    return isinstance(node, Symbol) and node.is_integer is not True


@register(Mul)
class ScalarProducts(Multilinear):
    title = "product of scalars"
    mathematics = r"$s = a\, b$ | $ds = b\, da + a\, db$ | $\bar a = \bar s\, b,\; \bar b = \bar s\, a$"

    def build(self, *factors):
        return Mul(*factors)

    def adjoint(self, node, k, adjoint, value):
        return Mul(adjoint, *node.args[:k], *node.args[k + 1 :])

    def reason(self, node):
        return "quotient" if any(factor.is_Pow and factor.exp.is_negative for factor in node.args) else self.title

    def plain(self, node, writer):
        return writer.product(node)


@register(Application)
class ScalarFunctions(Record):
    title = "function of scalars"
    mathematics = r"$s = f(a, b)$ | $ds = f_a\, da + f_b\, db$ | $\bar a = \bar s\, f_a,\; \bar b = \bar s\, f_b$"

    def arguments(self, node):
        return scalar_atoms(node)

    def differential(self, node, k, change, value):
        atoms = scalar_atoms(node)
        inside = (atom for atom in atoms if not atom.is_Symbol)
        stand_ins = {atom: Dummy(f"a{position}", real=True) for position, atom in enumerate(inside)}
        back = {stand_in: atom for atom, stand_in in stand_ins.items()}
        variable = stand_ins.get(atoms[k], atoms[k])
        return change * _put_back(derivative(node.xreplace(stand_ins), variable), back)

    def plain(self, node, writer):
        return writer.function(node)


@register(Pow)
class ScalarPowers(ScalarFunctions):
    def plain(self, node, writer):
        if node.exp == S.Half:
            return writer.root(node.base)
        if node.exp.could_extract_minus_sign():
            return f"1/{writer.within(1 / node, POWER)}", PRODUCT
        return writer.raised(node.base, node.exp)


@register(exp)
class Exponentials(ScalarFunctions):
    word = "exp"

    def plain(self, node, writer):
        return writer.call(self.word, node.exp)


@register(Max, Min)
class Extremes(ScalarFunctions):
    def plain(self, node, writer):
        if isinstance(node, Max) and len(node.args) == 2 and S.Zero in node.args:
            return writer.call("relu", next(arg for arg in node.args if arg != 0))
        return writer.call(type(node).__name__.lower(), *node.args)


@register(Heaviside)
class Steps(ScalarFunctions):
    word = "step"

    def plain(self, node, writer):
        return writer.call(self.word, node.args[0])


def _put_back(expr, back):
    """The stand-ins of an expression replaced; a derivative of an unknown function is taken at them."""
    if not expr.has(Derivative):
        return expr.xreplace(back)
    inside = [symbol for symbol in back if expr.has(symbol)]
    return Subs(expr, inside, [back[symbol] for symbol in inside])


def scalar_atoms(node):
    """The symbols, traces, determinants, entries … that a scalar expression is a function of."""
    if isinstance(node, MATRIX_SCALARS) or is_scalar_symbol(node):
        return [node]
    if isinstance(node, (ExprWithLimits, Derivative, Subs, Lambda)):
        if node.atoms(MatrixSymbol):
            raise NotImplementedError(f"{type(node).__name__}: no rule for {shown(node)}")
        return []
    return list(dict.fromkeys(atom for arg in node.args for atom in scalar_atoms(arg)))
