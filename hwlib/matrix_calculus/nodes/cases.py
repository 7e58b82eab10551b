"""Functions by cases, and the conditions of the cases."""

from sympy import Expr, KroneckerDelta, Piecewise, sympify
from sympy.core.relational import GreaterThan, LessThan, Relational, StrictGreaterThan, StrictLessThan
from sympy.logic.boolalg import BooleanFalse, BooleanFunction, BooleanTrue

from ..arithmetic import Undefined, to_sympy
from ..doors import shown
from ..registry import register
from ..signs import above, choose
from ..terms import DELTA
from .record import Record
from .scalars import ScalarFunctions

ORDER = (StrictGreaterThan, StrictLessThan, GreaterThan, LessThan)


@register(Piecewise)
class Cases(ScalarFunctions):
    def evaluate(self, node, ev):
        if any(isinstance(ev.scalar(side), Expr) for _, condition in node.args for side in condition.args):
            return node.func(*((to_sympy(ev.scalar(value)), ev(condition)) for value, condition in node.args))
        for value, condition in node.args:
            if ev(condition):
                return ev.scalar(value)
        raise Undefined(f"no case of {shown(node)} applies")

    def scalar_form(self, node, reader, env, indices):
        result = None
        for value, condition in reversed(node.args):
            form = reader.scalar(value, env, indices)
            if condition == True:  # noqa: E712  SymPy's own true
                result = form
            elif result is not None and isinstance(
                condition, (StrictGreaterThan, GreaterThan, StrictLessThan, LessThan)
            ):
                strict = isinstance(condition, ORDER[:2])
                difference = reader.scalar(condition.gts - condition.lts, env, indices)
                result = choose(reader, above(reader, difference, strict), form, result)
            else:
                raise NotImplementedError(f"normal_form: Piecewise with the condition {condition}")
        return result


@register(KroneckerDelta)
class Deltas(ScalarFunctions):
    def evaluate(self, node, ev):
        return int(ev.scalar(node.args[0]) == ev.scalar(node.args[1]))

    def scalar_form(self, node, reader, env, indices):
        slots = tuple(indices.get(arg, ("=", arg)) for arg in node.args)
        return reader.leaf_form(DELTA, slots)


@register(Relational)
class Relations(Record):
    def evaluate(self, node, ev):
        sides = [ev.scalar(node.lhs), ev.scalar(node.rhs)]
        holds = node.func(*map(to_sympy, sides))
        return holds if any(isinstance(side, Expr) for side in sides) else bool(holds)


@register(BooleanFunction)
class Connectives(Record):
    def evaluate(self, node, ev):
        return bool(node.func(*(sympify(ev(arg)) for arg in node.args)))


@register(BooleanTrue, BooleanFalse)
class TruthValues(Record):
    def evaluate(self, node, ev):
        return bool(node)
