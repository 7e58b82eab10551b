"""Nodes without arguments that change: symbols, matrices of ones, zeros and numbers, and parts of matrices."""

from sympy import FunctionMatrix, Identity, KroneckerDelta, MatrixSymbol, Mul, Number, OneMatrix, ZeroMatrix

from ..registry import register
from .record import ATOM, PRODUCT, Record


@register(Number)
class Numbers(Record):
    def plain(self, node, writer):
        return str(node), ATOM if node.is_Integer and node >= 0 else PRODUCT


@register(MatrixSymbol)
class MatrixSymbols(Record):
    def plain(self, node, writer):
        return node.name, ATOM


@register(Identity)
class Identities(Record):
    def plain(self, node, writer):
        return writer.call("I", node.rows)


@register(OneMatrix)
class Ones(Record):
    def plain(self, node, writer):
        return writer.call("ones", *node.shape)


@register(ZeroMatrix)
class Zeros(Record):
    def plain(self, node, writer):
        return writer.call("zeros", *node.shape)


@register(FunctionMatrix)
class EntryFormulas(Record):
    def plain(self, node, writer):
        """unit(n, k, i, j): a single one at row i and column j."""
        deltas = Mul.make_args(node.lamda.expr)
        places = [
            {*delta.args} - {variable}
            for variable in node.lamda.variables
            for delta in deltas
            if isinstance(delta, KroneckerDelta) and variable in delta.args
        ]
        if len(deltas) != 2 or len(places) != 2:
            return str(node), ATOM
        return writer.call("unit", *node.shape, *(place.pop() + 1 for place in places))
