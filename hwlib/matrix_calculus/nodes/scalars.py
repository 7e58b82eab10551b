"""Functions of scalars, that is of the traces, determinants and entries in them."""

from sympy import (
    Derivative,
    Dummy,
    E,
    Expr,
    Heaviside,
    KroneckerDelta,
    Lambda,
    MatrixSymbol,
    Max,
    Min,
    Mul,
    Pow,
    S,
    Subs,
    Sum,
    Symbol,
    exp,
)
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import Application, AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement

from .. import arithmetic
from ..doors import shown
from ..registry import record, register
from ..signs import choose, step
from ..signs import sign as sign_form
from ..terms import largest, rename
from .record import POWER, PRODUCT, Multilinear, Record
from .slopes import derivative


def is_scalar_symbol(node):
    """Whether this is a symbol for a real number, which a derivative can be taken by; a size is none."""
    return isinstance(node, Symbol) and node.is_integer is not True


@register(Mul)
class ScalarProducts(Multilinear):
    title = "product of scalars"
    mathematics = r"$s = a\, b$ | $ds = b\, da + a\, db$ | $\bar a = \bar s\, b,\; \bar b = \bar s\, a$"
    needs_all = True

    def build(self, *factors):
        return Mul(*factors)

    def adjoint(self, node, k, adjoint, value):
        return Mul(adjoint, *node.args[:k], *node.args[k + 1 :])

    def reason(self, node):
        return "quotient" if any(factor.is_Pow and factor.exp.is_negative for factor in node.args) else self.title

    def plain(self, node, writer):
        return writer.product(node)

    def evaluate(self, node, ev):
        return arithmetic.product_of_all(map(ev, node.args))

    def scalar_form(self, node, reader, env, indices):
        forms = [reader.scalar(arg, env, indices) for arg in node.args]
        like = largest(forms)
        return reader.times(*forms, rows=like.rows, cols=like.cols, sizes=like.sizes)


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

    def latex(self, node, printer):
        return printer.as_usual(node)

    def numpy(self, node, program):
        return program.scalar(node)

    def evaluate(self, node, ev):
        if isinstance(node, AppliedUndef):
            raise NotImplementedError(f"{shown(node)} has no value: {node.func} is not a known function")
        return arithmetic.apply(node.func, *map(ev.scalar, node.args))


@register(Pow)
class ScalarPowers(ScalarFunctions):
    needs_all = True

    def plain(self, node, writer):
        if node.exp == S.Half:
            return writer.root(node.base)
        if node.exp.could_extract_minus_sign():
            return f"1/{writer.within(1 / node, POWER)}", PRODUCT
        return writer.raised(node.base, node.exp)

    def evaluate(self, node, ev):
        base = ev(node.base)
        if isinstance(base, tuple):
            return arithmetic.matrix_power(base, ev.scalar(node.exp))
        if node.base is E:
            return arithmetic.apply(exp, ev.scalar(node.exp))
        return arithmetic.power(base, ev.scalar(node.exp))

    def scalar_form(self, node, reader, env, indices):
        base, exponent = node.args
        if exponent.has(*env, MatrixSymbol):
            logarithm = reader.logarithm(reader.scalar(base, env, indices))
            return reader.exponential(reader.times(reader.scalar(exponent, env, indices), logarithm))
        return reader.power(reader.scalar(base, env, indices), exponent)


@register(exp)
class Exponentials(ScalarFunctions):
    def plain(self, node, writer):
        return writer.call("exp", node.exp)

    def evaluate(self, node, ev):
        return arithmetic.apply(exp, ev.scalar(node.exp))

    def scalar_form(self, node, reader, env, indices):
        return reader.exponential(reader.scalar(node.args[0], env, indices))


