"""How the engine writes: products, sums and transposes of matrix expressions in their short form.

SymPy's own constructors keep what they are given, or expand it. The functions here build the same standard
nodes, and on the way drop identities and ones, cancel inverses, collect like terms and common factors, and
move a transpose to where it costs least. They only ever look at the top of an expression, so that a network of
fifty layers is written in fifty steps.
"""

from collections import Counter
from functools import lru_cache
from itertools import product as cartesian
from math import prod

from sympy import (
    DiagMatrix,
    FunctionMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerDelta,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    Mul,
    OneMatrix,
    S,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    default_sort_key,
)
from sympy.assumptions.assume import global_assumptions
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.matrixbase import MatrixBase

from .shapes import alike, gain, is_one_by_one, same_size, shape, size, transposed

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
        return ZeroMatrix(*shape(core))
    if coefficient == 1:
        return core
    if isinstance(core, Identity) and is_one_by_one(core):
        for factor in Mul.make_args(coefficient):  # the trace of a 1×1 matrix, as a 1×1 matrix
            if isinstance(factor, Trace) and is_one_by_one(factor.arg):
                return scaled(coefficient / factor, factor.arg)
    if isinstance(core, MatAdd) and coefficient == -1:
        return MatAdd(*[scaled(-1, term) for term in core.args], _sympify=False)
    return _with_coefficient(coefficient, core.args if isinstance(core, MatMul) else (core,))


def _with_coefficient(coefficient, factors):
    scalars = (coefficient,) if coefficient.could_extract_minus_sign() else Mul.make_args(coefficient)
    return MatMul(*scalars, *factors, _sympify=False)


# ---------------------------------------------------------------- products


def transposed_product(matrix):
    scalars = [arg for arg in matrix.args if not arg.is_Matrix]
    matrices = [transposed(arg) for arg in reversed(matrix.args) if arg.is_Matrix]
    return product(*scalars, *matrices)


def product(*factors):
    """The matrix product of scalars and matrices, shortest form; Identity where everything cancels."""
    coefficient, word, outer = _flatten(factors)
    if coefficient == 0 or any(isinstance(factor, ZeroMatrix) for factor in word):
        return ZeroMatrix(*outer)
    coefficient, word = _merge(coefficient, word)
    taken_apart = [part for factor in word for part in _inverse_parts(factor)]
    if len(taken_apart) > len(word):
        other_coefficient, other = _merge(coefficient, taken_apart)
        if sum(map(size, other)) < sum(map(size, word)):
            coefficient, word = other_coefficient, other
    if not word:
        word = [Identity(outer[0])]
    if len(word) == 1:
        return scaled(coefficient, word[0])
    if coefficient == 1:
        return MatMul(*word, _sympify=False)
    return _with_coefficient(coefficient, word)


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
    return coefficient, word, (shape(word[0])[0], shape(word[-1])[1])


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
        return S.One, _as_row(right.args[0])
    if isinstance(left, DiagMatrix) and isinstance(right, OneMatrix) and right.cols == 1:
        return S.One, _as_column(left.args[0])
    if isinstance(left, FunctionMatrix) and isinstance(right, FunctionMatrix) and left.cols == right.rows == 1:
        column, row = unit_place(left), unit_place(right)
        return (S.One, unit_matrix(left.rows, right.cols, column[0], row[1])) if column and row else None
    if not same_size(*shape(left)) or is_one_by_one(left):
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
        if all(same_size(*shape(part)) for part in parts):
            return [
                *[inverse(part) for part in reversed(parts)],
                *[scaled(1 / arg, Identity(factor.rows)) for arg in factor.arg.args if not arg.is_Matrix],
            ]
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
    return _total(terms, frozenset(global_assumptions))


@lru_cache(maxsize=20_000)  # what is left when factors are taken out of a sum in turn is mostly the same
def _total(terms, assumptions):
    written = _collected(terms)
    expanded = [part for term in terms for part in _expanded(term)]
    if len(terms) < len(expanded) <= 12:
        other = _collected(expanded)
        if size(other) < 0.8 * size(written):
            return other
    return written


