"""What the engine knows about a kind of node, in one record."""

from sympy import Basic, Expr, Lambda, MatAdd, MatrixSymbol, S, Symbol, ZeroMatrix

from ..doors import shown
from ..registry import record, register
from ..writing import alike, shape, total

SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly the outermost operation of a text binds


@register(Basic)
class Record:
    """One kind of node Y of the arguments A, B, …; subclass it and `register` it for the type of the node.

    title is the name of its rule, mathematics the row of the rule table: ``node | differential | adjoints``.
    word is its function in plain notation.
    """

    title = mathematics = word = ""
    is_entry = False  # whether a scalar node stands for a 1×1 matrix, its argument, where that is one

    # ---- the calculus

    def arguments(self, node):
        """The arguments that may depend on X: the changes of Y come from theirs."""
        return [arg for arg in node.args if isinstance(arg, Expr) and not isinstance(arg, Lambda)]

    def differential(self, node, k, change, value):
        """The part of dY that comes from the change of argument k, linear in it. value is Y, or a name for it."""
        raise NotImplementedError(f"{type(node).__name__}: no rule for {shown(node)}")

    def adjoint(self, node, k, adjoint, value):
        """What argument k receives where Y has the adjoint Ȳ, dJ = tr(Ȳᵀ dY) + …: the transpose of `differential`."""
        return _transposed(node, k, self.differential, adjoint, value)

    def sum_of_changes(self, parts):
        """dY of a matrix as the sum of the parts from its arguments, as the product rule leaves it."""
        distinct = len(set(map(alike, parts))) == len(parts) > 1
        return MatAdd(*parts) if distinct else total(*parts)

    def reason(self, node):
        """The rule that a line of a derivation names when it takes the differential of this node."""
        return self.title

    # ---- the faces

    def plain(self, node, writer):
        """(text in plain notation, how tightly it binds); writer is `plain.Writer`."""
        return writer.call(self.word, *self.arguments(node)) if self.word else (str(node), ATOM)


class Multilinear(Record):
    """A node that is linear in each of its arguments, so that the product rule is its differential.

    Its adjoint, the transpose of that linear map, is written out.
    """

    def build(self, *args):
        """The node of these arguments in its short form."""
        raise NotImplementedError

    def differential(self, node, k, change, value):
        return self.build(*node.args[:k], change, *node.args[k + 1 :])


def arguments(node):
    """The arguments of a node that may depend on X, of any node."""
    return record(node).arguments(node)


# ---------------------------------------------------------------- the transpose of a differential


def _transposed(node, k, differential, adjoint, value):
    """The adjoint of argument k: the linear nodes between dY and the change of that argument, transposed one by one."""
    argument = arguments(node)[k]
    change = MatrixSymbol("change_", *shape(argument)) if argument.is_Matrix else Symbol("change_", real=True)
    old = {value, node, *node.args, *(part for arg in node.args for part in arg.args)}

    def changes(expr):
        return expr == change or expr not in old and any(map(changes, expr.args))

    def passed(expr, received):
        if expr == change:
            return received
        linear = record(expr)
        parts = [
            passed(part, linear.adjoint(expr, place, received, expr))
            for place, part in enumerate(linear.arguments(expr))
            if changes(part)
        ]
        if parts:
            return total(*reversed(parts)) if argument.is_Matrix else sum(parts)
        return ZeroMatrix(*shape(argument)) if argument.is_Matrix else S.Zero

    return passed(differential(node, k, change, value), adjoint)
