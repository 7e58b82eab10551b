"""Gradients of scalar functions of matrices, of any size: adjoints over the expression, one rule a node.

Adjoints run from J back to X. Every node is visited once, however often it is used, so the cost is linear in the
expression as it is stored, not as it is written out.
"""
from sympy import (
    Add,
    Adjoint,
    Basic,
    Determinant,
    DiagMatrix,
    Expr,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    Mul,
    Q,
    Rational,
    S,
    Sum,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    assuming,
    sympify,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.matrixbase import MatrixBase

from .rules import MATRIX_SCALARS, T, arguments_of, rule_of
from .writing import entry, inverse, is_symmetric, power, same_size, scaled, total, transposed


def gradient(J, X, symmetric=False):
    """The gradient ∂J/∂X, a matrix expression of X's own shape: dJ = tr((∂J/∂X)ᵀ dX).

    Parameters
    ----------
    J : a scalar or 1×1 SymPy expression over real matrix symbols with symbolic or integer sizes.
    X : the MatrixSymbol to differentiate with respect to.
    symmetric : if True, or under ``assuming(Q.symmetric(X))``, X is a symmetric matrix, and so is the result:
        the symmetric G with dJ = tr(G dX) for every symmetric dX. (Not the derivative by the independent
        entries, which counts the entries off the diagonal twice.)

    Raises
    ------
    ValueError : J is no scalar, X no matrix symbol, or shapes cannot agree.
    NotImplementedError : names the node that has no rule.
    """
    X = matrix_symbol(X)
    if symmetric:
        with assuming(Q.symmetric(X)):
            return gradient(J, X)
    J = scalar(J)
    found = adjoints(J, S.One if not J.is_Matrix else Identity(1), [X])[X]
    if is_symmetric(X) and X.shape != (1, 1):
        return scaled(Rational(1, 2), total(found, transposed(found)))
    return found


def adjoints(root, adjoint, targets):
    """For each target the total of what the rules pass back to it when root has the given adjoint."""
    targets = list(targets)
    order, active = _dependent_nodes(root, targets)
    received = {root: [adjoint]} if root in active else {}
    for node in reversed(order):
        if node in targets:
            continue
        here = combined(received.pop(node))
        for argument, contribution in rule_of(node)(node, here):
            if argument in active:
                value = contribution() if callable(contribution) else contribution
                received.setdefault(argument, []).append(value)
    return {target: combined(received[target]) if target in received else ZeroMatrix(*target.shape)
            for target in targets}


def combined(contributions):
    """The sum of the adjoints that a node received."""
    if not contributions[0].is_Matrix:
        return Add(*contributions)
    return total(*contributions) if len(contributions) > 1 else contributions[0]


def _dependent_nodes(root, targets):
    """The nodes that depend on a target, arguments first, and the set of them."""
    depends = {target: True for target in targets}
    for node in postorder(root, lambda node: () if node in depends else node.args):
        depends[node] = depends.get(node, False) or any(depends[arg] for arg in node.args)
    order = []
    for node in postorder(root, lambda node: () if node in targets else
                          [arg for arg in arguments_of(node) if depends[arg]]):
        if depends[node]:
            if node not in targets and not any(depends[arg] for arg in arguments_of(node)):
                raise NotImplementedError(f"{type(node).__name__}: {targets[0]} hides inside {node}")
            order.append(node)
    return order, set(order)


def postorder(root, children):
    """Every node once, after its children; no recursion, so depth does not matter."""
    seen, stack = set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(list(children(node))))


# ---------------------------------------------------------------- what comes in

def matrix_symbol(X):
    """X if it is a matrix symbol, else a ValueError that says what it is."""
    if not isinstance(X, MatrixSymbol):
        raise ValueError(f"X must be a MatrixSymbol, got {X!r} of type {type(X).__name__}")
    return X


def scalar(J):
    """J in the engine's own terms, if it is a scalar or 1×1, else a ValueError that names its shape."""
    J = understood(J)
    if J.is_Matrix and not (same_size(J.rows, 1) and same_size(J.cols, 1)):
        raise ValueError(f"J must be a scalar or 1×1, but has shape {J.shape}: {J}")
    return J


def understood(expr):
    """The expression in the engine's own terms: shapes checked, sums over entries as products, 1×1 as scalars."""
    expr = sympify(expr)
    if not isinstance(expr, (Expr, MatrixBase)):
        raise ValueError(f"expected a SymPy expression, got {expr!r} of type {type(expr).__name__}")
    known, functions = {}, {}
    for node in postorder(expr, _children):
        known[node] = _understood_node(node, [known.get(arg, arg) for arg in node.args], functions)
    return known[expr]


_LEAVES = (MatrixSymbol, Symbol, Identity, ZeroMatrix, MatrixBase)


def _children(node):
    if isinstance(node, (*_LEAVES, Sum)):
        return ()
    if isinstance(node, ElementwiseApplyFunction):
        return (node.expr,)
    return [arg for arg in node.args if isinstance(arg, Basic)]


def _understood_node(node, args, functions):
    """One node, its arguments being understood already."""
    if isinstance(node, _LEAVES):
        return node
    if isinstance(node, Sum):
        from .normal_form import matrix_form
        return matrix_form(node)
    if not node.is_Matrix and not isinstance(node, MATRIX_SCALARS):
        args = [_as_scalar(arg, node) for arg in args]
    if any(new is not old for new, old in zip(args, node.args)):
        node = node.func(*args)
    check_shapes(node)
    if isinstance(node, Adjoint):
        return Transpose(node.arg)  # entries are real
    if isinstance(node, MatPow) and node.exp.is_Integer and node.exp < 2:
        return power(inverse(node.base), -node.exp) if node.exp < 0 else power(node.base, node.exp)
    if isinstance(node, ElementwiseApplyFunction):
        return functions.setdefault((node.function(T), node.expr), node)
    return node


def _as_scalar(arg, node):
    """The entry of a 1×1 matrix inside a scalar function."""
    if not getattr(arg, "is_Matrix", False):
        return arg
    if not (same_size(arg.rows, 1) and same_size(arg.cols, 1)):
        raise ValueError(f"{type(node).__name__}: {arg} has shape {arg.shape}, but a scalar is needed in {node}")
    return entry(arg)


def check_shapes(node):
    """ValueError if the shapes of a node's arguments do not fit; SymPy itself compares integers only."""
    matrices = [arg for arg in node.args if getattr(arg, "is_Matrix", False)]
    if isinstance(node, MatMul):
        for left, right in zip(matrices, matrices[1:]):
            if not same_size(left.cols, right.rows):
                _reject(node, left, right)
    elif isinstance(node, (MatAdd, HadamardProduct, HadamardPower)):
        for other in matrices[1:]:
            if not all(map(same_size, matrices[0].shape, other.shape)):
                _reject(node, matrices[0], other)
    elif isinstance(node, (Trace, Determinant, Inverse, MatPow, DiagonalOf)):
        if not same_size(*node.args[0].shape):
            raise ValueError(f"{type(node).__name__}: {node.args[0]} is {node.args[0].shape}, but must be square")
    elif isinstance(node, DiagMatrix):
        if not any(same_size(n, 1) for n in node.args[0].shape):
            raise ValueError(f"DiagMatrix: {node.args[0]} is {node.args[0].shape}, but must be a column or a row")


def _reject(node, left, right):
    raise ValueError(f"{type(node).__name__}: shapes {left.shape} of {left} and {right.shape} of {right} cannot agree")
