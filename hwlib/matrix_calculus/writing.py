"""How the engine writes: products, sums and transposes of matrix expressions in their short form.

SymPy's own constructors keep what they are given, or expand it. The functions here build the same standard
nodes, and on the way drop identities and ones, cancel inverses, collect like terms and common factors, and
move a transpose to where it costs least. They only ever look at the top of an expression, so that a network of
fifty layers is written in fifty steps.
"""
from collections import Counter

from sympy import (
    Add,
    Basic,
    Determinant,
    DiagMatrix,
    Expr,
    FunctionMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    Mul,
    OneMatrix,
    Pow,
    Q,
    S,
    Trace,
    Transpose,
    ZeroMatrix,
)
from sympy.assumptions.assume import global_assumptions
from sympy.core.cache import cacheit
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.matrixbase import MatrixBase


def same_size(a, b):
    """Whether two sizes are equal for all values of their symbols."""
    return a == b or S(a - b).expand() == 0


def is_one_by_one(matrix):
    """Whether a matrix is 1×1, and so its own transpose, trace and determinant."""
    return matrix.shape == (1, 1)


@cacheit
def size(expr):
    """Number of nodes of the expression written out as a tree; a symbol counts one."""
    if isinstance(expr, (MatrixSymbol, OneMatrix, ZeroMatrix, Identity)) or not expr.args:
        return 1
    return 1 + sum(size(arg) for arg in expr.args)


def is_symmetric(matrix):
    """Whether the matrix equals its transpose, by its form or by an assumption ``Q.symmetric``."""
    if isinstance(matrix, (Identity, DiagMatrix, DiagonalMatrix)) or is_one_by_one(matrix):
        return True
    if isinstance(matrix, MatrixSymbol):
        return bool(global_assumptions) and Q.symmetric(matrix) in global_assumptions
    if isinstance(matrix, (Inverse, MatPow, HadamardPower)):
        return isinstance(matrix.args[0], Basic) and matrix.args[0].is_Matrix and is_symmetric(matrix.args[0])
    if isinstance(matrix, ElementwiseApplyFunction):
        return is_symmetric(matrix.expr)
    if isinstance(matrix, OneMatrix):
        return same_size(*matrix.shape)
    return False


# ---------------------------------------------------------------- scalar times matrix

def split(matrix):
    """A matrix as (scalar coefficient, rest)."""
    if not isinstance(matrix, MatMul):
        return S.One, matrix
    scalars = [arg for arg in matrix.args if not arg.is_Matrix]
    if not scalars:
        return S.One, matrix
    matrices = [arg for arg in matrix.args if arg.is_Matrix]
    return Mul(*scalars), matrices[0] if len(matrices) == 1 else MatMul(*matrices, _sympify=False)


def scaled(coefficient, matrix):
    """coefficient · matrix, the coefficient in front."""
    inner, core = split(matrix)
    coefficient = coefficient * inner
    if coefficient == 0 or isinstance(core, ZeroMatrix):
        return ZeroMatrix(*core.shape)
    if coefficient == 1:
        return core
    if isinstance(core, MatAdd) and coefficient == -1:
        return MatAdd(*[scaled(-1, term) for term in core.args], _sympify=False)
    factors = core.args if isinstance(core, MatMul) else (core,)
    return MatMul(coefficient, *factors, _sympify=False)


# ---------------------------------------------------------------- transposes

def transposed(matrix):
    """The transpose, pushed inside where that costs no more nodes."""
    if is_symmetric(matrix):
        return matrix
    write = _TRANSPOSED.get(type(matrix))
    if write is not None:
        return write(matrix)
    if isinstance(matrix, MatrixBase):
        return matrix.T
    return Transpose(matrix)


def _transposed_if_shorter(matrix):
    """Transpose of a sum or an element-wise node: outside, unless most of its arguments are transposes."""
    inside = sum(_transposes(arg) for arg in matrix.args if arg.is_Matrix)
    arguments = sum(not _free_to_transpose(arg) for arg in matrix.args if arg.is_Matrix)
    if 2 * inside > arguments or arguments == 0:
        return type(matrix)(*[transposed(arg) if arg.is_Matrix else arg for arg in matrix.args])
    return Transpose(matrix)


def _transposes(matrix):
    """1 for a matrix that loses a transpose when transposed, else 0."""
    core = split(matrix)[1]
    if isinstance(core, MatMul):
        factors = [f for f in core.args if not _free_to_transpose(f)]
        return int(2 * sum(isinstance(f, Transpose) for f in factors) > len(factors))
    if isinstance(core, (Inverse, MatPow)):
        return _transposes(core.args[0])
    return int(isinstance(core, Transpose))


