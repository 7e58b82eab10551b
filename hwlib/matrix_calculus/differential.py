"""The differential of an expression, forward: dY of every node from the differentials of its arguments, each once."""

from sympy import Add, MatAdd, S, ZeroMatrix

from .nodes import record
from .shapes import shape
from .sharing import postorder


def differential_terms(expr, d, value=None):
    """The terms of dY for Y = expr, in the differentials d of its symbols; value is a name that stands for Y."""
    result = differential(expr, d, value)
    if result is None:
        return [ZeroMatrix(*shape(expr)) if expr.is_Matrix else S.Zero]
    return list(result.args) if isinstance(result, (MatAdd, Add)) else [result]


def differential(expr, d, value=None):
    """dY for Y = expr, None if it is constant. The arguments are as for `differential_terms`."""
    depends = {}
    for node in postorder(expr, lambda node: () if node in d else node.args):
        depends[node] = node in d or any(depends[arg] for arg in node.args)
    if not depends[expr]:
        return None
    found = dict(d)
    active = postorder(
        expr, lambda node: () if node in d else [arg for arg in record(node).arguments(node) if depends[arg]]
    )
    for node in active:
        if node not in d:
            found[node] = _of_node(node, found, value if value is not None and node == expr else node)
    return found[expr]


def _of_node(node, found, value):
    known = record(node)
    changes = enumerate(map(found.get, known.arguments(node)))
    parts = [known.differential(node, k, change, value) for k, change in changes if change is not None]
    return known.sum_of_changes(parts) if node.is_Matrix else Add(*parts)