@register(Max, Min)
class Extremes(ScalarFunctions):
    def plain(self, node, writer):
        if isinstance(node, Max) and len(node.args) == 2 and S.Zero in node.args:
            return writer.call("relu", next(arg for arg in node.args if arg != 0))
        return writer.call(type(node).__name__.lower(), *node.args)

    def evaluate(self, node, ev):
        values = [ev.scalar(arg) for arg in node.args]
        if any(isinstance(value, Expr) for value in values):
            return node.func(*map(arithmetic.to_sympy, values))
        return (max if isinstance(node, Max) else min)(values, key=arithmetic.to_mpf)

    def scalar_form(self, node, reader, env, indices):
        forms = [reader.scalar(arg, env, indices) for arg in node.args]
        best, least = forms[0], isinstance(node, Min)
        for form in forms[1:]:
            larger, smaller = (form, best) if least else (best, form)
            best = choose(reader, step(reader, reader.add(larger, reader.scale(S.NegativeOne, smaller))), best, form)
        return best


@register(Heaviside)
class Steps(ScalarFunctions):
    def plain(self, node, writer):
        return writer.call("step", node.args[0])

    def evaluate(self, node, ev):
        value = ev.scalar(node.args[0])
        if isinstance(value, Expr):
            return Heaviside(value, *node.args[1:])
        return int(value > 0) if value != 0 else ev.scalar(node.args[1])

    def scalar_form(self, node, reader, env, indices):
        form = reader.scalar(node.args[0], env, indices)
        at_zero = node.args[1] if len(node.args) > 1 else S.Half
        result = step(reader, form)
        if at_zero == S.Half:
            return result
        sign = sign_form(reader, form)
        gap = reader.add(reader.number(S.One, form), reader.scale(S.NegativeOne, reader.times(sign, sign)))
        return reader.add(result, reader.scale(at_zero - S.Half, gap))


@register(Sum)
class SumsOverEntries(Record):
    def numpy(self, node, program):
        return program.sum_over_entries(node)

    def evaluate(self, node, ev):
        (index, low, high), *rest = reversed(node.limits)
        inner = Sum(node.function, *reversed(rest)) if rest else node.function
        return sum(ev.bound([index], inner, [i]) for i in range(ev.size(low), ev.size(high) + 1))

    def scalar_form(self, node, reader, env, indices):
        """A sum over all values of an index of entries."""
        inner, names = dict(indices), {}
        for symbol, low, high in node.limits:
            if low != 0:
                raise NotImplementedError(f"normal_form: a sum that does not start at 0 in {shown(node)}")
            inner[symbol] = f"s{next(reader.fresh)}"
            names[inner[symbol]] = reader.new_sum(high + 1)
            reader.size_of[inner[symbol]] = high + 1
        only_as_indices(node.function, inner)
        body = reader.scalar(node.function, env, inner)
        terms = [(c, rename(factors, names)) for c, factors in body.terms.values()]
        return reader.make((), (), reader.contracted(terms, list(names.values())))


def only_as_indices(node, indices):
    """NotImplementedError if a summed symbol stands anywhere but as an index of an entry."""
    if isinstance(node, MatrixElement):
        node = node.args[0]
    elif isinstance(node, KroneckerDelta):
        return
    if node in indices:
        raise NotImplementedError(f"normal_form: the summed index {node} outside of entries")
    for arg in node.args:
        only_as_indices(arg, indices)


def _put_back(expr, back):
    """The stand-ins of an expression replaced; a derivative of an unknown function is taken at them."""
    if not expr.has(Derivative):
        return expr.xreplace(back)
    inside = [symbol for symbol in back if expr.has(symbol)]
    return Subs(expr, inside, [back[symbol] for symbol in inside])


def scalar_atoms(node):
    """The symbols, traces, determinants, entries … that a scalar expression is a function of."""
    if record(node).of_matrices or is_scalar_symbol(node):
        return [node]
    if isinstance(node, (ExprWithLimits, Derivative, Subs, Lambda)):
        if node.atoms(MatrixSymbol):
            raise NotImplementedError(f"{type(node).__name__}: no rule for {shown(node)}")
        return []
    return list(dict.fromkeys(atom for arg in node.args for atom in scalar_atoms(arg)))