def _free_to_transpose(matrix):
    return isinstance(split(matrix)[1], (OneMatrix, Identity, DiagMatrix)) or is_symmetric(matrix)


def _transposed_product(matrix):
    scalars = [arg for arg in matrix.args if not arg.is_Matrix]
    matrices = [transposed(arg) for arg in reversed(matrix.args) if arg.is_Matrix]
    return product(*scalars, *matrices)


def _transposed_function_matrix(matrix):
    (row, column), body = matrix.lamda.signature, matrix.lamda.expr
    return FunctionMatrix(matrix.cols, matrix.rows, Lambda((column, row), body))


_TRANSPOSED = {
    Transpose: lambda m: m.arg,
    MatMul: _transposed_product,
    MatAdd: _transposed_if_shorter,
    HadamardProduct: _transposed_if_shorter,
    OneMatrix: lambda m: OneMatrix(m.cols, m.rows),
    ZeroMatrix: lambda m: ZeroMatrix(m.cols, m.rows),
    Inverse: lambda m: inverse(transposed(m.arg)),
    MatPow: lambda m: power(transposed(m.base), m.exp),
    KroneckerProduct: lambda m: KroneckerProduct(*[transposed(arg) for arg in m.args]),
    FunctionMatrix: _transposed_function_matrix,
    HadamardPower: lambda m: (HadamardPower(m.base.arg, m.exp) if isinstance(m.base, Transpose)
                              and not getattr(m.exp, "is_Matrix", False) else Transpose(m)),
    ElementwiseApplyFunction: lambda m: (ElementwiseApplyFunction(m.function, m.expr.arg)
                                         if isinstance(m.expr, Transpose) else Transpose(m)),
}


# ---------------------------------------------------------------- products

def product(*factors):
    """The matrix product of scalars and matrices, shortest form; Identity where everything cancels."""
    coefficient, word, shape = _flatten(factors)
    if coefficient == 0 or any(isinstance(factor, ZeroMatrix) for factor in word):
        return ZeroMatrix(*shape)
    coefficient, word = _merge(coefficient, word)
    taken_apart = [part for factor in word for part in _inverse_parts(factor)]
    if len(taken_apart) > len(word):
        other_coefficient, other = _merge(coefficient, taken_apart)
        if sum(map(size, other)) < sum(map(size, word)):
            coefficient, word = other_coefficient, other
    if not word:
        word = [Identity(shape[0])]
    if len(word) == 1:
        return scaled(coefficient, word[0])
    if coefficient == 1:
        return MatMul(*word, _sympify=False)
    return MatMul(coefficient, *word, _sympify=False)


def _flatten(factors):
    """(scalar coefficient, matrix factors, shape) of a product with nested products opened."""
    coefficient, word = S.One, []
    for factor in factors:
        if not getattr(factor, "is_Matrix", False):
            coefficient = coefficient * factor
        elif isinstance(factor, MatMul):
            inner, core = split(factor)
            coefficient = coefficient * inner
            word.extend(core.args if isinstance(core, MatMul) else (core,))
        else:
            word.append(factor)
    return coefficient, word, (word[0].rows, word[-1].cols)


def _merge(coefficient, word):
    """Neighbours that cancel or combine: A·A⁻¹, Aᵏ·A, 1·1ᵀ·1, identities."""
    merged = []
    for factor in word:
        inner, factor = split(factor)
        coefficient = coefficient * inner
        if isinstance(factor, Identity):
            continue
        while merged:
            joined = _join(merged[-1], factor)
            if joined is None:
                break
            scale, factor = joined
            coefficient = coefficient * scale
            merged.pop()
            if factor is None:
                break
        if factor is not None:
            merged.append(factor)
    return coefficient, merged


def _join(left, right):
    """(scalar, matrix or None for the identity) of two neighbours that make one factor, else None."""
    if isinstance(left, OneMatrix) and isinstance(right, OneMatrix):
        joined = OneMatrix(left.rows, right.cols)
        return left.cols, (None if isinstance(joined, Identity) else joined)
    if isinstance(left, OneMatrix) and isinstance(right, DiagMatrix) and left.rows == 1:
        return S.One, _as_row(right.arg)
    if isinstance(left, DiagMatrix) and isinstance(right, OneMatrix) and right.cols == 1:
        return S.One, _as_column(left.arg)
    if not same_size(left.rows, left.cols) or is_one_by_one(left):
        return None
    (base, exponent), (other, more) = _base_and_exponent(left), _base_and_exponent(right)
    if base != other:
        return None
    total_exponent = exponent + more
    return S.One, None if total_exponent == 0 else power(base, total_exponent)