def _collected(terms, factored=True):
    """The sum with like terms collected, and common factors taken out where that is shorter."""
    coefficients, cores = {}, {}
    for term in _terms(terms):
        coefficient, core = split(term)
        if not isinstance(core, ZeroMatrix):
            key = alike(core)
            cores.setdefault(key, core)
            coefficients[key] = coefficients.get(key, S.Zero) + coefficient
    parts = [(cores[key], coefficient) for key, coefficient in coefficients.items() if coefficient != 0]
    numbers = [(core, coefficient) for core, coefficient in parts if isinstance(core, MatrixBase)]
    if len(numbers) > 1:
        explicit = sum((coefficient * core for core, coefficient in numbers[1:]), numbers[0][1] * numbers[0][0])
        parts = [part for part in parts if part not in numbers] + [(explicit, S.One)]
    if not parts:
        return ZeroMatrix(*shape(terms[0]))
    parts.sort(key=lambda part: bool(part[1].could_extract_minus_sign()))
    common, parts = _common_coefficient(parts)
    summands = [scaled(coefficient, core) for core, coefficient in parts]
    summands = _factored(summands) if factored else summands
    if len(summands) == 1:
        return scaled(common, summands[0])
    if common == -1 or common == 1:
        return MatAdd(*[scaled(common, summand) for summand in summands], _sympify=False)
    return _with_coefficient(common, (MatAdd(*summands, _sympify=False),))


def _expanded(term):
    """The terms of a product or element-wise product over the sums among its factors."""
    coefficient, core = split(term)
    if not isinstance(core, (MatMul, HadamardProduct)) or not any(isinstance(arg, MatAdd) for arg in core.args):
        return [term]
    choices = [arg.args if isinstance(arg, MatAdd) else (arg,) for arg in core.args]
    if prod(map(len, choices)) > 12:
        return [term]
    write = product if isinstance(core, MatMul) else hadamard
    return [scaled(coefficient, write(*choice)) for choice in cartesian(*choices)]


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
    common = Mul(*[base**exponent for base, exponent in shared.items()])
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
    """A·x + B·x as (A + B)·x, A∘C + B∘C as (A + B)∘C, wherever that is shorter."""
    for ends, without, write in (_LAST, _FIRST, _ENTRYWISE):
        having = {}
        for position, summand in enumerate(summands):
            for end in dict.fromkeys(ends(split(summand)[1])):  # once a term, however often it is a factor there
                having.setdefault(end, []).append(position)
        shared = {}  # all that some terms have in common is taken out at once
        for end, positions in having.items():
            if len(positions) > 1:
                shared.setdefault(tuple(positions), []).append(end)
        for positions, common in shared.items():
            group = [summands[position] for position in positions]
            short = write(total(*[without(*split(summand), common) for summand in group]), common)
            others = [summand for position, summand in enumerate(summands) if position not in positions]
            if size(short) < sum(map(size, group)) + (not others):
                return _factored([*others, short]) if others else [short]
    return summands


def _without(coefficient, core, common):
    """An entrywise product without one copy of each of some of its factors."""
    factors = list(core.args)
    for factor in common:
        factors.remove(factor)
    return scaled(coefficient, hadamard(*factors) if factors else OneMatrix(*shape(core)))


_LAST = (
    lambda core: core.args[-1:] if isinstance(core, MatMul) else (),
    lambda coefficient, core, _: product(coefficient, *core.args[:-1]),
    lambda rest, common: product(rest, *common),
)
_FIRST = (
    lambda core: core.args[:1] if isinstance(core, MatMul) else (),
    lambda coefficient, core, _: product(coefficient, *core.args[1:]),
    lambda rest, common: product(*common, rest),
)
_ENTRYWISE = (
    lambda core: core.args if isinstance(core, HadamardProduct) else (),
    _without,
    lambda rest, common: hadamard(*common, rest),
)


# ---------------------------------------------------------------- element by element


def hadamard(*factors):
    """The element-wise product: ones dropped, equal factors as one power, the coefficient in front."""
    if is_one_by_one(factors[0]):
        return product(*factors)
    coefficient, bases, exponents = S.One, {}, {}
    on_diagonal = any(isinstance(factor, (Identity, DiagMatrix)) for factor in factors)
    for factor in _hadamard_factors(factors):
        inner, core = split(factor)
        coefficient = coefficient * inner
        if isinstance(core, ZeroMatrix):
            return core
        if isinstance(core, OneMatrix):
            continue
        base, exponent = _hadamard_base(core)
        if on_diagonal and gain(base) > 0:
            base = transposed(base)
        key = alike(base)
        bases.setdefault(key, base)
        exponents[key] = exponents.get(key, S.Zero) + exponent
    matrices = [hadamard_power(bases[key], exponent) for key, exponent in exponents.items() if exponent != 0]
    if not matrices:
        return scaled(coefficient, OneMatrix(*shape(factors[0])))
    if len(matrices) == 1:
        return scaled(coefficient, matrices[0])
    written = scaled(coefficient, _with_common_transpose(matrices))
    for position, factor in enumerate(matrices):
        if isinstance(factor, MatAdd) and any(
            isinstance(arg, HadamardPower) and arg.exp == -1 for term in factor.args for arg in split(term)[1].args
        ):
            others = matrices[:position] + matrices[position + 1 :]
            terms = [scaled(coefficient, hadamard(term, *others)) for term in factor.args]
            other = _collected([part for term in terms for part in _expanded(term)], factored=False)
            written = min(written, other, key=size)
    return written


