"""Each expression one object: walks that visit every node once, however often it is used.

SymPy compares two networks that were built apart as trees, which takes forever where layers share their inputs.
What is the same object needs no comparison.
"""

import operator

from sympy import Basic, Identity, Lambda, MatrixSymbol, Sum, Symbol, ZeroMatrix
from sympy.matrices.matrixbase import MatrixBase

LEAVES = (MatrixSymbol, Symbol, Identity, ZeroMatrix, MatrixBase)
REMEMBERED = 200_000  # nodes; a network of a hundred layers has some thousand

_by_id, _by_content = {}, {}


def children(node):
    """The arguments that are expressions of their own: the body of a function or a sum is none."""
    if isinstance(node, (*LEAVES, Sum)):
        return ()
    return [arg for arg in node.args if isinstance(arg, Basic) and not isinstance(arg, Lambda)]


def postorder(root, children=children, key=lambda node: node):
    """Every node once, after its children; no recursion, so depth does not matter. key says what is the same node."""
    seen, stack = set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            yield node
        elif key(node) not in seen:
            seen.add(key(node))
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(list(children(node))))


def every_node(*expressions):
    """Every node of some expressions once, those in the bodies of functions too; SymPy's own walks visit the tree."""
    return {id(node): node for expr in expressions for node in postorder(expr, lambda node: node.args, key=id)}.values()


def one_object(expr):
    """The one object that stands for all expressions equal to this one."""
    if len(_by_id) > REMEMBERED:
        _by_id.clear()
        _by_content.clear()
    for node in postorder(expr, lambda node: () if id(node) in _by_id else children(node), key=id):
        if id(node) not in _by_id:
            args = [_by_id[id(arg)][0] if id(arg) in _by_id else arg for arg in node.args]
            leaf = isinstance(node, LEAVES) or not any(id(arg) in _by_id for arg in args)
            content = node if leaf else (type(node), *[id(arg) if id(arg) in _by_id else arg for arg in args])
            if content not in _by_content:
                changed = not leaf and any(map(operator.is_not, args, node.args))
                _by_content[content] = node.func(*args) if changed else node
            same = _by_content[content]
            _by_id[id(node)] = same, node  # the second keeps the id from being given to another object
            _by_id[id(same)] = same, same
    return _by_id[id(expr)][0]


def free_symbols(expr):
    """The free symbols of an expression that is one object: SymPy's own property walks the tree."""
    found = set()
    for node in postorder(expr):
        for part in node.args if children(node) else [node]:
            if isinstance(part, Lambda) or part is node:
                found |= part.free_symbols
    return found
