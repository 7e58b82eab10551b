"""Arithmetic of numbers and matrices: exact as long as it can be, else with 60 digits.

A number is an int or a Fraction (exact), an mpf, or a SymPy scalar (an entry kept as a symbol). A matrix is a tuple of
rows.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import mpmath
import sympy as sp

DIGITS = 60
mp = mpmath.MPContext()
mp.dps = DIGITS
TOO_LARGE = 10**6  # an argument of exp or gamma beyond this says nothing and costs minutes


class Undefined(ArithmeticError):
    """The expression has no real, finite value at this point."""


# ---- numbers: int and Fraction (exact), mpf (60 digits), or SymPy scalars (entries as symbols) ----


def is_exact(number):
    """True for a rational number that was computed without rounding."""
    return isinstance(number, (int, Fraction))


def divide(a, b):
    if not isinstance(b, sp.Expr) and b == 0:
        raise Undefined("division by zero")
    if is_exact(a) and is_exact(b):
        return Fraction(a) / b
    return (to_mpf(a) if is_exact(a) else a) / b


def power(base, exponent):
    """base ** exponent among the reals; exact when the root is."""
    if isinstance(base, sp.Expr) or isinstance(exponent, sp.Expr):
        return sp.sympify(base) ** sp.sympify(exponent)
    if is_exact(exponent) and exponent == int(exponent):
        if exponent < 0:
            return divide(1, base ** -int(exponent))
        return base ** int(exponent)
    if base < 0:
        raise Undefined("a root of a negative number")
    if base == 0:
        if exponent <= 0:
            raise Undefined("zero to a negative power")
        return 0
    root = sp.Rational(base) ** sp.Rational(exponent) if is_exact(base) and is_exact(exponent) else None
    if root is not None and root.is_Rational:
        return Fraction(int(root.p), int(root.q))
    return to_mpf(base) ** to_mpf(exponent)


def to_mpf(number):
    return mp.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else mp.mpf(number)


def to_sympy(number):
    """The same number for SymPy."""
    if isinstance(number, sp.Expr):
        return number
    return sp.Rational(number) if is_exact(number) else sp.Float(number, DIGITS)


def from_sympy(number):
    """A SymPy number as Fraction or mpf; Undefined unless it is real and finite."""
    if number.is_Rational:
        return Fraction(int(number.p), int(number.q)) if number.q != 1 else int(number.p)
    value = number.evalf(DIGITS)
    if not (value.is_Float or value.is_Rational) or not value.is_finite:
        raise Undefined(f"{number} is not a real, finite number")
    return mp.mpf(sp.Float(value, DIGITS)._mpf_)


FAST = {
    sp.exp: mp.exp,
    sp.log: mp.log,
    sp.sin: mp.sin,
    sp.cos: mp.cos,
    sp.tan: mp.tan,
    sp.tanh: mp.tanh,
    sp.sinh: mp.sinh,
    sp.cosh: mp.cosh,
    sp.atan: mp.atan,
    sp.asinh: mp.asinh,
    sp.erf: mp.erf,
}


def apply(function, *arguments):
    """A SymPy function of numbers."""
    if any(isinstance(a, sp.Expr) for a in arguments):
        return function(*map(to_sympy, arguments))
    if function is sp.Abs:
        return abs(arguments[0])
    if function is sp.sign:
        return (arguments[0] > 0) - (arguments[0] < 0)
    if any(to_mpf(abs(a)) > TOO_LARGE for a in arguments):
        raise Undefined(f"{function.__name__} of a very large number")
    if function in FAST:
        try:
            value = FAST[function](arguments[0])
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            raise Undefined(f"{function.__name__}({mp.nstr(to_mpf(arguments[0]), 6)})") from error
        if isinstance(value, mp.mpc) or not mp.isfinite(value):
            raise Undefined(f"{function.__name__}({mp.nstr(to_mpf(arguments[0]), 6)}) is not real and finite")
        return value
    return from_sympy(function(*map(to_sympy, arguments)))


# ---- matrices: tuples of rows ----


def shape(a):
    return len(a), len(a[0])


def matrix(rows, cols, entry):
    return tuple(tuple(entry(i, j) for j in range(cols)) for i in range(rows))


def elementwise(function, *matrices):
    """function of the entries of matrices of one shape."""
    shapes = {shape(m) for m in matrices}
    if len(shapes) > 1:
        raise ValueError(f"entry by entry needs one shape, got {', '.join(map(str, sorted(shapes)))}")
    return tuple(tuple(map(function, *rows)) for rows in zip(*matrices, strict=True))


def add(a, b):
    return elementwise(lambda x, y: x + y, a, b)


def scale(factor, a):
    return tuple(tuple(factor * x for x in row) for row in a)


def transpose(a):
    return tuple(zip(*a, strict=True))


def matmul(a, b):
    if shape(a)[1] != shape(b)[0]:
        raise ValueError(f"a {shape(a)} matrix cannot be multiplied by a {shape(b)} matrix")
    columns = transpose(b)
    return tuple(tuple(sum(x * y for x, y in zip(row, col, strict=True)) for col in columns) for row in a)


def product(factors):
    """The product of matrices; 1×1 ones that do not fit their neighbors act as scalars, as in SymPy."""
    parts = []
    for factor in factors:
        if parts and shape(parts[-1])[1] == shape(factor)[0]:
            parts[-1] = matmul(parts[-1], factor)
        else:
            parts.append(factor)
    scalars = [p[0][0] for p in parts if shape(p) == (1, 1)]
    matrices = [p for p in parts if shape(p) != (1, 1)]
    if len(parts) == 1 or not matrices:
        return reduce(matmul, parts)
    return scale(reduce(lambda x, y: x * y, scalars, 1), reduce(matmul, matrices))


def eliminate(a):
    """Determinant and inverse of a square matrix of numbers by Gauss-Jordan; the inverse is None if singular."""
    n = len(a)
    rows = [list(row) + [int(i == j) for j in range(n)] for i, row in enumerate(a)]
    largest = max(to_mpf(abs(x)) for row in a for x in row)
    determinant = 1
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: to_mpf(abs(rows[i][k])))
        lead = rows[pivot][k]
        if lead == 0 or (not is_exact(lead) and abs(lead) < largest * mp.mpf(10) ** (10 - DIGITS)):
            return 0, None
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            determinant = -determinant
        determinant *= lead
        rows[k] = [divide(x, lead) for x in rows[k]]
        for i in range(n):
            if i != k and rows[i][k] != 0:
                rows[i] = [x + -rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    return determinant, tuple(tuple(row[n:]) for row in rows)


def square(a, what):
    if shape(a)[0] != shape(a)[1]:
        raise ValueError(f"the {what} needs a square matrix, got {shape(a)}")
    return a


def is_symbolic(a):
    return any(isinstance(x, sp.Expr) for row in a for x in row)


def determinant(a):
    square(a, "determinant")
    if is_symbolic(a):
        return sp.Matrix(a).det(method="berkowitz")
    return eliminate(a)[0]


def inverse(a):
    square(a, "inverse")
    if is_symbolic(a):
        explicit = sp.Matrix(a)
        return scale(1 / explicit.det(method="berkowitz"), totuple(explicit.adjugate()))
    result = eliminate(a)[1]
    if result is None:
        raise Undefined("the inverse of a singular matrix")
    return result


def matrix_power(a, exponent):
    square(a, "power")
    if not is_exact(exponent) or exponent != int(exponent):
        if shape(a) == (1, 1):
            return ((power(a[0][0], exponent),),)
        raise NotImplementedError(f"a matrix to the power {exponent}")
    if exponent < 0:
        a, exponent = inverse(a), -exponent
    identity = matrix(len(a), len(a), lambda i, j: int(i == j))
    return reduce(matmul, [a] * int(exponent), identity)


def totuple(explicit):
    return tuple(map(tuple, explicit.tolist()))
