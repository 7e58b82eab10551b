"""What the engine knows about a kind of node, in one record, and the register of all of them."""

from sympy import Expr, Lambda, MatAdd, MatrixSymbol, S, Symbol, ZeroMatrix

from ..writing import alike, shape, total

RECORDS = []
_BY_TYPE = {}


class Record:
    """One kind of node Y of the arguments A, B, …; subclass it and `register` it for the type of the node.

    title is the name of its rule, mathematics the row of the rule table: ``node | differential | adjoints``.
    """

    title = mathematics = ""

    def arguments(self, node):
        """The arguments that may depend on X: the changes of Y come from theirs."""
        return [arg for arg in node.args if isinstance(arg, Expr) and not isinstance(arg, Lambda)]

    def differential(self, node, k, change, value):
        """The part of dY that comes from the change of argument k, linear in it. value is Y, or a name for it."""
        raise NotImplementedError(f"{type(node).__name__}: no differential for {node}")

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


class Multilinear(Record):
    """A node that is linear in each of its arguments, so that the product rule is its differential.

    Its adjoint, the transpose of that linear map, is written out.
    """

    def build(self, *args):
        """The node of these arguments in its short form."""
        raise NotImplementedError

    def differential(self, node, k, change, value):
        return self.build(*node.args[:k], change, *node.args[k + 1 :])


def register(*types, when=None):
    """Class decorator: this record is that of nodes of these SymPy types, or of those of them for which when holds."""

    def registered(cls):
        record_of_class = cls()
        RECORDS.append(record_of_class)
        for node_type in types:
            known = _BY_TYPE.setdefault(node_type, [])
            known.insert(0 if when else len(known), (when, record_of_class))
        return cls

    return registered


def record(node):
    """The record of a node; NotImplementedError names a node that has none."""
    found = _found(node)
    if found is None:
        raise NotImplementedError(f"{type(node).__name__}: no rule for {node}")
    return found


def _found(node):
    for node_type in type(node).__mro__:
        for when, known in _BY_TYPE.get(node_type, ()):
            if when is None or when(node):
                return known
    return None


def arguments(node):
    """The arguments of a node that may depend on X, of any node."""
    return (_found(node) or _NO_RECORD).arguments(node)


_NO_RECORD = Record()


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