def _as_column(vector):
    return vector if vector.cols == 1 else transposed(vector)


def _as_row(vector):
    return vector if vector.rows == 1 else transposed(vector)


def _base_and_exponent(matrix):
    if isinstance(matrix, Inverse):
        base, exponent = _base_and_exponent(matrix.arg)
        return base, -exponent
    if isinstance(matrix, MatPow):
        return matrix.base, matrix.exp
    return matrix, S.One


def _inverse_parts(factor):
    """The factors of the inverse of a product of square matrices, else the factor itself."""
    if isinstance(factor, Inverse) and isinstance(factor.arg, MatMul):
        parts = [arg for arg in factor.arg.args if arg.is_Matrix]
        if all(same_size(part.rows, part.cols) for part in parts):
            return [*[inverse(part) for part in reversed(parts)],
                    *[scaled(1 / arg, Identity(factor.rows)) for arg in factor.arg.args if not arg.is_Matrix]]
    return [factor]


def inverse(matrix):
    """The inverse; of an inverse the matrix, of an identity the identity."""
    if isinstance(matrix, Inverse):
        return matrix.arg
    if isinstance(matrix, Identity):
        return matrix
    if isinstance(matrix, MatPow):
        return power(matrix.base, -matrix.exp)
    return Inverse(matrix)


def power(base, exponent):
    """baseᵏ, with the first power and the inverse written as such."""
    if exponent == 0 or isinstance(base, Identity):
        return Identity(base.rows)
    if exponent == 1:
        return base
    if exponent == -1:
        return inverse(base)
    return MatPow(base, exponent)


# ---------------------------------------------------------------- sums

def total(*terms):
    """The sum, like terms collected and common factors taken out where that is shorter."""
    shape = terms[0].shape
    coefficients = {}
    for term in _terms(terms):
        coefficient, core = split(term)
        if not isinstance(core, ZeroMatrix):
            coefficients[core] = coefficients.get(core, S.Zero) + coefficient
    parts = [(core, coefficient) for core, coefficient in coefficients.items() if coefficient != 0]
    if not parts:
        return ZeroMatrix(*shape)
    common, parts = _common_coefficient(parts)
    summands = _factored([scaled(coefficient, core) for core, coefficient in parts])
    if len(summands) == 1:
        return scaled(common, summands[0])
    if common == -1 or common == 1:
        return MatAdd(*[scaled(common, summand) for summand in summands], _sympify=False)
    return MatMul(common, MatAdd(*summands, _sympify=False), _sympify=False)


def _terms(terms):
    for term in terms:
        coefficient, core = split(term)
        if isinstance(core, MatAdd):
            for inner in core.args:
                yield scaled(coefficient, inner)
        else:
            yield term


def _common_coefficient(parts):
    """The scalar that all terms share, and the terms without it; else 1 and the terms."""
    factors = [Counter(dict(_scalar_factors(coefficient))) for _, coefficient in parts]
    shared = factors[0]
    for other in factors[1:]:
        shared = {base: exponent for base, exponent in shared.items() if other.get(base) == exponent}
    common = Mul(*[base ** exponent for base, exponent in shared.items()])
    numbers = [coefficient.as_coeff_Mul()[0] for _, coefficient in parts]
    if len(set(map(abs, numbers))) == 1:
        common = common * (abs(numbers[0]) if numbers[0] != numbers[-1] or numbers[0] > 0 else numbers[0])
    if common == 1 or len(parts) == 1:
        return S.One, parts
    return common, [(core, coefficient / common) for core, coefficient in parts]


def _scalar_factors(coefficient):
    for factor in Mul.make_args(coefficient.as_coeff_Mul()[1]):
        if factor != 1:
            yield factor.as_base_exp()


def _factored(summands):
    """A·x + B·x as (A + B)·x wherever two summands share a first or last factor and that is shorter."""
    for side in (-1, 0):
        groups = {}
        for summand in summands:
            groups.setdefault(_end_factor(summand, side), []).append(summand)
        for end, group in groups.items():
            if end is None or len(group) < 2:
                continue
            rest = total(*[_without_end(summand, side) for summand in group])
            short = product(rest, end) if side == -1 else product(end, rest)
            if size(short) < 1 + sum(map(size, group)):
                others = [summand for summand in summands if summand not in group]
                return _factored([*others, short]) if others else [short]
    return summands


