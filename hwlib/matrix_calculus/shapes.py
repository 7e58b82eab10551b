"""The shape of a matrix, its transpose and symmetry: remembered here, known to the record of the node."""

from functools import wraps
from itertools import pairwise

from sympy import (
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Q,
    S,
    Transpose,
    ZeroMatrix,
)
from sympy.assumptions.assume import global_assumptions

from .doors import shown
from .registry import record
from .sharing import children, postorder

REMEMBERED = 20_000  # nodes; a network of a hundred layers has some thousand
MOST_IN_PAIRS = 4  # terms that are compared with their transposes


def _remembered(from_below=False):
    """Remember the answers for an object and what is assumed, not for all equal ones: SymPy compares these as trees.

    from_below: the question is asked of the parts first, so that depth does not matter.
    """

    def decorated(question):
        found = {}

        def parts(node, assumed):
            if not from_below:
                return ()
            return [arg for arg in children(node) if arg.is_Matrix and (id(arg), assumed) not in found]

        @wraps(question)
        def answer(matrix):
            assumed = frozenset(global_assumptions)
            if (id(matrix), assumed) not in found:
                if len(found) > REMEMBERED:
                    found.clear()
                for node in postorder(matrix, lambda node: parts(node, assumed), key=id):
                    found[id(node), assumed] = question(node), node  # the second keeps the id from another object
            return found[id(matrix), assumed][0]

        return answer

    return decorated


def same_size(a, b):
    """Whether two sizes are equal for all values of their symbols."""
    return a == b or S(a - b).expand() == 0


@_remembered()
def shape(matrix):
    """The shape of a matrix, remembered: SymPy walks down the expression for it every time. A scalar counts as 1×1."""
    return record(matrix).shape(matrix)


def is_one_by_one(matrix):
    """Whether a matrix is 1×1, and so its own transpose, trace and determinant."""
    return shape(matrix) == (1, 1)


@_remembered()
def size(expr):
    """Number of nodes of the expression written out as a tree; a symbol counts one."""
    if isinstance(expr, (MatrixSymbol, OneMatrix, ZeroMatrix, Identity)) or not expr.args:
        return 1
    return 1 + sum(size(arg) for arg in expr.args)


@_remembered(from_below=True)
def is_symmetric(matrix):
    """Whether the matrix equals its transpose, by its form or by an assumption ``Q.symmetric``."""
    return is_one_by_one(matrix) or record(matrix).is_symmetric(matrix)


def is_assumed_symmetric(symbol):
    """Whether ``Q.symmetric`` is assumed of a matrix symbol."""
    return Q.symmetric(symbol) in global_assumptions


def is_symmetric_entry_by_entry(matrices):
    """Whether a sum or entrywise product is symmetric for its parts, as S + S or A + Aᵀ."""
    rest = [matrix for matrix in matrices if not is_symmetric(matrix)]
    return same_size(*shape(matrices[0])) and (
        not rest
        or len(rest) <= MOST_IN_PAIRS
        and sorted_alike(rest) == sorted_alike([transposed(matrix) for matrix in rest])
    )


@_remembered()
def alike(expr):
    """One representative for all orders of terms and Hadamard factors at the top, and of x(a'x) and x(x'a)."""
    if isinstance(expr, (MatAdd, HadamardProduct)):
        return type(expr)(*sorted_alike(expr.args))
    if isinstance(expr, (MatMul, Transpose, HadamardPower, Inverse)):
        args = [alike(arg) if arg.is_Matrix else arg for arg in expr.args]
        return expr.func(*(_with_numbers_alike(args) if isinstance(expr, MatMul) else args))
    return expr


def _with_numbers_alike(factors):
    """The factors of a product with each part of size 1×1 as itself or as its transpose, always as the same."""
    pieces = []
    for factor in factors:
        if pieces and pieces[-1][-1].is_Matrix and shape(factor)[0] != 1:
            pieces[-1].append(factor)
        else:
            pieces.append([factor])
    for piece in pieces if len(pieces) > 1 else ():  # a derivation shows x'dx + dx'x before it is 2x'dx
        if piece[0].is_Matrix and shape(piece[0])[0] == 1 == shape(piece[-1])[1]:
            piece[:] = min(
                piece, [alike(transposed(factor)) for factor in reversed(piece)], key=lambda p: hash(tuple(p))
            )
    return [factor for piece in pieces for factor in piece]


def sorted_alike(exprs):
    return sorted(map(alike, exprs), key=hash)


def transposed(matrix):
    """The transpose, pushed inside where that costs no more nodes."""
    return matrix if is_symmetric(matrix) else record(matrix).transposed(matrix)


def transposed_if_shorter(matrix):
    """The transpose of a node entry by entry: outside, unless inside it takes no more nodes."""
    return flipped(matrix) if gain(matrix) >= 0 else Transpose(matrix)


def flipped(matrix):
    """The transpose of a node entry by entry, written inside."""
    return matrix.func(*[transposed(arg) if getattr(arg, "is_Matrix", False) else arg for arg in matrix.args])


@_remembered(from_below=True)
def gain(matrix):
    """The number of nodes saved when the transpose of a matrix is written inside it."""
    return 0 if is_symmetric(matrix) and not isinstance(matrix, Transpose) else record(matrix).gain(matrix)


def gain_inside(matrices):
    """The nodes saved when the transpose of a node is written at its arguments, at best outside of each."""
    return sum(max(gain(matrix), -1) for matrix in matrices)


# ---------------------------------------------------------------- shapes that fit


def check_factors(node, matrices):
    """ValueError if the columns of a factor are not the rows of the next; SymPy itself compares integers only."""
    for left, right in pairwise(matrices):
        if not same_size(shape(left)[1], shape(right)[0]):
            _reject(node, left, right)


def check_same_shape(node, matrices):
    """ValueError if terms or entrywise factors differ in shape."""
    for other in matrices[1:]:
        if not all(map(same_size, shape(matrices[0]), shape(other))):
            _reject(node, matrices[0], other)


def check_square(node):
    """ValueError if the argument of a node is not square."""
    if not same_size(*shape(node.args[0])):
        reject_shape(node, "square")


def _reject(node, left, right):
    pair = f"{left.shape} of {shown(left)} and {right.shape} of {shown(right)}"
    raise ValueError(f"{type(node).__name__}: shapes {pair} cannot agree")


def reject_shape(node, needed):
    (argument, *_) = node.args
    raise ValueError(f"{type(node).__name__}: {shown(argument)} is {argument.shape}, but must be {needed}")
