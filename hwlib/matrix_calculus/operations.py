"""Operations on values whose shapes are checked, and the sizes of I and of 𝟏, found from their places.

A matrix whose size its word does not tell (I, 𝟏) begins with an unknown size. The first operation that needs two
sizes to be equal settles it (`Operations.fits`).
"""

import sympy as sp
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from .plain import write
from .shapes import is_one_by_one, same_size
from .tokens import NotationError, ShapeError
from .words import as_scalar, elementwise, factors, scale, shape_of
from .writing import entry, split

_BITS = 4096  # of the largest number that is computed; more is a slip of the pen
_MOST = 1000  # terms of a sum or factors of a product, with those of what is defined
_GAMMA = 170  # the largest argument whose Γ is below 10^308
_EXPONENTIAL = 700  # the largest argument whose exp is


class Operations:
    """Sums, products and powers of scalars and matrices.

    python: the text has a spelling of NumPy or SymPy, whose * differ; at: it has @, and so * is no matrix product.
    """

    def __init__(self, text, python, at):
        self.text, self.python, self.at = text, python, at
        self.known, self.unknown = {}, {}

    def fail(self, message, token):
        raise NotationError(message, self.text, token.position)

    def write(self, value):
        """A value in a message, short."""
        text = write(self.now(value).xreplace({size: sp.Symbol("?") for size in self.unknown}))
        return text if len(text) <= 60 else f"{text[:57]}..."

    # ---- sizes ----

    def new_size(self, token, what):
        size = sp.Dummy(what, integer=True, positive=True)
        self.unknown[size] = token
        return size

    def now(self, value):
        """The value with the sizes that have been found since."""
        return value.xreplace(self.known) if self.known else value

    def fits(self, a, b):
        """Whether two sizes are equal, or are from now on."""
        a, b = self.now(a), self.now(b)
        if same_size(a, b):
            return True
        for size in sorted((a - b).free_symbols & self.unknown.keys(), key=str):
            rest = sp.expand(a - b)
            slope = rest.coeff(size, 1)
            found = sp.cancel(-(rest - slope * size) / slope) if slope != 0 else None
            if found is None or found.has(size) or not sp.expand(slope).is_number and sp.denom(found) != 1:
                continue
            if found.is_number and not (found.is_Integer and found >= 1):
                return False
            self.settle(size, found)
            return True
        return False

    def settle(self, size, found):
        if size.name == "I" and found == 1:
            self.fail("I would be 1 x 1 here; write the number 1, or I(n) for another size", self.unknown[size])
        self.known = {other: value.xreplace({size: found}) for other, value in self.known.items()}
        self.known[size] = found

    def open_sizes(self, value):
        """Whether the shape of a matrix is not known yet."""
        return bool(self.unknown) and any(size.free_symbols & self.unknown.keys() for size in value.shape)

    def attempt(self, operation):
        """(value, None), or (None, error) with all sizes as they were."""
        known = dict(self.known)
        try:
            return operation(), None
        except ValueError as error:
            self.known = known
            return None, error

    def finished(self, value, shape=None):
        """The value with all sizes found, the last ones from the shape that its place asks for."""
        if shape is not None:
            value = self.as_asked(value, shape)
        value = self.now(value)
        for size, token in self.unknown.items():
            if size not in self.known or self.known[size].free_symbols & self.unknown.keys():
                word = "I(n)" if size.name == "I" else "ones(n,1)"
                self.fail(f"the size of {size.name} is not known here: write {word}", token)
        return value

    def as_asked(self, value, shape):
        if not value.is_Matrix:
            return ZeroMatrix(*shape) if value == 0 and tuple(shape) != (1, 1) else value
        if self.open_sizes(value):
            for mine, asked in zip(value.shape, shape, strict=True):
                self.fits(mine, asked)
        return value

    # ---- what a function takes ----

    @staticmethod
    def matrix(value, word):
        if not value.is_Matrix:
            raise ValueError(f"{word} needs a matrix, got the scalar {value}")
        return value

    def square(self, value, word):
        if not self.fits(*self.matrix(value, word).shape):
            raise ValueError(f"{word} needs a square matrix, but {self.write(value)} is {shape_of(value)}")
        return self.now(value)

    @staticmethod
    def whole(value, word, least=1):
        """A size or index: a whole number of at least `least`, or an expression in the sizes."""
        scalars = [s for s in value.free_symbols if s.is_real and not s.is_integer]
        if value.is_Matrix or scalars or value.is_integer is False or value.is_number and value < least:
            raise ValueError(f"{word} needs whole numbers of at least {least}, or sizes, but got {value}")
        return value

    # ---- sums ----

    def add(self, values, tokens=()):
        """The sum; a number beside a matrix stands in each of its entries."""
        values = [self.now(value) for value in values]
        full = [value for value in values if value.is_Matrix and not is_one_by_one(value)]
        if not full:
            if all(value.is_Matrix for value in values):
                return self.matrix_sum(values, values[0])
            return sp.Add(*map(as_scalar, values))
        first = values.index(full[0])
        for position, value in enumerate(values):
            if value.is_Matrix and not is_one_by_one(value):
                token = tokens[max(position, 1 if first == 0 else first)] if tokens else None
                self.same_shape(self.now(full[0]), self.now(value), token, "added")
        model = self.now(full[0])
        return self.matrix_sum([self.filled(self.now(value), model) for value in values], model)

    def filled(self, value, model):
        if value.is_Matrix and not is_one_by_one(value):
            return value
        return scale(as_scalar(value), OneMatrix(*model.shape))

    def matrix_sum(self, values, model):
        terms = [term for value in values for term in sp.MatAdd.make_args(value) if not isinstance(term, ZeroMatrix)]
        if not terms:
            return ZeroMatrix(*model.shape)
        self.bounded(terms)
        return terms[0] if len(terms) == 1 else sp.MatAdd(*terms)

    def same_shape(self, left, right, token, what):
        if self.fits(left.rows, right.rows) and self.fits(left.cols, right.cols):
            return
        hint = ""
        if same_size(left.cols, right.cols) and 1 in (left.rows, right.rows):
            one, many = (left, right) if left.rows == 1 else (right, left)
            hint = f"; to repeat the row, write ones({many.rows},1)*{self.write(one)}"
        elif same_size(left.rows, right.rows) and 1 in (left.cols, right.cols):
            one, many = (left, right) if left.cols == 1 else (right, left)
            hint = f"; to repeat the column, write {self.write(one)}*ones(1,{many.cols})"
        elif tuple(left.shape) == tuple(right.shape)[::-1]:
            hint = "; one of them is to be transposed"
        sides = sorted((left, right), key=lambda side: isinstance(side, sp.Identity))
        if isinstance(sides[1], sp.Identity):
            raise self.error(f"I is square, but is {what} with a matrix of shape {shape_of(sides[0])}", token)
        raise self.error(
            f"{self.write(left)} is {shape_of(self.shown(left))} and {self.write(right)} is "
            f"{shape_of(self.shown(right))}: they cannot be {what}{hint}",
            token,
            ShapeError,
        )

    def shown(self, value):
        """The value with a question mark for each unknown size."""
        return self.now(value).xreplace({size: sp.Symbol("?") for size in self.unknown})

    def error(self, message, token, kind=NotationError):
        return kind(message, self.text, token.position) if token else ValueError(message)

    @staticmethod
    def bounded(parts):
        """Definitions of definitions can double at each line."""
        if len(parts) > _MOST:
            raise ValueError(f"written out, this has more than {_MOST} terms or factors")

    # ---- products ----

    @staticmethod
    def raise_(error):
        raise error

    def multiply(self, left, right, token=None):
        """The product of scalars and matrices; a 1×1 matrix that does not fit is a scalar."""
        left, right = self.now(left), self.now(right)
        if not (left.is_Matrix and right.is_Matrix):
            return scale(left, right) if right.is_Matrix else scale(right, left)
        ones = is_one_by_one(left) or is_one_by_one(right)
        if not (ones and (self.open_sizes(left) or self.open_sizes(right))) and self.fits(left.cols, right.rows):
            return self.product(left, right)
        if ones:
            return self.multiply(*(as_scalar(e) if is_one_by_one(e) else e for e in (left, right)))
        hint = " (.* multiplies entry by entry)" if shape_of(left) == shape_of(right) else ""
        raise self.error(
            f"{self.write(left)} is {shape_of(self.shown(left))} and {self.write(right)} is "
            f"{shape_of(self.shown(right))}: their product does not exist{hint}",
            token,
            ShapeError,
        )

    def product(self, left, right):
        """The product of two matrices whose sizes fit; an identity in it is left out, 𝟏𝟏ᵀ is one matrix of ones."""
        (a, first), (b, second) = split(self.now(left)), split(self.now(right))
        if isinstance(first, ZeroMatrix) or isinstance(second, ZeroMatrix) or a == 0 or b == 0:
            return ZeroMatrix(first.rows, second.cols)
        parts = []
        for part in (*factors(first), *factors(second)):
            if isinstance(part, sp.Identity):
                continue
            if parts and isinstance(part, OneMatrix) and isinstance(parts[-1], OneMatrix) and part.rows == 1:
                part = OneMatrix(parts.pop().rows, part.cols)
            parts.append(part)
        if not parts:
            return scale(a * b, first)
        self.bounded(parts)
        return scale(a * b, parts[0] if len(parts) == 1 else sp.MatMul(*parts))

    def kronecker(self, left, right, token=None):
        if not (left.is_Matrix and right.is_Matrix):
            return scale(left, right) if right.is_Matrix else scale(right, left)
        return sp.KroneckerProduct(left, right)

    def starred(self, left, right, token):
        """* in a text that could be NumPy's, MATLAB's or SymPy's: the product or entry by entry, whichever exists."""
        if not (left.is_Matrix and right.is_Matrix) or is_one_by_one(left) or is_one_by_one(right):
            return self.multiply(left, right, token)
        product, error = self.attempt(lambda: self.multiply(left, right, token))
        known = self.known
        entries, _ = self.attempt(lambda: self.hadamard(left, right, token))
        if entries is None and (product is None or not self.at):
            self.known = known
            return product if product is not None else self.raise_(error)
        if product is not None:
            raise self.error("* is entry by entry in NumPy and the matrix product here: write .* or @", token)
        return entries

    def reciprocal(self, value):
        if value == 0:
            raise ValueError("division by zero")
        return 1 / value

    def divide(self, left, right, token=None):
        right = self.now(right)
        if right.is_Matrix and not is_one_by_one(right):
            if self.python and not same_size(*right.shape):  # NumPy's; MATLAB's / would solve a system
                return self.hadamard_divide(left, right, token)
            raise self.error(
                f"cannot divide by {self.write(right)}, which is {shape_of(self.shown(right))}: write ./ for entry "
                "by entry, or * inv(...)",
                token,
            )
        divisor = as_scalar(right)
        if divisor == 0:
            raise self.error("division by zero", token)
        return self.multiply(left, 1 / divisor, token)

    def left_divide(self, left, right, token=None):
        left = self.now(left)
        if not left.is_Matrix or is_one_by_one(left):
            return self.divide(right, left, token)
        if not self.fits(*left.shape):
            raise self.error(
                f"{self.write(left)} is {shape_of(left)} and has no inverse: the least squares of \\ are not read",
                token,
            )
        return self.multiply(self.inverse(self.now(left)), right, token)

    @staticmethod
    def inverse(value):
        return value if isinstance(value, sp.Identity) else sp.Inverse(value)

    # ---- entry by entry ----

    def scalars(self, left, right):
        """Both operands, a 1×1 matrix as a scalar unless both are 1×1 matrices."""
        left, right = self.now(left), self.now(right)
        if left.is_Matrix and right.is_Matrix and is_one_by_one(left) and is_one_by_one(right):
            return left, right
        return tuple(entry(e) if e.is_Matrix and is_one_by_one(e) else e for e in (left, right))

    def hadamard(self, left, right, token=None):
        left, right = self.scalars(left, right)
        if not (left.is_Matrix and right.is_Matrix):
            return scale(left, right) if right.is_Matrix else scale(right, left)
        self.same_shape(left, right, token, "multiplied entry by entry")
        (a, first), (b, second) = split(self.now(left)), split(self.now(right))
        if isinstance(first, ZeroMatrix) or isinstance(second, ZeroMatrix):
            return ZeroMatrix(*first.shape)
        parts = [p for e in (first, second) for p in (e.args if isinstance(e, sp.HadamardProduct) else [e])]
        self.bounded(parts)
        return scale(a * b, sp.HadamardProduct(*parts))

    def hadamard_divide(self, left, right, token=None):
        right = self.now(right)
        if not right.is_Matrix or is_one_by_one(right):
            return self.divide(left, right, token)
        coefficient, core = split(right)
        if isinstance(core, (ZeroMatrix, sp.Identity)):
            raise self.error(f"division by zero: {self.write(right)} has entries 0", token)
        return self.hadamard(left, scale(1 / coefficient, sp.HadamardPower(core, -1)), token)

    def entrywise_power(self, base, exponent, token=None):
        exponent = as_scalar(exponent) if exponent.is_Matrix and is_one_by_one(exponent) else exponent
        if not base.is_Matrix or is_one_by_one(base):
            base = as_scalar(base)
            if not exponent.is_Matrix:
                return self.number_power(base, exponent, token)
            if base.is_number and not base.is_positive:
                raise self.error(f"powers of {base} to every entry are not real", token)
            return elementwise(lambda t: base**t, exponent)
        if exponent.is_Matrix:
            raise self.error(f"the exponent must be a scalar, but is {shape_of(self.shown(exponent))}", token)
        if exponent == 0:
            return OneMatrix(*base.shape)
        if exponent == 1:
            return base
        if isinstance(base, (ZeroMatrix, sp.Identity)) and not exponent.is_positive:
            raise self.error(f"division by zero: {self.write(base)} has entries 0", token)
        return sp.HadamardPower(base, exponent)

    # ---- powers and functions ----

    def raised(self, base, exponent, token):
        if not base.is_Matrix or is_one_by_one(base):
            return self.number_power(as_scalar(base), exponent, token)
        if not self.fits(*base.shape):
            self.fail(
                f"{self.write(base)} is {shape_of(self.shown(base))} and has no power: write .^ for entry by entry, "
                "or norm(...)^2",
                token,
            )
        base = self.now(base)
        if exponent == 0:
            return sp.Identity(base.rows)
        if exponent == 1 or isinstance(base, sp.Identity):
            return base
        return sp.Inverse(base) if exponent == -1 else sp.MatPow(base, exponent)

    def number_power(self, base, exponent, token):
        if base == 0 and exponent.is_negative:
            raise self.error("division by zero", token)
        if base.is_number and exponent.is_number and base not in (-1, 0, 1):
            if abs(sp.N(exponent * sp.log(sp.Abs(base), 2), 5)) > _BITS:
                raise self.error(f"this power is out of range: it has more than {_BITS} binary digits", token)
        return base**exponent

    def function(self, word, function, value):
        """A function of every entry; of a number, within the range of double precision."""
        scalar = as_scalar(value) if not value.is_Matrix or is_one_by_one(value) else None
        if scalar is not None and scalar.is_number:
            bound = {"gamma": _GAMMA, "loggamma": _GAMMA}.get(word, _EXPONENTIAL)
            if word not in ("log", "sqrt", "abs", "sign", "step", "relu") and abs(sp.N(scalar, 5)) > bound:
                raise ValueError(f"{word} takes numbers of at most {bound}, but got {str(scalar)[:20]}")
        return elementwise(function, value)
