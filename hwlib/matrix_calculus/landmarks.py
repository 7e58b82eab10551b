"""Where expressions change their nature: what must be positive for them to be real, and where their kinks are."""

from __future__ import annotations

from itertools import combinations

import sympy as sp
from sympy.core.relational import Relational
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from .sharing import every_node, postorder

_VARIABLES = (sp.Symbol, sp.MatrixSymbol)
KINKED = (sp.Abs, sp.sign, sp.Heaviside)


def positive_arguments(*expressions):
    """Scalar or matrix expressions that must be positive, entry by entry, for these to be real and smooth."""
    return _found(expressions, _must_be_positive)


def kink_arguments(*expressions):
    """Scalar or matrix expressions at whose sign changes, entry by entry, these have a kink or a jump."""
    return _found(expressions, _changes_sign)


def constants(*expressions):
    """The absolute values of the numbers in kinks and domains, such as 5 for relu(x − 5); the smallest first."""
    arguments = [*kink_arguments(*expressions), *positive_arguments(*expressions)]
    found = [node for argument in arguments for node in postorder(argument, _without_shapes, key=id)]
    numbers = {node for node in found if isinstance(node, sp.Rational)}
    return sorted({abs(number) for number in numbers if number not in (0, -1)})


def _without_shapes(node):
    return () if isinstance(node, (sp.MatrixSymbol, sp.OneMatrix, sp.Identity, sp.ZeroMatrix)) else node.args


def _found(expressions, arguments_of):
    """The arguments that a table of nodes names, also inside functions that are applied to every entry."""
    found = {}
    for expr in expressions:
        for node in postorder(expr, lambda node: [arg for arg in node.args if not isinstance(arg, sp.Lambda)]):
            found.update(dict.fromkeys(arguments_of(node)))
            if isinstance(node, ElementwiseApplyFunction):
                variable, body = node.function.variables[0], node.function.expr
                for part in postorder(body, lambda node: node.args):
                    for argument in arguments_of(part):
                        found[_applied(variable, argument, node.expr)] = None
    return [argument for argument in found if any(isinstance(node, _VARIABLES) for node in every_node(argument))]


def _applied(variable, body, matrix):
    if body == variable:
        return matrix
    return ElementwiseApplyFunction(sp.Lambda(variable, body), matrix) if variable in body.free_symbols else body


def _must_be_positive(node):
    if isinstance(node, sp.log):
        yield node.args[0]
    elif isinstance(node, (sp.Pow, sp.HadamardPower)) and node.args[1].is_integer is not True:
        if node.args[0] is not sp.E:
            yield node.args[0]
    elif isinstance(node, (sp.asin, sp.acos, sp.atanh)):
        yield 1 - node.args[0] ** 2
    elif isinstance(node, sp.acosh):
        yield node.args[0] - 1


def _changes_sign(node):
    if isinstance(node, KINKED):
        yield node.args[0]
    elif isinstance(node, (sp.Max, sp.Min)):
        for left, right in combinations(node.args, 2):
            yield left - right
    elif isinstance(node, Relational):
        yield node.lhs - node.rhs
