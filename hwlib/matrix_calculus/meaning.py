"""A tree as the SymPy expression that it means: shapes checked, the sizes of I and of 𝟏 found from their places.

`Reader.value` gives each node its value, bottom up, by the method named after its kind.
"""

import inspect
import re

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.special import OneMatrix

from . import words
from .index_notation import sum_over
from .operations import Operations
from .shapes import is_one_by_one, same_size
from .tokens import NotationError
from .words import CALLS, FUNCTIONS, as_scalar, elementwise, flip, is_vector, norm, scale, shape_of
from .writing import entry


class Reader(Operations):
    """The values of the nodes of a tree."""

    def __init__(self, text, names):
        python = re.search(r"@|\b(?:np|numpy|jnp)\.|\.T\b|\*\*", text)
        matlab = re.search(r"['’]|\.[*/^]", text)
        super().__init__(text, python=bool(python), at="@" in text and not matlab)
        self.names = names

    def value(self, node):
        """The value of a node; what SymPy or an operation cannot do is told at the node's place."""
        try:
            value = getattr(self, f"_{node.kind}")(node)
        except NotationError:
            raise
        except ValueError as error:
            self.fail(str(error), node.token)
        if not value.is_Matrix:
            self.check_number(value, node.token)
        return value

    def check_number(self, value, token):
        if value.is_number and (value.has(sp.zoo, sp.nan, sp.oo) or value.is_real is False):
            what = "has no value" if value.has(sp.zoo, sp.nan, sp.oo) else "is not a real number"
            self.fail(f"this {what}", token)

    # ---- leaves ----

    def _number(self, node):
        text = node.parts[0]
        halves = {"½": "1/2", "⅓": "1/3", "¼": "1/4", "¾": "3/4", "⅔": "2/3"}
        return sp.Rational(halves.get(text, text))

    def _name(self, node):
        return self.names[node.parts[0]]

    def _pi(self, node):
        return sp.pi

    def _size_named(self, word, token):
        size = self.names.get(word) if not word.isdigit() else sp.Integer(word)
        if size is None or size.is_Matrix or size.is_integer is False or size.is_number and size < 1:
            self.fail(f"{word!r} is not a declared size", token)
        return size

    def _eye(self, node):
        word = node.parts[0]
        return sp.Identity(self._size_named(word, node.token) if word else self.new_size(node.token, "I"))

    def _ones(self, node):
        sizes = re.split(r"\\times|×|x|,", node.parts[0]) if node.parts[0] else []
        if not sizes:
            return OneMatrix(self.new_size(node.token, "1"), 1)
        return OneMatrix(*[self._size_named(word.strip(), node.token) for word in [*sizes, "1"][:2]])

    def _group(self, node):
        return self.value(node.parts[0])

    def _tuple(self, node):
        self.fail("a shape stands only in ones(...) and zeros(...)", node.token)

    def _word(self, node):
        self.fail(f"{node.parts[0]!r} is not expected here", node.token)

    def _size(self, node):
        base, axis = node.parts
        value = self.value(base)
        return value.shape[axis] if value.is_Matrix else self.fail("a scalar has no shape", node.token)

    def _differential(self, node):
        value = self.value(node.parts[0])
        if value.is_Matrix and self.open_sizes(value):
            self.fail("the size of what stands in d(...) is not known", node.token)
        return self.names.differential(self.now(value))

    def _indexed(self, node):
        return node.parts[0]

    def _index_sum(self, node):
        letters, term = node.parts
        return sum_over(letters, as_scalar(self.value(term)))

    # ---- sums ----

    def _negative(self, node):
        return scale(-1, self.value(node.parts[0]))

    def _sum(self, node):
        values, places = [], []
        for sign, token, part in node.parts:
            value = self.value(part)
            values.append(scale(-1, value) if sign == "-" else value)
            places.append(token)
        return self.add(values, places)

    # ---- products ----

    def _chain(self, node):
        """Neighbors are multiplied; a weak sign and what stands beside its right side: see `beside`."""
        first, *rest = node.parts
        steps = [("", first.token, first, False, self.operand(first, ""))]
        steps += [(sign, token, part, spaced, self.operand(part, sign)) for sign, token, part, spaced in rest]
        self.refuse_look_alikes(steps)
        weak = [i for i, step in enumerate(steps) if i and self.is_weak(step[0])]
        cut, *others = [*weak, len(steps)]
        value = self.run(steps[0][-1], steps[1:cut])
        for end in others:
            value = self.segment(value, steps[cut - 1], steps[cut:end])
            cut = end
        return value

    def operand(self, part, sign):
        """The value of a factor; |x| as a divisor is a norm."""
        return self.bars(part, "norm") if part.kind == "bars" and sign == "/" else self.value(part)

    def is_weak(self, sign):
        return sign in ("/", "\\", ".*", "./", "⊗") or sign == "*" and self.python

    def refuse_look_alikes(self, steps):
        for (_, _, left, _, value), (sign, token, right, spaced, other) in zip(steps, steps[1:], strict=False):
            if sign == "" and left.kind == "name" and right.kind == "group" and not spaced and self.is_index(other):
                self.fail(
                    f"is this an entry, {self.write(value)}[{self.write(other)}], or a product, "
                    f"{self.write(value)}*{self.write(other)}?",
                    token,
                )
            kinds = [self.bare_ones(left), self.bare_ones(right)]
            if any(kinds) and any(part.kind == "number" and part.parts == ("1",) for part in (left, right)):
                self.fail("is this 1 a number or a column of ones? Write ones(n,1) for the column", token)

    @staticmethod
    def bare_ones(node):
        if node.kind == "transpose" and node.parts[0].kind == "number":
            return True
        return node.kind == "ones" and not node.parts[0]

    @staticmethod
    def is_index(value):
        """Whether a scalar is a whole number or a size, as an index is."""
        return not value.is_Matrix and value.is_integer is True

    def run(self, value, steps):
        """A product from left to right; where that does not exist, rows times columns first: A x'x is A (x'x)."""
        known, start = dict(self.known), value
        for k, (sign, token, _, _, right) in enumerate(steps):
            try:
                value = self.multiplied(self.now(value), sign, self.now(right), token)
            except NotationError:
                grouped = self.scalars_first(value, steps[k:])
                if grouped is None and k:  # a row before this place
                    self.known = known
                    grouped = self.scalars_first(start, steps)
                if grouped is None:
                    raise
                return self.run(*grouped)
        return value

    def scalars_first(self, value, steps):
        """(first value, steps) with one row times column put together, or None."""
        values = [value, *[step[-1] for step in steps]]
        for i, left in enumerate(values[:-1]):
            if not left.is_Matrix or left.rows != 1 or is_one_by_one(left):
                continue
            product = left
            for j in range(i + 1, len(values)):
                product, error = self.attempt(lambda p=product, j=j: self.multiply(p, values[j]))
                if error:
                    break
                if product.is_Matrix and is_one_by_one(product):
                    scalar = entry(product)
                    if i == 0:
                        return scalar, steps[j:]
                    return value, [*steps[: i - 1], (*steps[i - 1][:-1], scalar), *steps[j:]]
        return None

    def multiplied(self, left, sign, right, token):
        """left sign right for a sign of a product."""
        if sign == "@":
            return words.matmul(self, left, right) if self.exists(left, right) else self.multiply(left, right, token)
        columns = left.is_Matrix and right.is_Matrix and left.cols == right.cols == 1 and not is_one_by_one(left)
        if sign == "·" and columns and self.fits(left.rows, right.rows):
            return words.inner(self, left, right)
        if sign == "×" and columns:
            self.fail("the cross product is not read; .* multiplies entry by entry, x'*y is the inner product", token)
        if sign == "\\?" and left.is_Matrix and right.is_Matrix and same_size(left.cols, left.rows):
            name, other = self.write(left), self.write(right)
            self.fail(f"is this a product, {name}*{other}, or a left division, inv({name})*{other}?", token)
        return self.multiply(left, right, token)

    def exists(self, left, right):
        return left.is_Matrix and right.is_Matrix and left.cols == right.cols == 1 and same_size(left.rows, right.rows)

    def segment(self, value, before, steps):
        """value sign right, the first of the steps, and the factors up to the next weak sign."""
        (sign, token, part, spaced, right), *rest = steps
        count = next((i for i, step in enumerate(rest) if step[0] not in ("", "\\?")), len(rest))
        beside, rest = rest[:count], rest[count:]
        operation = {
            "/": self.divide,
            "\\": self.left_divide,
            ".*": self.hadamard,
            "./": self.hadamard_divide,
            "⊗": self.kronecker,
            "*": self.starred,
        }[sign]

        def left_to_right():
            return self.run(operation(self.now(value), self.now(right), token), beside + rest)

        def tight(count=0):
            inner = self.run(right, beside + rest[:count])
            return self.run(operation(self.now(value), self.now(inner), token), rest[count:])

        if not beside:
            if not rest or sign not in (".*", "./"):
                return left_to_right()
            found, error = self.attempt(left_to_right)
            if error:  # y .* W*x can only be y .* (W*x)
                found, _ = self.attempt(lambda: tight(len(rest)))
            return found if found is not None else self.raise_(error)
        known = dict(self.known)
        plain, error = self.attempt(left_to_right)
        after, self.known = self.known, known
        other, _ = self.attempt(tight)
        if other is None or plain is not None and self.same_reading(sign, plain, other, beside):
            self.known = after
            return plain if plain is not None else self.raise_(error)
        if plain is None:
            return other
        if sign == "/" and self.reads_on(before, token, part, beside[0]):
            self.known = after
            return plain
        a, b, c = self.write(value), self.write(right), self.write(beside[0][-1])
        return self.fail(f"is this ({a} {sign} {b})*{c} or {a} {sign} ({b}*{c})? Put brackets", beside[0][1])

    @staticmethod
    def same_reading(sign, plain, other, beside):
        scalars = all(not step[-1].is_Matrix or is_one_by_one(step[-1]) for step in beside)
        return plain == other or sign in (".*", "⊗", "*") and scalars

    @staticmethod
    def reads_on(before, slash, part, beside):
        """Whether a fraction ends before what stands beside its denominator: 1/n tr(A), 1/2 x'x, 1/2x'x."""
        literal = before[2].kind == part.kind == "number"
        scalar = not beside[-1].is_Matrix or is_one_by_one(beside[-1])
        if beside[3]:
            return literal or not slash.spaced and not part.token.spaced or part.kind == "group"
        return literal and not scalar

    # ---- powers, functions, entries ----

    def _transpose(self, node):
        part = node.parts[0]
        if part.kind == "number":
            if part.parts != ("1",):
                self.fail(f"the number {part.parts[0]} has no transpose", node.token)
            return OneMatrix(1, self.new_size(part.token, "1"))
        return flip(self.value(part))

    def _power(self, node):
        base, exponent, sign = node.parts
        power = self.value(exponent)
        value = self.bars(base, "norm" if sign != ".^" else "entries") if base.kind == "bars" else self.value(base)
        if power.is_Matrix and is_one_by_one(power):
            power = as_scalar(power)
        if sign == ".^":
            return self.entrywise_power(value, power, exponent.token if power.is_Matrix else node.token)
        if power.is_Matrix:
            self.fail(f"the exponent must be a scalar, but is {shape_of(self.shown(power))}", exponent.token)
        if sign == "**" and value.is_Matrix and not is_one_by_one(value):
            if not self.fits(*value.shape):
                return self.entrywise_power(value, power, node.token)
            self.fail("** is entry by entry in NumPy and a matrix power in SymPy: write .^ or ^", node.token)
        return self.raised(value, power, node.token)

    def _euler(self, node):
        exponent = self.value(node.parts[0])
        square = exponent.is_Matrix and not is_one_by_one(exponent) and same_size(*exponent.shape)
        if square:
            self.fail("the exponential of a matrix is not read; exp(A) is taken of every entry", node.token)
        return self.function("exp", sp.exp, exponent)

    def _slope(self, node):
        """The derivative of a function of entries, as in σ'(z)."""
        word, part = node.parts
        body = sp.diff(FUNCTIONS[word](words.T), words.T)
        return self.function(word, lambda t: body.subs(words.T, t), self.value(part))

    def _fraction(self, node):
        above, below = node.parts
        return self.divide(self.value(above), self.operand(below, "/"), node.token)

    def _bars(self, node):
        return self.bars(node, None)

    def bars(self, node, sense):
        """||A|| is the norm; |A| by shape or place a determinant, a norm or an absolute value."""
        sign, part, order = node.parts
        value = self.value(part)
        try:
            if sign == "||":
                return CALLS["norm"](self, value, order or None)
        except ValueError as error:
            self.fail(getattr(error, "message", str(error)), node.token)
        if not value.is_Matrix or is_one_by_one(value) or sense == "entries":
            return elementwise(sp.Abs, value)
        if self.fits(*value.shape):
            return sp.Determinant(self.now(value))
        if is_vector(value) and sense == "norm":
            return norm(value)
        name = self.write(value)
        return self.fail(
            f"is |{name}| the norm or the absolute value of every entry? Write norm({name}) or abs({name})", node.token
        )

    def _call(self, node):
        word, parts, named = node.parts
        parts = [part for argument in parts for part in (argument.parts if argument.kind == "tuple" else [argument])]
        sense = "entries" if word in ("sum", "mean") else None
        values = [self.argument(part, sense) for part in parts]
        named = {key: self.argument(part) for key, part in named.items()}
        if word in FUNCTIONS:
            if len(values) != 1 or named:
                self.fail(self.wrong_count(word, values, named), node.token)
            return self.function(word, FUNCTIONS[word], values[0])
        if self.text[max(node.token.position - 1, 0)] == ".":  # NumPy's
            word = "matmul" if word == "dot" else word
            if word in ("sum", "mean", "softmax") and len(values) == 2:
                named["axis"] = values.pop()
        call = CALLS[word]
        try:
            inspect.signature(call).bind(self, *values, **named)
        except TypeError:
            self.fail(self.wrong_count(word, values, named), node.token)
        if any(isinstance(value, str) for value in values) and word != "norm":
            self.fail(f"{word} does not take a word", node.token)
        return call(self, *map(self.now, values), **named)

    def argument(self, part, sense=None):
        if part.kind == "word":
            return part.parts[0]
        return self.bars(part, sense) if part.kind == "bars" else self.value(part)

    @staticmethod
    def wrong_count(word, values, named):
        unknown = f" or {', '.join(named)}=" if named else ""
        return f"{word} does not take {len(values)} argument{'s' * (len(values) != 1)}{unknown}"

    def _entry(self, node):
        base, *indices = node.parts
        value, places = self.now(self.value(base)), [self.value(index) for index in indices]
        if len(places) == 1 and not self.is_index(places[0]):
            if base.kind == "name" and value.is_Matrix and places[0].is_number:
                self.fail("rows and columns are counted from 1, by whole numbers", node.token)
            return self.multiply(value, places[0], node.token)
        if not value.is_Matrix:
            self.fail(f"{self.write(value)} is a scalar and has no entries", node.token)
        if len(places) == 1 and not is_vector(value):
            self.fail(f"{self.write(value)} is {shape_of(value)}: an entry needs two indices, as in A[1,2]", node.token)
        if len(places) > 2:
            self.fail("an entry has one index or two", node.token)
        if self.python:
            self.fail(
                "entries are counted from 1 here and from 0 in NumPy: write x[1] in a text without NumPy", node.token
            )
        if len(places) == 1:
            places = [places[0], sp.S.One] if value.cols == 1 else [sp.S.One, places[0]]
        for place, size in zip(places, value.shape, strict=True):
            if not self.is_index(place) or place.is_nonpositive:
                self.fail("rows and columns are counted from 1, by whole numbers", node.token)
            if (place - size).is_positive:
                self.fail(f"there is no entry {place}: {self.write(value)} is {shape_of(value)}", node.token)
        return MatrixElement(value, places[0] - 1, places[1] - 1)
