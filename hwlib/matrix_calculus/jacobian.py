"""Jacobians of columns and Hessians of scalars, as matrix expressions.

The adjoint of a column f in the direction of any v is Jᵀv. It is linear in v, so that v can be taken out at its right
end: what is left is Jᵀ.
"""

from sympy import (
    Add,
    DiagMatrix,
    HadamardProduct,
    Identity,
    MatAdd,
    MatMul,
    MatrixSymbol,
    Mul,
    S,
    Trace,
    Transpose,
    ZeroMatrix,
)

from .differential import differential
from .doors import a_column, a_variable, an_expression, shown
from .gradient import adjoints, gradient, understood, zero_like
from .shapes import flipped, is_one_by_one, shape, transposed
from .writing import diagonal, hadamard, product, scaled, split, total, trace


def jacobian(f, x):
    """The Jacobian ∂f/∂x of a column f (m, 1) of a column x (n, 1): the (m, n) matrix with df = (∂f/∂x) dx.

    By a scalar x, f may be of any shape, and ∂f/∂x has that shape.
    Raises ValueError if f or x is no column, NotImplementedError naming the node where no matrix expression is known.
    """
    x, f = a_column(a_variable(x, "x"), "x"), understood(an_expression(f, "f"))
    if not x.is_Matrix:
        found = differential(f, {x: S.One})
        return zero_like(f) if found is None else found
    f = a_column(f, "f") if f.is_Matrix else scaled(f, Identity(1))
    v = MatrixSymbol("direction_", *shape(f))
    found = adjoints(f, v, [x])[x]
    if isinstance(found, ZeroMatrix):
        return ZeroMatrix(shape(f)[0], x.rows)
    return transposed(_taken_out(found, v))


def hessian(J, x, y=None):
    """The Hessian of the scalar J: its second derivatives ∂²J/∂xᵢ∂yⱼ as a matrix, a row for each entry of x.

    x and y are columns or scalars. Without y it is the symmetric (n, n) matrix of J's second derivatives by x.
    Raises what `gradient` and `jacobian` raise.
    """
    J, x = an_expression(J, "J"), a_column(a_variable(x, "x"), "x")
    return jacobian(gradient(J, x), x if y is None else a_column(a_variable(y, "y"), "y"))


def _taken_out(column, v):
    """The matrix M of a column M v that is linear in v."""
    if column == v:
        return Identity(v.rows)
    if isinstance(column, MatAdd):
        return total(*[_taken_out(term, v) for term in column.args])
    if isinstance(column, HadamardProduct):
        (inside,) = _with(column.args, v)
        others = [arg for arg in column.args if arg is not inside]
        return product(DiagMatrix(hadamard(*others)), _taken_out(inside, v))
    if isinstance(column, Transpose):
        inner = column.arg
        if isinstance(inner, (MatAdd, HadamardProduct)):
            return _taken_out(flipped(inner), v)
    if isinstance(column, MatMul):
        return _taken_out_of_product(column, v)
    raise NotImplementedError(f"{type(column).__name__}: no Jacobian through {shown(column)}")


def _with(factors, v):
    return [factor for factor in factors if v in factor.free_symbols]


def _taken_out_of_product(column, v):
    coefficient, core = split(column)
    if v in coefficient.free_symbols:
        return product(core, _row_of(coefficient, v))
    factors = core.args if isinstance(core, MatMul) else (core,)
    (inside,) = _with(factors, v)
    position = factors.index(inside)
    before, after = factors[:position], factors[position + 1 :]
    if shape(inside)[1] == 1:
        scalar = trace(product(*after)) if after else 1
        return product(coefficient * scalar, *before, _taken_out(inside, v))
    if shape(inside)[0] == 1:
        return product(coefficient, *before, transposed(product(*after)), _taken_out(transposed(inside), v))
    return product(coefficient, *before, _taken_out_of_matrix(inside, product(*after), v))


def _taken_out_of_matrix(matrix, column, v):
    """The matrix M with matrix · column = M v."""
    if isinstance(matrix, DiagMatrix):
        vector = matrix.args[0] if matrix.args[0].cols == 1 else transposed(matrix.args[0])
        return product(DiagMatrix(column), _taken_out(vector, v))
    if isinstance(matrix, MatAdd):
        return total(*[_taken_out(product(term, column), v) for term in matrix.args])
    if isinstance(matrix, Transpose) and isinstance(matrix.arg, (MatAdd, HadamardProduct)):
        return _taken_out_of_matrix(flipped(matrix.arg), column, v)
    if isinstance(matrix, HadamardProduct):
        (inside,) = _with(matrix.args, v)
        others = hadamard(*[arg for arg in matrix.args if arg is not inside])
        return total(
            *[
                _taken_out_of_masked(others, term, column, v)
                for term in (inside.args if isinstance(inside, MatAdd) else (inside,))
            ]
        )
    raise NotImplementedError(f"{type(matrix).__name__}: no Jacobian through {shown(matrix)}")


def _taken_out_of_masked(mask, matrix, column, v):
    """The matrix M with (mask ∘ matrix) · column = M v, for a matrix a·bᵀ: a∘(mask (b∘column))."""
    coefficient, core = split(matrix)
    if isinstance(core, Transpose) and isinstance(core.arg, MatMul):
        core = transposed(core.arg)
    cut = (
        next((k for k in range(1, len(core.args)) if shape(core.args[k])[0] == 1), None)
        if isinstance(core, MatMul)
        else None
    )
    if cut is None or v in coefficient.free_symbols:
        raise NotImplementedError(f"HadamardProduct: no Jacobian through {shown(matrix)} in a Hadamard product")
    a, b = product(*core.args[:cut]), transposed(product(*core.args[cut:]))
    if v in a.free_symbols:
        weights = product(mask, hadamard(b, column))
        return product(coefficient, DiagMatrix(weights), _taken_out(a, v))
    return product(coefficient, DiagMatrix(a), mask, DiagMatrix(column), _taken_out(b, v))


def _row_of(scalar, v):
    """The row gᵀ of a scalar gᵀv."""
    if isinstance(scalar, Add):
        return total(*[_row_of(term, v) for term in scalar.args if v in term.free_symbols])
    if isinstance(scalar, Mul):
        (inside,) = _with(scalar.args, v)
        return scaled(Mul(*[arg for arg in scalar.args if arg is not inside]), _row_of(inside, v))
    if isinstance(scalar, Trace) and is_one_by_one(scalar.arg):
        return _taken_out(scalar.arg, v)
    if isinstance(scalar, Trace) and isinstance(scalar.arg, MatMul):
        factors = scalar.arg.args
        (inside,) = _with(factors, v)
        position = factors.index(inside)
        around = product(*factors[position + 1 :], *factors[:position])
        if isinstance(inside, DiagMatrix):
            vector = inside.args[0] if inside.args[0].cols == 1 else transposed(inside.args[0])
            return product(transposed(diagonal(around)), _taken_out(vector, v))
    raise NotImplementedError(f"{type(scalar).__name__}: no Jacobian through {scalar}")
