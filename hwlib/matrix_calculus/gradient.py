"""Gradients of scalar functions of matrices, of any size: adjoints over the expression, one rule a node.

Adjoints run from J back to X. Every node is visited once, however often it is used, so the cost is linear in the
expression as it is stored, not as it is written out.
"""

from itertools import pairwise

from sympy import (
    Add,
    HadamardPower,
    Identity,
    ImmutableDenseMatrix,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    Max,
    Min,
    Q,
    Rational,
    S,
    Sum,
    Transpose,
    ZeroMatrix,
    assuming,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from .doors import a_variable, an_expression, shown, symmetric_symbols
from .indices import matrix_form
from .nodes import arguments, record
from .nodes.slopes import T, Y
from .shapes import alike, flipped, gain, is_one_by_one, is_symmetric, same_size, shape, transposed
from .sharing import LEAVES, children, one_object, postorder
from .writing import entry, product, scaled, split, total, unit_place


def gradient(J, X, symmetric=False):
    """The gradient ∂J/∂X, a matrix expression of X's own shape: dJ = tr((∂J/∂X)ᵀ dX). By a scalar it is a scalar.

    All entries are real. Where J has a kink or a jump, as relu and sign have, it is the gradient beside it.

    Parameters
    ----------
    J : a scalar or 1×1 SymPy expression over real matrix symbols with symbolic or integer sizes.
    X : the MatrixSymbol, or the real scalar Symbol, to differentiate with respect to.
    symmetric : True if X is a symmetric matrix, or all the matrix symbols that are; ``assuming(Q.symmetric(X))``
        says the same. If X is, so is the result: the symmetric G with dJ = tr(G dX) for every symmetric dX. (Not
        the derivative by the independent entries, which counts the entries off the diagonal twice.)

    Raises
    ------
    ValueError : J is no scalar, X no matrix symbol or scalar symbol, or shapes cannot agree.
    NotImplementedError : names the node that has no rule.
    """
    J, X = an_expression(J, "J"), a_variable(X, "X")
    with assuming(*map(Q.symmetric, symmetric_symbols(symmetric, X))):
        return _gradient(scalar(J), X)


def _gradient(J, X):
    found = _with_entries_gathered(adjoints(J, S.One, [X])[X], X)
    if is_symmetric(X) and not is_one_by_one(X):
        return scaled(Rational(1, 2), total(found, transposed(found)))
    return found


def _with_entries_gathered(matrix, X):
    """Several terms c·e_i e_jᵀ of a matrix of known size as one matrix of numbers c, or as a multiple of X."""
    if not X.is_Matrix:
        return matrix
    common, core = split(matrix)
    units, rest = {}, []
    for term in core.args if isinstance(core, MatAdd) else ():
        coefficient, unit = split(term)
        place = unit_place(unit)
        if place is None:
            rest.append(scaled(common, term))
        else:
            units[place] = units.get(place, S.Zero) + common * coefficient
    if len(units) < 2 or not all(number.is_Integer for place in units for number in (*place, *X.shape)):
        return matrix
    ratios = {units.get((i, j), S.Zero) / X[i, j] for i in range(X.rows) for j in range(X.cols)}
    gathered = (
        scaled(*ratios, X)
        if len(ratios) == 1
        else ImmutableDenseMatrix(*X.shape, lambda i, j: units.get((i, j), S.Zero))
    )
    return total(gathered, *rest) if rest else gathered


def adjoints(root, adjoint, targets):
    """For each target the total of what the nodes pass back to it when root has the given adjoint."""
    targets = list(targets)
    order, active = dependent_nodes(root, targets)
    received = {root: [adjoint]} if root in active else {}
    for node in reversed(order):
        if node in targets:
            continue
        here = one_object(combined(received.pop(node)))
        known = record(node)
        for k, argument in enumerate(known.arguments(node)):
            if argument in active:
                received.setdefault(argument, []).append(known.adjoint(node, k, here, node))
    return {target: combined(received[target]) if target in received else zero_like(target) for target in targets}


def zero_like(variable):
    """The zero of a variable's shape."""
    return ZeroMatrix(*variable.shape) if variable.is_Matrix else S.Zero


def combined(contributions):
    """The sum of the adjoints that a node received."""
    if not contributions[0].is_Matrix:
        return Add(*contributions)
    return total(*reversed(contributions)) if len(contributions) > 1 else contributions[0]


def dependent_nodes(root, targets):
    """The nodes that depend on a target, arguments first, and the set of them."""
    depends = {target: True for target in targets}
    for node in postorder(root, lambda node: () if node in depends else node.args):
        depends[node] = depends.get(node, False) or any(depends[arg] for arg in node.args)
    order = []
    for node in postorder(
        root, lambda node: () if node in targets else [arg for arg in arguments(node) if depends[arg]]
    ):
        if depends[node]:
            seen = arguments(node)
            inside = {symbol for arg in node.args if isinstance(arg, Lambda) for symbol in arg.free_symbols}
            hidden = [target for target in targets if target in inside and (target.is_Matrix or target not in seen)]
            if node not in targets and (hidden or not any(depends[arg] for arg in seen)):
                raise NotImplementedError(f"{type(node).__name__}: {targets[0]} hides inside {shown(node)}")
            order.append(node)
    return order, set(order)


# ---------------------------------------------------------------- what comes in


def scalar(J):
    """J in the engine's own terms, if it is a scalar or 1×1, else a ValueError that names its shape."""
    J = understood(J)
    if J.is_Matrix and not (same_size(J.rows, 1) and same_size(J.cols, 1)):
        raise ValueError(f"J must be a scalar or 1×1, but has shape {J.shape}: {shown(J)}")
    return entry(J) if J.is_Matrix else J


def understood(expr):
    """The expression in the engine's own terms.

    Shapes are checked, sums over entries become products, 1×1 matrices inside functions scalars. What SymPy wrote
    twice, once transposed, becomes one node, so that ``(y - Z).T*(y - Z)`` has one y.
    """
    return _nested(_unified(_bracketed(one_object(expr))))  # one object first: all that follows asks caches


def _bracketed(expr):
    """The brackets that SymPy drops: it writes (xᵀy)X as xᵀyX, and (xᵀx)x even as xᵀx²."""
    while True:
        products = [node for node in postorder(expr, children) if isinstance(node, MatMul)]
        mended = {node: _with_numbers_in_front(node) for node in products}
        mended = {node: new for node, new in mended.items() if new is not None}
        if not mended:
            return expr
        expr = expr.xreplace(mended)


def _with_numbers_in_front(node):
    """A product whose factors do not all fit, its 1×1 parts as scalars; None if it fits, or cannot be mended."""
    factors = []
    for arg in (arg for arg in node.args if arg.is_Matrix):
        repeated = isinstance(arg, MatPow) and arg.exp.is_Integer and arg.exp > 0 and not same_size(*shape(arg.base))
        factors += [arg.base] * int(arg.exp) if repeated else [arg]
    runs, numbers = [], []
    for factor in factors:
        if runs and same_size(shape(runs[-1][-1])[1], shape(factor)[0]):
            runs[-1].append(factor)
        else:
            runs.append([factor])
        if len(runs) > 1 and _is_number(runs[-1]):  # what follows goes on where the bracket was opened
            numbers.append(runs.pop())
    if len(runs) == 1 and not numbers:
        return None
    numbers += [run for run in runs if len(runs) > 1 and _is_number(run)]
    rest = [factor for run in runs if run not in numbers for factor in run]
    if not numbers or not all(same_size(shape(a)[1], shape(b)[0]) for a, b in pairwise(rest)):
        return None
    scalars = [arg for arg in node.args if not arg.is_Matrix] + [entry(product(*run)) for run in numbers]
    return product(*scalars, *(rest or [Identity(1)]))


def _is_number(factors):
    return same_size(shape(factors[0])[0], 1) and same_size(shape(factors[-1])[1], 1)


def _unified(expr):
    known, seen = {}, {}
    for node in postorder(expr, children, key=id):
        known[id(node)] = one_object(_understood_node(node, [known.get(id(arg), arg) for arg in node.args], seen))
    return known[id(expr)]


def _understood_node(node, args, seen):
    """One node, its arguments being understood already."""
    if isinstance(node, LEAVES):
        return node
    if isinstance(node, Sum):
        return matrix_form(node)
    if not node.is_Matrix and not record(node).of_matrices:
        args = [_as_scalar(arg, node) for arg in args]
    if any(new is not old for new, old in zip(args, node.args, strict=True)):
        extreme = isinstance(node, (Max, Min))  # SymPy compares their arguments, and fails on matrices inside
        node = node.func(*args, evaluate=False) if extreme else node.func(*args)
    record(node).check(node)
    node = record(node).simplified(node)
    is_entrywise = node.is_Matrix and not is_one_by_one(node) and record(node).is_entry_by_entry
    return _one_orientation(node, seen) if is_entrywise else node


def _one_orientation(node, seen):
    """A node or its transpose: the shorter of them, and always the same one."""
    key = _orientation_key(node)
    if key in seen:
        return seen[key]
    if isinstance(node, HadamardPower) and node.exp.is_Matrix:
        return node
    other = flipped(node)
    other_key = _orientation_key(other)
    if other_key in seen:
        return Transpose(seen[other_key])
    if gain(node) > 0:
        seen[other_key] = other
        return Transpose(other)
    seen[key] = node
    return node


def _orientation_key(node):
    return (node.function(T), node.expr) if isinstance(node, ElementwiseApplyFunction) else alike(node)


def _nested(expr):
    """log(sigmoid(t)) of U as log of S where S = sigmoid of U stands in the expression too."""
    functions = {}
    for node in postorder(expr, children):
        if isinstance(node, ElementwiseApplyFunction):
            functions.setdefault(node.expr, []).append(node)
    inside = {}
    for nodes in functions.values():
        for outer in nodes if len(nodes) > 1 else ():
            for inner in nodes:
                body = outer.function(T).subs(inner.function(T), Y)
                if inner is not outer and not body.has(T) and not inner.function(T) == T:
                    inside[outer] = ElementwiseApplyFunction(Lambda(T, body.subs(Y, T)), inner)
    return expr.xreplace(inside) if inside else expr


def _as_scalar(arg, node):
    """The entry of a 1×1 matrix inside a scalar function."""
    if not getattr(arg, "is_Matrix", False):
        return arg
    if not (same_size(arg.rows, 1) and same_size(arg.cols, 1)):
        name, text = type(node).__name__, shown(arg)
        raise ValueError(f"{name}: {text} has shape {arg.shape}, but a scalar is needed in {shown(node)}")
    return entry(arg)
