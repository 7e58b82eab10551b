"""Functions of scalars whose identities a proof may use."""

from sympy import Abs, cos, cot, csc, exp, log, sec, sign, sin, tan
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from ..registry import register
from ..signs import modulus
from ..signs import sign as sign_form
from .scalars import ScalarFunctions


@register(log)
class Logarithms(ScalarFunctions):
    def scalar_form(self, node, reader, env, indices):
        return reader.logarithm(reader.scalar(node.args[0], env, indices))


@register(sign)
class Signs(ScalarFunctions):
    def scalar_form(self, node, reader, env, indices):
        return sign_form(reader, reader.scalar(node.args[0], env, indices))


@register(Abs)
class AbsoluteValues(ScalarFunctions):
    def scalar_form(self, node, reader, env, indices):
        return modulus(reader, reader.scalar(node.args[0], env, indices))


@register(sin, cos)
class SinesAndCosines(ScalarFunctions):
    def scalar_form(self, node, reader, env, indices):
        return reader.circular(reader.scalar(node.args[0], env, indices), isinstance(node, sin))


@register(tan, cot, sec, csc)
class Quotients(ScalarFunctions):
    def scalar_form(self, node, reader, env, indices):
        angle = node.args[0]
        above = sin(angle) if isinstance(node, tan) else cos(angle) if isinstance(node, cot) else 1
        below = sin(angle) if isinstance(node, (cot, csc)) else cos(angle)
        return reader.scalar(above / below, env, indices)


@register(HyperbolicFunction)
class HyperbolicFunctions(ScalarFunctions):
    def scalar_form(self, node, reader, env, indices):
        return reader.scalar(node.rewrite(exp), env, indices)