def _hadamard_base(core):
    """(base, exponent) of a Hadamard factor; v^p repeated along rows or columns is (v repeated)^p."""
    if isinstance(core, HadamardPower) and core.base.is_Matrix and not core.exp.is_Matrix:
        return core.base, core.exp
    if isinstance(core, MatMul) and len(core.args) == 2:
        first, last = core.args
        if isinstance(first, HadamardPower) and isinstance(last, OneMatrix) and last.rows == 1:
            base, exponent = _hadamard_base(first)
            return product(base, last), exponent
        if isinstance(last, HadamardPower) and isinstance(first, OneMatrix) and first.cols == 1:
            base, exponent = _hadamard_base(last)
            return product(first, base), exponent
    return core, S.One


def _hadamard_factors(factors):
    for factor in factors:
        coefficient, core = split(factor)
        if isinstance(core, Transpose) and isinstance(core.arg, HadamardProduct):
            core = HadamardProduct(*map(transposed, core.arg.args))
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
    return HadamardPower(base, exponent)


def unit_matrix(rows, columns, i, j):
    """The matrix e_i e_jᵀ with a single one at (i, j)."""
    if rows == 1 and columns == 1:
        return Identity(1)
    row, column = Symbol("r", integer=True), Symbol("c", integer=True)
    return FunctionMatrix(rows, columns, Lambda((row, column), KroneckerDelta(row, i) * KroneckerDelta(column, j)))


def unit_place(matrix):
    """(i, j) if the matrix is e_i e_jᵀ as `unit_matrix` writes it, else None."""
    if not isinstance(matrix, FunctionMatrix) or not matrix.lamda.expr.is_Mul:
        return None
    places = [
        arg
        for variable in matrix.lamda.signature
        for delta in matrix.lamda.expr.args
        if variable in delta.args
        for arg in delta.args
        if arg != variable
    ]
    return tuple(places) if len(places) == 2 else None


def diagonal(matrix):
    """The diagonal of a square matrix, as a column."""
    coefficient, core = split(matrix)
    if gain(core) > 0:  # the transpose has the same diagonal
        core = transposed(core)
    if isinstance(core, Identity):
        return scaled(coefficient, OneMatrix(core.rows, 1))
    if isinstance(core, OneMatrix):
        return scaled(coefficient, OneMatrix(core.rows, 1))
    if isinstance(core, DiagMatrix):
        return scaled(coefficient, _as_column(core.args[0]))
    if isinstance(core, MatAdd):
        return scaled(coefficient, total(*[diagonal(term) for term in core.args]))
    if isinstance(core, MatMul):
        for cut in range(1, len(core.args)):
            if shape(core.args[cut])[0] == 1:  # a column times a row
                column, row = product(*core.args[:cut]), product(*core.args[cut:])
                return scaled(coefficient, hadamard(column, transposed(row)))
        if isinstance(core.args[0], DiagMatrix):
            rest = diagonal(product(*core.args[1:]))
            return scaled(coefficient, hadamard(_as_column(core.args[0].args[0]), rest))
        if isinstance(core.args[-1], DiagMatrix):
            rest = diagonal(product(*core.args[:-1]))
            return scaled(coefficient, hadamard(rest, _as_column(core.args[-1].args[0])))
    return scaled(coefficient, DiagonalOf(core))


# ---------------------------------------------------------------- scalars


def entry(matrix):
    """The only entry of a 1×1 matrix as a scalar: its trace."""
    coefficient, core = split(matrix)
    if isinstance(core, Identity):
        return coefficient
    other = transposed_product(core) if isinstance(core, MatMul) else core
    return coefficient * Trace(
        min((core, other), key=lambda side: (size(side), default_sort_key(side)))
        if size(core) == size(other) and core != other
        else min((core, other), key=size)
    )


def trace(matrix):
    """The trace; of a product that passes through size 1, the inner product it is."""
    coefficient, core = split(matrix)
    if is_one_by_one(core):
        return coefficient * entry(core)
    if isinstance(core, (ZeroMatrix, Identity)):
        return coefficient * (0 if isinstance(core, ZeroMatrix) else core.rows)
    if isinstance(core, MatMul):
        for cut in range(1, len(core.args)):
            if shape(core.args[cut])[0] == 1:
                return coefficient * entry(product(*core.args[cut:], *core.args[:cut]))
    return coefficient * Trace(core)
