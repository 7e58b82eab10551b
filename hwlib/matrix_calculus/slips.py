"""The common slips, each as one edit of the right answer: which of them turns it into the reader's?"""

from __future__ import annotations

from itertools import combinations

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from .notation import write


def edits(node, symbols, names):
    """(what went wrong, the expression with it) for every single slip inside a matrix expression.

    The expression is None where its shapes would not fit.

    symbols: what may stand where another symbol should; names: {subexpression: its name}, for the words.
    """
    if isinstance(node, sp.MatrixSymbol):
        yield from _edits_of_symbol(node, symbols)
    yield from _edits_here(node, lambda expr: f"`{write(expr, names)}`")
    if isinstance(node, ElementwiseApplyFunction):
        inside = [1]
    elif isinstance(node, sp.MatPow):
        inside = [0]
    elif isinstance(node, (sp.MatAdd, sp.MatMul, sp.HadamardProduct, sp.Transpose, sp.Inverse, sp.HadamardPower)):
        inside = [i for i, arg in enumerate(node.args) if arg.is_Matrix]
    else:
        inside = []
    for i in inside:
        for slip, changed in edits(node.args[i], symbols, names):
            yield slip, _made(node.func, *node.args[:i], changed, *node.args[i + 1 :])


def _edits_of_symbol(node, symbols):
    if 1 not in node.shape:
        yield f"`{node.name}` should not be transposed", sp.Transpose(node)
    for other in symbols:
        if other != node and other.shape == node.shape:
            yield f"`{other.name}` stands where `{node.name}` should", other


def _edits_here(node, text):
    if isinstance(node, sp.Transpose):
        yield f"the transpose of {text(node.arg)} is missing", node.arg
    elif isinstance(node, sp.Inverse):
        yield f"the inverse of {text(node.arg)} is missing", node.arg
    elif isinstance(node, sp.MatAdd):
        for i, term in enumerate(node.args):
            others = node.args[:i] + node.args[i + 1 :]
            yield f"the term {text(term)} is missing", _joined(sp.MatAdd, others)
            yield f"the term {text(term)} has the wrong sign", sp.MatAdd(*others, sp.MatMul(-1, term))
    elif isinstance(node, sp.HadamardProduct):
        for number in (1, 2):
            for left_out in combinations(node.args, number):
                kept = [f for f in node.args if f not in left_out]
                if kept:
                    factor = text(_joined(sp.HadamardProduct, left_out))
                    yield f"the factor {factor}, entry by entry, is missing", _joined(sp.HadamardProduct, kept)
    elif isinstance(node, sp.MatMul):
        yield from _edits_of_product(node, text)


def _edits_of_product(node, text):
    scalar, matrices = node.as_coeff_matrices()
    for factor in sp.Mul.make_args(scalar):
        if not factor.is_number:
            yield f"the factor {text(factor)} is missing", sp.MatMul(scalar / factor, *matrices)
    for i, (left, right) in enumerate(zip(matrices, matrices[1:], strict=False)):
        swapped = _made(sp.MatMul, scalar, *matrices[:i], right, left, *matrices[i + 2 :])
        yield f"{text(left)} and {text(right)} are in the wrong order", swapped
    for i, factor in enumerate(matrices):
        if len(matrices) > 1 and factor.rows == factor.cols:
            yield f"the factor {text(factor)} is missing", _made(sp.MatMul, scalar, *matrices[:i], *matrices[i + 1 :])


def _made(node_type, *arguments):
    try:
        return None if None in arguments else node_type(*arguments)
    except ValueError:
        return None


def _joined(node_type, arguments):
    return arguments[0] if len(arguments) == 1 else node_type(*arguments)
