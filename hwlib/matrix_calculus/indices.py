"""From sums over entries back to matrices: Σᵢ x[i]² is tr(xᵀx), Σₖ A[i, k] B[k, j] is (A·B)[i, j].

SymPy writes ``(x.T*x)[0, 0]`` as such a sum. Every factor of a summand that has two indices is a matrix, one with
one index a column. An index is summed away by a matrix product between its two neighbors.
"""

from sympy import (
    Add,
    DiagMatrix,
    Expr,
    Function,
    FunctionMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    KroneckerDelta,
    Lambda,
    MatrixSymbol,
    Mul,
    OneMatrix,
    Pow,
    S,
    Sum,
    expand_mul,
    symbols,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from .doors import shown
from .nodes.slopes import T
from .registry import record
from .shapes import same_size, transposed
from .writing import diagonal, entry, hadamard, hadamard_power, product, scaled, split, total, trace, unit_matrix

PLACE = symbols("r c", integer=True)


def matrix_form(expr):
    """A Sum over entries as a scalar in matrix notation; NotImplementedError where it has none."""
    return Add(*[coefficient for coefficient, _ in _summed(expr, {}, expr)])


def entries_form(expr, key, sizes):
    """The matrix, or the column, whose entry at the indices key is expr; sizes: {index: the size it runs to}."""
    return _matrix(expr, key, sizes, expr)


def _summed(expr, outer, whole):
    """The terms of a Sum as (scalar, {indices: matrix}) over the indices of the sums around it."""
    sizes = dict(outer)
    for symbol, low, high in expr.limits:
        if low != 0:
            raise NotImplementedError(f"Sum: the index {symbol} of {shown(whole)} does not start at 0")
        sizes[symbol] = high + 1
    body = expand_mul(_without_sums(expr.function, sizes))
    return [_summed_term(term, sizes, set(outer), whole) for term in Add.make_args(body)]


def _summed_term(term, sizes, kept, expr):
    """One product of factors, summed over its indices but those that are kept."""
    factors = {}
    for factor in Mul.make_args(term):
        indices = _indices(factor, sizes)
        if len(indices) > 2:
            raise NotImplementedError(f"Sum: {shown(factor)} with more than two indices in {shown(expr)}")
        factors.setdefault(tuple(sorted(indices, key=str)), []).append(factor)
    result = Mul(*factors.pop((), []))
    matrices = {key: hadamard(*[_matrix(f, key, sizes, expr) for f in group]) for key, group in factors.items()}
    left = [index for index in sizes if index not in kept]
    while left:
        index = min(left, key=lambda i: sum(i in key for key in matrices))
        pair = next((key for key in matrices if len(key) == 2 and index in key), None)
        if pair and set(pair) <= set(left) and sum(bool(set(pair) & set(key)) for key in matrices) == 1:
            result = result * _sum_of_entries(matrices.pop(pair))
            left = [i for i in left if i not in pair]
            continue
        left.remove(index)
        result = result * _sum_away(index, matrices, sizes, expr)
    return result, matrices


def _without_sums(expr, sizes):
    """The expression with the sums in it that no index of the outer sums enters in matrix notation."""
    if isinstance(expr, Sum):
        return expr if _indices(expr, sizes) else matrix_form(expr)
    return expr.func(*[_without_sums(arg, sizes) for arg in expr.args]) if expr.has(Sum) else expr


def _sum_away(index, matrices, sizes, expr):
    """Replace the matrices that carry this index by their sum over it; the scalar that comes free."""
    pairs = [key for key in matrices if index in key and len(key) == 2]
    column = matrices.pop((index,), None)
    if len(pairs) > 2:
        raise NotImplementedError(f"Sum: the index {index} stands in more than two matrices in {shown(expr)}")
    if not pairs:
        return sizes[index] if column is None else _sum_of_entries(column)
    ends = [next(i for i in pair if i != index) for pair in pairs]
    left = _oriented(matrices.pop(pairs[0]), pairs[0], ends[0])
    if len(pairs) == 1:
        key, joined = (ends[0],), product(left, OneMatrix(sizes[index], 1) if column is None else column)
    else:
        right = transposed(_oriented(matrices.pop(pairs[1]), pairs[1], ends[1]))
        joined = product(left, right) if column is None else product(left, DiagMatrix(column), right)
        key = tuple(sorted(ends, key=str))
        joined = joined if key[0] == ends[0] else transposed(joined)
    matrices[key] = hadamard(matrices[key], joined) if key in matrices else joined
    return S.One


def _sum_of_entries(matrix):
    """The sum of all entries, of A∘B as tr(AᵀB)."""
    coefficient, core = split(matrix)
    if isinstance(core, HadamardPower) and core.exp == 2:
        return coefficient * trace(product(transposed(core.base), core.base))
    if isinstance(core, HadamardProduct):
        return coefficient * trace(product(transposed(core.args[0]), hadamard(*core.args[1:])))
    return coefficient * entry(product(OneMatrix(1, core.rows), core, OneMatrix(core.cols, 1)))


def _oriented(matrix, key, first):
    """The matrix with this index as its row."""
    return matrix if key[0] == first else transposed(matrix)


def _indices(expr, sizes):
    return {symbol for symbol in expr.free_symbols if symbol in sizes}


def _matrix(expr, key, sizes, whole):
    """The matrix (or column) whose entry at the indices key is expr."""
    shape = (sizes[key[0]], sizes[key[1]] if len(key) == 2 else S.One)
    if not _indices(expr, sizes):
        return scaled(expr, OneMatrix(*shape))
    if record(expr).of_matrices and not isinstance(expr, MatrixElement):
        raise NotImplementedError(f"Sum: an index inside {shown(expr)} in {shown(whole)}")
    if not expr.has(MatrixSymbol, KroneckerDelta, Sum):  # a number for each place
        row, column = PLACE
        return FunctionMatrix(*shape, Lambda((row, column), expr.xreplace(dict(zip(key, (row, column), strict=False)))))
    if isinstance(expr, Sum):
        return _inner_sum(expr, key, shape, sizes, whole)
    if isinstance(expr, KroneckerDelta):
        i, j = expr.args[:2]
        size = sizes[i] if i in sizes else sizes[j]
        expr = MatrixElement(Identity(size), i, j)
    if isinstance(expr, MatrixElement):
        return _entry_matrix(expr, key, shape, sizes, whole)
    if isinstance(expr, (Function, Pow)) and not isinstance(expr.args[0], MatrixElement):
        whole_function = _of_one_entry(expr, key, sizes, whole)
        if whole_function is not None:
            return whole_function
    indexed = [arg for arg in expr.args if isinstance(arg, Expr) and _indices(arg, sizes)]
    parts = [_matrix(arg, key, sizes, whole) for arg in indexed]
    rest = [arg for arg in expr.args if arg not in indexed]
    if isinstance(expr, Add):
        return total(*parts, *[scaled(arg, OneMatrix(*shape)) for arg in rest])
    if isinstance(expr, Mul):
        return scaled(Mul(*rest), hadamard(*parts))
    if isinstance(expr, Pow) and not _indices(expr.exp, sizes):
        return hadamard_power(parts[0], expr.exp)
    if len(parts) == 1 and len(expr.args) <= 2 and expr.args:
        body = expr.func(*[T if arg in indexed else arg for arg in expr.args])
        return ElementwiseApplyFunction(Lambda(T, body), parts[0])
    found = _of_one_entry(expr, key, sizes, whole)
    if found is None:
        raise NotImplementedError(f"Sum: {type(expr).__name__} of entries in {whole}")
    return found


def _of_one_entry(expr, key, sizes, whole):
    """An expression in one entry alone, as 1/(1 + exp(-u_i)), as a function of every entry; None for another one."""
    entries = [entry for entry in expr.atoms(MatrixElement) if _indices(entry, sizes)]
    body = expr.xreplace({entry: T for entry in entries})
    if len(entries) != 1 or _indices(body, sizes) or body.has(Sum):
        return None
    return ElementwiseApplyFunction(Lambda(T, body), _matrix(entries[0], key, sizes, whole))


def _inner_sum(expr, key, shape, sizes, whole):
    """The matrix of a sum over further indices inside a summand."""
    terms = []
    for coefficient, matrices in _summed(expr, {index: sizes[index] for index in key}, whole):
        parts = [_repeated(matrix, own, key, shape) for own, matrix in matrices.items()]
        terms.append(scaled(coefficient, hadamard(OneMatrix(*shape), *parts)))
    return total(*terms)


def _repeated(matrix, own, key, shape):
    """A column over one index as a matrix over key."""
    if own == key:
        return matrix
    return (
        product(matrix, OneMatrix(1, shape[1]))
        if own[0] == key[0]
        else product(OneMatrix(shape[0], 1), transposed(matrix))
    )


def _entry_matrix(expr, key, shape, sizes, whole):
    """The matrix of an entry: A for A[i, j], Aᵀ for A[j, i], a column for A[i, 0], repeated where needed."""
    matrix, i, j = expr.args
    if _indices(matrix, sizes) or not all(place in sizes or not _indices(place, sizes) for place in (i, j)):
        raise NotImplementedError(f"Sum: the index of {shown(expr)} in {shown(whole)}")
    for place, n in ((i, matrix.rows), (j, matrix.cols)):
        if place in sizes and not same_size(sizes[place], n):
            raise NotImplementedError(
                f"Sum: {place} runs over a part of the indices of {shown(matrix)} in {shown(whole)}"
            )
    if i in sizes and i == j:
        column, index = diagonal(matrix), i
    elif i not in sizes:  # row i as a column
        column, index = product(transposed(matrix), _unit(matrix.rows, i)), j
    elif j not in sizes:
        column, index = product(matrix, _unit(matrix.cols, j)), i
    else:
        return matrix if (i, j) == key else transposed(matrix)
    return _repeated(column, (index,), key, shape)


def _unit(size, place):
    return unit_matrix(size, S.One, place, S.Zero)
