"""Functions of scalars, that is of the traces, determinants and entries in them."""

from sympy import Derivative, Determinant, Dummy, Lambda, MatrixSymbol, Pow, Subs, Symbol, Trace
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import Application
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement

from .record import Record, register
from .slopes import derivative

MATRIX_SCALARS = (Trace, Determinant, MatrixElement, DotProduct)


def is_scalar_symbol(node):
    """Whether this is a symbol for a real number, which a derivative can be taken by; a size is none."""
    return isinstance(node, Symbol) and node.is_integer is not True


@register(Pow, Application)
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
            raise NotImplementedError(f"{type(node).__name__}: no rule for {node}")
        return []
    return list(dict.fromkeys(atom for arg in node.args for atom in scalar_atoms(arg)))