def _end_factor(summand, side):
    core = split(summand)[1]
    return core.args[side] if isinstance(core, MatMul) else None


def _without_end(summand, side):
    coefficient, core = split(summand)
    rest = core.args[:-1] if side == -1 else core.args[1:]
    return product(coefficient, *rest)


# ---------------------------------------------------------------- element by element

def hadamard(*factors):
    """The element-wise product: ones dropped, equal factors as one power, the coefficient in front."""
    shape = factors[0].shape
    if shape == (1, 1):
        return product(*factors)
    coefficient, exponents = S.One, {}
    for factor in _hadamard_factors(factors):
        inner, core = split(factor)
        coefficient = coefficient * inner
        if isinstance(core, ZeroMatrix):
            return core
        if isinstance(core, OneMatrix):
            continue
        base, exponent = core, S.One
        if isinstance(core, HadamardPower) and not getattr(core.exp, "is_Matrix", False) and core.base.is_Matrix:
            base, exponent = core.base, core.exp
        exponents[base] = exponents.get(base, S.Zero) + exponent
    matrices = [hadamard_power(base, exponent) for base, exponent in exponents.items() if exponent != 0]
    if not matrices:
        return scaled(coefficient, OneMatrix(*shape))
    if len(matrices) == 1:
        return scaled(coefficient, matrices[0])
    return scaled(coefficient, _with_common_transpose(matrices))


def _hadamard_factors(factors):
    for factor in factors:
        coefficient, core = split(factor)
        if isinstance(core, HadamardProduct):
            yield scaled(coefficient, core.args[0])
            yield from core.args[1:]
        else:
            yield factor


def _with_common_transpose(matrices):
    if all(isinstance(matrix, Transpose) for matrix in matrices):
        return Transpose(HadamardProduct(*[matrix.arg for matrix in matrices]))
    return HadamardProduct(*matrices)


def hadamard_power(base, exponent):
    """Every entry to the given power."""
    if exponent == 0:
        return OneMatrix(*base.shape)
    if exponent == 1 or isinstance(base, OneMatrix):
        return base
    if isinstance(base, MatMul) and isinstance(base.args[-1], OneMatrix) and base.args[-1].rows == 1 \
            and exponent != -1:
        return product(hadamard_power(product(*base.args[:-1]), exponent), base.args[-1])
    return HadamardPower(base, exponent)


def diagonal(matrix):
    """The diagonal of a square matrix, as a column."""
    coefficient, core = split(matrix)
    if isinstance(core, Identity):
        return scaled(coefficient, OneMatrix(core.rows, 1))
    if isinstance(core, OneMatrix):
        return scaled(coefficient, OneMatrix(core.rows, 1))
    if isinstance(core, DiagMatrix):
        return scaled(coefficient, _as_column(core.arg))
    if isinstance(core, MatAdd):
        return scaled(coefficient, total(*[diagonal(term) for term in core.args]))
    if isinstance(core, MatMul):
        for cut in range(1, len(core.args)):
            if core.args[cut].rows == 1:  # a column times a row
                column, row = product(*core.args[:cut]), product(*core.args[cut:])
                return scaled(coefficient, hadamard(column, transposed(row)))
        if isinstance(core.args[0], DiagMatrix):
            return scaled(coefficient, hadamard(_as_column(core.args[0].arg), diagonal(product(*core.args[1:]))))
        if isinstance(core.args[-1], DiagMatrix):
            return scaled(coefficient, hadamard(diagonal(product(*core.args[:-1])), _as_column(core.args[-1].arg)))
    return scaled(coefficient, DiagonalOf(core))


# ---------------------------------------------------------------- scalars

def entry(matrix):
    """The only entry of a 1×1 matrix, as a scalar."""
    coefficient, core = split(matrix)
    if isinstance(core, Identity):
        return coefficient
    return coefficient * MatrixElement(core, S.Zero, S.Zero)


def trace(matrix):
    """The trace; of a product that passes through size 1, the inner product it is."""
    coefficient, core = split(matrix)
    if is_one_by_one(core):
        return coefficient * entry(core)
    if isinstance(core, (ZeroMatrix, Identity)):
        return coefficient * (0 if isinstance(core, ZeroMatrix) else core.rows)
    if isinstance(core, MatMul):
        for cut in range(1, len(core.args)):
            if core.args[cut].rows == 1:
                return coefficient * entry(product(*core.args[cut:], *core.args[:cut]))
    return coefficient * Trace(core)
