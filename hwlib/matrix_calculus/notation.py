"""Plain notation for matrix expressions: read it, write it.

    declarations   W: n x k, x: n, b: k, t: scalar, S: n x n symmetric     (x: n is a column)
    definitions    y = sigmoid(W'*x + b)
    expressions    2*x*((y - Z) .* y .* (1 - y))'

sum        : product (("+" | "-") product)*
product    : signed (("*" | "/" | ".*" | "./" | nothing) signed)*          from left to right, as in MATLAB
signed     : ("-" | "+") signed | power
power      : primary ("'" | "^" exponent | ".^" exponent | "[" sum "," sum "]")*
exponent   : "T" | "{" sum "}" | "-"? primary
primary    : number | name | function "(" sum ("," sum)* ")"
           | "(" sum ")" | "||" sum "||" | "\\frac" "{" sum "}" "{" sum "}"

A number next to a matrix stands for a matrix of it (1 - y), I for an identity of the size that fits. LaTeX's
words and Unicode's signs for the same things are understood. Text is only ever read, never executed.
"""

from __future__ import annotations

import re
from itertools import permutations
from typing import NamedTuple

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from .nodes.entrywise import softmax_parts
from .nodes.slopes import T, applied
from .writing import entry, expression, is_one_by_one, same_size, split, unit_matrix


class NotationError(ValueError):
    """Text that cannot be read; position counts its characters from 0."""

    def __init__(self, message, text, position):
        self.position = position
        start = text.rfind("\n", 0, position) + 1
        line = text[start:].split("\n", 1)[0]
        super().__init__(f"{message}\n  {line}\n  {' ' * (position - start)}^")


# ---- words ----

FUNCTIONS = {
    "exp": sp.exp,
    "log": sp.log,
    "ln": sp.log,
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
    "sign": sp.sign,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "cot": sp.cot,
    "atan": sp.atan,
    "arctan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "erf": sp.erf,
    "gamma": sp.gamma,
    "loggamma": sp.loggamma,
    "sigmoid": lambda t: 1 / (1 + sp.exp(-t)),
    "softplus": lambda t: sp.log(1 + sp.exp(t)),
    "relu": lambda t: sp.Max(0, t),
    "step": sp.Heaviside,
}
ALIASES = {"trace": "tr", "eye": "I", "ln": "log", "σ": "sigmoid", "sigma": "sigmoid", "inverse": "inv"}
SIGNS = {
    "⊙": ".*",
    "∘": ".*",
    "\\odot": ".*",
    "\\circ": ".*",
    "·": "*",
    "\\cdot": "*",
    "−": "-",
    "‖": "||",
    "\\|": "||",
    "\\lVert": "||",
    "\\rVert": "||",
    "\\Vert": "||",
    "ᵀ": "'",
    "\\div": "/",
    "⊗": "kron",
}
IGNORED = {"\\left", "\\right", "\\,", "\\;", "\\!", "\\ ", "\\:", "\\quad", "\\big", "\\Big", "\\bigl", "\\bigr"}
NAME = r"[A-Za-zα-ωΑ-Ω][A-Za-z0-9α-ωΑ-Ω]*(?:_\{[A-Za-z0-9]+\}|_[A-Za-z0-9_]+)?"
TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<number>\d+(?:\.\d+)?)
  | \\(?:mathrm|mathbf|mathit|mathsf|operatorname|text|boldsymbol|bm)\{{(?P<word>\w+)\}}
  | (?P<name>{NAME})
  | (?P<command>\\(?:[A-Za-z]+|.))
  | (?P<raised>⁻¹|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
  | (?P<sign>\.\*|\./|\.\^|\.'|\|\||[-+*/^'()\[\]{{}},=|⊙∘·−‖ᵀ⊗])
""",
    re.VERBOSE,
)
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class Token(NamedTuple):
    kind: str  # number, name, raised, sign, or end
    text: str
    position: int


def tokens(text):
    """The tokens of a text, the last one of kind "end"."""
    found, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise NotationError(f"{text[position]!r} has no meaning here", text, position)
        kind, word = match.lastgroup, match.group(match.lastgroup)
        if kind == "command":
            kind, word = ("sign", SIGNS[word]) if word in SIGNS else ("name", word.lstrip("\\"))
            if match.group() in ("\\frac", "\\dfrac", "\\tfrac"):
                kind, word = "sign", "\\frac"
        elif kind == "sign":
            word = "'" if word == ".'" else SIGNS.get(word, word)
        elif kind in ("word", "name"):
            kind, word = "name", word.replace("{", "").replace("}", "")
        if kind != "space" and match.group() not in IGNORED:
            found.append(Token(kind, word, position))
        position = match.end()
    return [*found, Token("end", "the end", len(text))]


# ---- reading ----

EYE = sp.Dummy("I")  # an identity whose size is not known yet: a scalar until it meets a matrix


class Scope(dict):
    """Names and what they stand for; `symmetric` holds the matrix symbols declared so."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.symmetric = set()


def parse(text, scope=None):
    """The SymPy expression that a text in plain notation stands for.

    scope: {name: SymPy expression}, as `read` returns it. Raises NotationError, whose message shows the place.
    """
    parser = _Parser(text, scope or {})
    value = parser.sum()
    if parser.token.kind != "end":
        parser.fail(f"{parser.token.text!r} is not expected here")
    if not value.is_Matrix and value.has(EYE):
        parser.fail("the size of I is not known here: write I(n)", parser.all[0])
    return value


def read(text, scope=None):
    """Declarations and definitions, one a line or separated by commas: a Scope, begun with the given one.

    Raises NotationError for what it cannot read, positions counted from the start of the whole text.
    """
    found = Scope(scope or {})
    found.symmetric = set(getattr(scope, "symmetric", ()))
    waiting = []
    for start, statement in _statements(text):
        if "=" in statement:
            name, expression = statement.split("=", 1)
            found[_name(name, text, start)] = _parse_at(text, start + len(name) + 1, expression, found)
        elif ":" in statement or re.search(r"\\in\b|∈", statement):
            name, shape = re.split(r":|\\in\b|∈", statement, maxsplit=1)
            for one, position in [*waiting, (name, start)]:
                _declare(found, _name(one, text, position), shape, text, start + len(statement) - len(shape))
            waiting = []
        else:
            waiting.append((statement, start))
    if waiting:
        name, start = waiting[0]
        raise NotationError(f"{name.strip()} has neither a shape (A: n x k) nor a value (y = ...)", text, start)
    return found


def _statements(text):
    """(position, statement) between newlines, semicolons and commas outside brackets; # begins a comment."""
    text = re.sub(r"[#%].*", lambda m: " " * len(m.group()), text)
    start, depth = 0, 0
    for position, character in enumerate(text + "\n"):
        depth += (character in "([{") - (character in ")]}")
        if character in "\n;" or (character == "," and depth == 0):
            statement = text[start:position]
            if statement.strip():
                lead = len(statement) - len(statement.lstrip())
                yield start + lead, statement.strip()
            start, depth = position + 1, 0


def _name(name, text, position):
    plain = name.strip().lstrip("\\").replace("{", "").replace("}", "")
    if not re.fullmatch(NAME, plain):
        raise NotationError(f"{name.strip()!r} is not a name", text, position)
    return plain


def _parse_at(text, start, expression, scope):
    try:
        return parse(expression, scope)
    except NotationError as error:
        message = str(error).split("\n", 1)[0]
        raise NotationError(message, text, start + error.position) from None


def _declare(scope, name, shape, text, position):
    words = re.sub(
        r"\\mathbb\{R\}|\bR\b|ℝ|[\^(){}]|\\times|×|\bby\b",
        lambda m: " x " if m.group() in ("\\times", "×", "by") else " ",
        shape,
    )
    kind = [w for w in words.split() if w in ("scalar", "symmetric")]
    sizes = [w.strip() for w in re.split(r"\bx\b|,", re.sub(r"\b(scalar|symmetric)\b", "", words)) if w.strip()]
    if kind == ["scalar"] and not sizes:
        scope[name] = sp.Symbol(name, real=True)
        return
    if len(sizes) not in (1, 2):
        raise NotationError(f"a shape is written n x k, n or scalar, not {shape.strip()!r}", text, position)
    rows, cols = [_parse_at(text, position, size, _sizes(scope, size)) for size in [*sizes, "1"][:2]]
    if "symmetric" in kind and rows != cols:
        raise NotationError(f"{name} cannot be symmetric: it is {rows} x {cols}", text, position)
    scope[name] = sp.MatrixSymbol(name, rows, cols)
    if "symmetric" in kind:
        scope.symmetric.add(scope[name])


def _sizes(scope, size):
    for name in re.findall(NAME, size):
        scope.setdefault(name, sp.Symbol(name, integer=True, positive=True))
    return scope


class _Parser:
    """Recursive descent, one method a line of the grammar."""

    def __init__(self, text, scope):
        self.text, self.scope = text, scope
        self.all, self.at, self.norms = tokens(text), 0, 0

    @property
    def token(self):
        return self.all[self.at]

    def fail(self, message, token=None):
        raise NotationError(message, self.text, (token or self.token).position)

    def take(self, *texts):
        """The next token if it is one of these signs, else None."""
        token = self.token
        if token.kind == "sign" and token.text in texts:
            self.at += 1
            return token
        return None

    def expect(self, text):
        return self.take(text) or self.fail(f"{text!r} is missing before {self.token.text!r}")

    def sum(self):
        value = self.product()
        while sign := self.take("+", "-"):
            right = self.product()
            value = self.add(value, right if sign.text == "+" else scale(-1, right), sign)
        return value

    def product(self):
        value = self.signed()
        while True:
            if sign := self.take("*", ".*", "/", "./"):
                value = self.combine(sign, value, self.signed())
            elif (
                self.token.kind in ("number", "name")
                or self.token.text in ("(", "{", "\\frac")
                or (self.token.text == "||" and not self.norms)
            ):
                value = self.multiply(value, self.power(), self.token)
            else:
                return value

    def combine(self, sign, left, right):
        operation = {"*": self.multiply, "/": self.divide, ".*": self.hadamard, "./": self.hadamard_divide}
        return operation[sign.text](left, right, sign)

    def signed(self):
        if self.take("-"):
            return scale(-1, self.signed())
        if self.take("+"):
            return self.signed()
        return self.power()

    def power(self):
        value = self.primary()
        while True:
            token = self.token
            if token.text == "[":
                value = self.entry_of(value, token)
            elif self.take("'"):
                value = flip(value)
            elif token.kind == "raised":
                self.at += 1
                value = self.raised(value, sp.Integer(token.text.translate(RAISED)), token)
            elif self.take("^"):
                value = flip(value) if self.takes_transpose() else self.raised(value, self.exponent(), token)
            elif self.take(".^"):
                value = self.entrywise_power(value, self.exponent(), token)
            else:
                return value

    def takes_transpose(self):
        """Whether a T or {T} follows; in W^Tx only the T is taken."""
        inner = self.at + 1 if self.token.text == "{" else self.at
        word = self.all[inner]
        if word.kind != "name" or word.text[0] not in "Tt" or word.text in self.scope:
            return False
        if word.text in ("T", "top", "intercal"):
            self.at = inner + (2 if inner > self.at else 1)
            return True
        if word.text[0] == "T" and word.text[1:] in self.scope and inner == self.at:
            self.all[self.at] = Token("name", word.text[1:], word.position + 1)
            return True
        return False

    def exponent(self):
        start = self.token
        if self.take("{"):
            value = self.sum()
            self.expect("}")
        elif self.take("-"):
            value = scale(-1, self.primary())
        else:
            value = self.primary()
        if value.is_Matrix:
            self.fail(f"the exponent must be a scalar, but is {shape_of(value)}", start)
        return value

    def primary(self):
        token = self.token
        if token.kind == "number":
            self.at += 1
            return sp.Rational(token.text)
        if token.kind == "name":
            return self.named()
        if self.take("("):
            return self.inside(")")
        if self.take("{"):
            return self.inside("}")
        if self.take("\\frac"):
            self.expect("{")
            above = self.inside("}")
            self.expect("{")
            return self.divide(above, self.inside("}"), token)
        if self.take("||"):
            self.norms += 1
            value = self.inside("||")
            self.norms -= 1
            return norm(value)
        self.fail(
            f"an expression is missing before {token.text!r}"
            if token.kind == "end"
            else f"an expression cannot begin with {token.text!r}"
        )

    def inside(self, closing):
        value = self.sum()
        self.expect(closing)
        return value

    def named(self):
        token = self.token
        self.at += 1
        name = token.text if token.text in self.scope else token.text.replace("_", "")
        if name in self.scope:
            return self.scope[name]
        word = ALIASES.get(token.text, token.text)
        if self.token.text in ("(", "{") and (word in FUNCTIONS or word in CALLS):
            return self.call(word, token)
        if word == "I":
            return EYE
        if word in ("pi", "π"):
            return sp.pi
        if self.token.text == "(":
            self.fail(f"{token.text!r} is neither a known function nor a declared name", token)
        self.fail(f"{token.text!r} is not declared: say what it is, as in {token.text}: n x k", token)

    def call(self, word, token):
        closing = ")" if self.take("(") else "}" if self.take("{") else None
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        self.expect(closing)
        try:
            return CALLS[word](*arguments) if word in CALLS else elementwise(FUNCTIONS[word], *arguments)
        except TypeError:
            self.fail(f"{word} does not take {len(arguments)} argument{'s' * (len(arguments) > 1)}", token)
        except ValueError as error:
            self.fail(str(error), token)

    def entry_of(self, value, token):
        self.expect("[")
        row = self.sum()
        self.expect(",")
        column = self.sum()
        self.expect("]")
        if not value.is_Matrix:
            self.fail(f"{write(value)} is a scalar and has no entries", token)
        if any(index.is_Matrix or index.is_nonpositive for index in (row, column)):
            self.fail("rows and columns are counted from 1", token)
        return MatrixElement(value, row - 1, column - 1)

    # ---- operations, with their shapes checked ----

    def add(self, left, right, token):
        left, right = numbers_as_scalars(left, right)
        if left.is_Matrix != right.is_Matrix:
            matrix = left if left.is_Matrix else right
            left, right = (e if e.is_Matrix else self.filled(e, matrix, token) for e in (left, right))
        if not left.is_Matrix:
            return left + right
        self.same_shape(left, right, token, "added")
        return sp.MatAdd(*sp.MatAdd.make_args(left), *sp.MatAdd.make_args(right))

    def filled(self, number, matrix, token):
        """A number beside a matrix: that number everywhere, I along the diagonal."""
        identity = number.expand().coeff(EYE, 1) if number.has(EYE) else 0
        everywhere = number.subs(EYE, 0)
        if identity != 0 and not same_size(*matrix.shape):
            self.fail(f"I is square, but is added to a {shape_of(matrix)} matrix", token)
        parts = [
            scale(c, m)
            for c, m in ((everywhere, OneMatrix(*matrix.shape)), (identity, sp.Identity(matrix.rows)))
            if c != 0
        ]
        return parts[0] if len(parts) == 1 else sp.MatAdd(*parts)

    def multiply(self, left, right, token):
        if not (left.is_Matrix and right.is_Matrix):
            return scale_by(left, right)
        if same_size(left.cols, right.rows):
            (a, first), (b, second) = split(left), split(right)
            return scale(a * b, sp.MatMul(*joined_ones(*factors(first), *factors(second))))
        if is_one_by_one(left) or is_one_by_one(right):
            left, right = (as_scalar(e) if is_one_by_one(e) else e for e in (left, right))
            return scale_by(left, right)
        hint = " (.* multiplies entry by entry)" if shape_of(left) == shape_of(right) else ""
        self.fail(
            f"{write(left)} is {shape_of(left)} and {write(right)} is {shape_of(right)}: "
            f"their product does not exist{hint}",
            token,
        )

    def divide(self, left, right, token):
        if right.is_Matrix and not is_one_by_one(right):
            self.fail(
                f"cannot divide by {write(right)}, which is {shape_of(right)}: write ./ for entry by entry, "
                "or * inv(...)",
                token,
            )
        return scale_by(left, 1 / as_scalar(right))

    def hadamard(self, left, right, token):
        left, right = numbers_as_scalars(left, right)
        if not (left.is_Matrix and right.is_Matrix):
            return scale_by(left, right)
        self.same_shape(left, right, token, "multiplied entry by entry")
        (a, first), (b, second) = split(left), split(right)
        parts = [p for e in (first, second) for p in (e.args if isinstance(e, sp.HadamardProduct) else [e])]
        return scale(a * b, sp.HadamardProduct(*parts))

    def hadamard_divide(self, left, right, token):
        if not right.is_Matrix:
            return scale_by(left, 1 / right)
        coefficient, core = split(right)
        return self.hadamard(left, scale(1 / coefficient, sp.HadamardPower(core, -1)), token)

    def raised(self, base, exponent, token):
        if not base.is_Matrix:
            return base**exponent
        if is_one_by_one(base):
            return as_scalar(base) ** exponent
        if not same_size(*base.shape):
            self.fail(
                f"{write(base)} is {shape_of(base)} and has no power: write .^ for entry by entry, or norm(...)^2",
                token,
            )
        if exponent == -1:
            return sp.Inverse(base)
        return sp.MatPow(base, exponent)

    def entrywise_power(self, base, exponent, token):
        return sp.HadamardPower(base, exponent) if base.is_Matrix else base**exponent

    def same_shape(self, left, right, token, what):
        if not all(map(same_size, left.shape, right.shape)):
            hint = ""
            if same_size(left.cols, right.cols) and 1 in (left.rows, right.rows):
                one, many = (left, right) if left.rows == 1 else (right, left)
                hint = f"; to repeat the row, write ones({many.rows},1)*{write(one)}"
            self.fail(
                f"{write(left)} is {shape_of(left)} and {write(right)} is {shape_of(right)}: "
                f"they cannot be {what}{hint}",
                token,
            )


def shape_of(matrix):
    return f"({', '.join(map(str, matrix.shape))})"


def factors(matrix):
    return matrix.args if isinstance(matrix, sp.MatMul) else (matrix,)


def joined_ones(*parts):
    """Factors, with a column of ones times a row of ones as the matrix of ones that it is."""
    joined = []
    for part in parts:
        if joined and isinstance(part, OneMatrix) and isinstance(joined[-1], OneMatrix) and part.rows == 1:
            part = OneMatrix(joined.pop().rows, part.cols)
        joined.append(part)
    return joined


def scale(scalar, value):
    """scalar times a scalar or matrix, with one coefficient in front."""
    if not value.is_Matrix:
        return scalar * value
    coefficient, core = split(value)
    coefficient = scalar * coefficient
    if coefficient == 1:
        return core
    return sp.MatMul(coefficient, *factors(core))


def scale_by(left, right):
    """A product of which at least one side is a scalar."""
    if not (left.is_Matrix or right.is_Matrix):
        return left * right
    scalar, matrix = (right, left) if left.is_Matrix else (left, right)
    return scale(scalar.subs(EYE, 1), matrix)


def flip(value):
    return value.T if isinstance(value, sp.MatrixSymbol) else sp.Transpose(value) if value.is_Matrix else value


def numbers_as_scalars(left, right):
    """Both operands, a 1×1 matrix as a scalar unless both are 1×1 matrices."""
    if left.is_Matrix and right.is_Matrix and is_one_by_one(left) and is_one_by_one(right):
        return left, right
    return tuple(entry(e) if e.is_Matrix and is_one_by_one(e) else e for e in (left, right))


def as_scalar(value):
    return entry(value) if value.is_Matrix else value


def elementwise(function, argument):
    """A scalar function of a scalar, or of every entry of a matrix."""
    if argument.is_Matrix and not is_one_by_one(argument):
        return applied(function, argument)
    return function(as_scalar(argument))


def _matrix(value, word):
    if not value.is_Matrix:
        raise ValueError(f"{word} needs a matrix, got the scalar {write(value)}")
    return value


def _square(value, word):
    if value.is_Matrix and not same_size(*value.shape):
        raise ValueError(f"{word} needs a square matrix, but {write(value)} is {shape_of(value)}")
    return value


def norm(value):
    """The root of the sum of the squared entries."""
    return sp.sqrt(sp.Trace(sp.MatMul(flip(value), value))) if value.is_Matrix else sp.Abs(value)


def _sum(value, axis=None):
    if not value.is_Matrix:
        return value
    left, right = OneMatrix(1, value.rows), OneMatrix(value.cols, 1)
    coefficient, core = split(value)
    if axis is None:
        parts = [*([left] * (value.rows != 1)), *factors(core), *([right] * (value.cols != 1))]
        return coefficient * entry(sp.MatMul(*parts) if len(parts) > 1 else core)
    if axis not in (1, 2):
        raise ValueError("sum(A, 1) adds up the rows, sum(A, 2) the columns; there is no third way")
    return scale(coefficient, sp.MatMul(left, *factors(core)) if axis == 1 else sp.MatMul(*factors(core), right))


def softmax(value):
    """exp over its sum, row by row; of a column over the whole column."""
    E = applied(sp.exp, _matrix(value, "softmax"))
    size = value.rows if value.cols == 1 else value.cols
    sums = sp.MatMul(*((OneMatrix(size, size), E) if value.cols == 1 else (E, OneMatrix(size, size))))
    return sp.HadamardProduct(E, sp.HadamardPower(sums, -1))


def _extreme(word, function):
    def call(*values):
        numbers, matrices = [v for v in values if not v.is_Matrix], [v for v in values if v.is_Matrix]
        if len(matrices) > 1:
            raise ValueError(f"{word} takes a number and one matrix: {word}(0, X)")
        return elementwise(lambda t: function(t, *numbers), matrices[0]) if matrices else function(*numbers)

    return call


CALLS = {
    "tr": lambda a: sp.Trace(_square(a, "tr")) if a.is_Matrix else a,
    "det": lambda a: sp.Determinant(_square(a, "det")) if a.is_Matrix else a,
    "logdet": lambda a: sp.log(sp.Determinant(_square(_matrix(a, "logdet"), "logdet"))),
    "inv": lambda a: sp.Inverse(_square(a, "inv")) if a.is_Matrix else 1 / a,
    "transpose": flip,
    "norm": norm,
    "sum": _sum,
    "mean": lambda a: _sum(a) / (a.rows * a.cols) if a.is_Matrix else a,
    "diag": lambda a: sp.DiagMatrix(a) if 1 in _matrix(a, "diag").shape else DiagonalOf(_square(a, "diag")),
    "softmax": softmax,
    "ones": lambda rows, cols=sp.S.One: OneMatrix(rows, cols),
    "zeros": lambda rows, cols=sp.S.One: ZeroMatrix(rows, cols),
    "I": lambda n: sp.Identity(n),
    "unit": lambda rows, cols, i, j: unit_matrix(rows, cols, i - 1, j - 1),
    "kron": lambda a, b: sp.KroneckerProduct(_matrix(a, "kron"), _matrix(b, "kron")),
    "max": _extreme("max", sp.Max),
    "min": _extreme("min", sp.Min),
}


# ---- writing ----

SUM, PRODUCT, POWER, ATOM = range(4)
KNOWN = {function(T): name for name, function in reversed(FUNCTIONS.items())}


def write(expr, names=None):
    """The expression in plain notation, which `parse` reads back; names: {subexpression: its name}."""
    return _Writer(names or {}).text(expression(expr))[0]


class _Writer:
    def __init__(self, names):
        self.names = names

    def text(self, node):
        """(text, how tightly its outermost operation binds)."""
        if node in self.names:
            return self.names[node], ATOM
        rule = next((WRITERS[t] for t in type(node).__mro__ if t in WRITERS), None)
        return rule(self, node) if rule else (str(node), ATOM)

    def within(self, node, tightness):
        """The text, in brackets unless it binds at least so tightly."""
        text, binds = self.text(node)
        return text if binds >= tightness else f"({text})"

    def call(self, name, *arguments):
        plain = [
            a.args[0]
            if isinstance(a, (sp.Trace, MatrixElement))
            and is_one_by_one(a.args[0])
            and a not in self.names
            and not _squared(a)
            and not _total(a)
            else a
            for a in arguments
        ]
        return f"{name}({', '.join(self.text(a)[0] for a in plain)})", ATOM

    def terms(self, texts):
        """Texts of terms joined by + and -, a positive one first."""
        ordered = sorted(texts, key=lambda text: text.startswith("-"))
        rest = [f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in ordered[1:]]
        return "".join([ordered[0], *rest]), SUM


def _write_sum(writer, node):
    return writer.terms([writer.within(term, PRODUCT) for term in node.as_ordered_terms()])


def _write_matrix_sum(writer, node):
    terms = [(split(term), term) for term in node.args]
    full = any(not isinstance(core, (OneMatrix, sp.Identity)) for (_, core), _ in terms)
    return writer.terms(
        [
            writer.within(c, PRODUCT) if full and isinstance(core, OneMatrix) else writer.within(term, PRODUCT)
            for (c, core), term in terms
        ]
    )


def _write_product(writer, node):
    coefficient, core = split(node) if node.is_Matrix else (node, None)
    above, below = sp.fraction(coefficient)
    sign = "-" if above.could_extract_minus_sign() else ""
    above = -above if sign else above
    texts = [writer.within(f, POWER) for f in sp.Mul.make_args(above) if f != 1]
    texts += [writer.within(f, POWER) for f in factors(core)] if core is not None else []
    text = sign + ("*".join(texts) or "1")
    return (text if below == 1 else f"{text}/{writer.within(below, POWER)}"), PRODUCT


def _write_power(writer, node):
    if node.exp == sp.Rational(1, 2):
        return _write_root(writer, node.base)
    if not node.base.is_Matrix and node.exp.could_extract_minus_sign():
        return f"1/{writer.within(1 / node, POWER)}", PRODUCT
    return f"{writer.within(node.base, ATOM)}^{_write_exponent(writer, node.exp)}", POWER


def _write_root(writer, base):
    return writer.call("norm", _squared(base)) if _squared(base) else writer.call("sqrt", base)


def _squared(node):
    """A of tr(AᵀA), for which people write the norm; else None."""
    if isinstance(node, sp.Trace) and isinstance(node.arg, sp.MatMul) and len(node.arg.args) == 2:
        left, right = node.arg.args
        return right if left == flip(right) else None
    return None


def _total(node):
    """A of 1ᵀA1, the sum of all entries; else None."""
    if not isinstance(node, MatrixElement) or not isinstance(node.parent, sp.MatMul):
        return None
    inner = [f for f in node.parent.args if not isinstance(f, OneMatrix)]
    ones = len(node.parent.args) - len(inner)
    return inner[0] if len(inner) == 1 and ones == 2 - inner[0].shape.count(1) else None


def _write_trace(writer, node):
    if _squared(node) and (is_one_by_one(node.arg) or not isinstance(_squared(node), sp.MatrixSymbol)):
        return f"{writer.call('norm', _squared(node))[0]}^2", POWER
    if is_one_by_one(node.arg):
        return f"({writer.text(node.arg)[0]})", ATOM
    return writer.call("tr", node.arg)


def _write_exponent(writer, exponent):
    text, binds = writer.text(exponent)
    return text if binds == ATOM and not text.startswith("-") else f"({text})"


def _write_hadamard(writer, node):
    args, texts = list(node.args), []
    for first, second in permutations(node.args, 2):
        parts = softmax_parts(sp.HadamardProduct(first, second))
        if parts and first in args and second in args and softmax(parts[0]).args == (first, second):
            texts.append(writer.call("softmax", parts[0])[0])
            args = [f for f in args if f not in (first, second)]
    below = [f for f in args if isinstance(f, sp.HadamardPower) and f.exp == -1 and f not in writer.names]
    texts += [writer.within(f, POWER) for f in args if f not in below]
    text = " .* ".join(texts) or "1"
    text += "".join(f" ./ {writer.within(f.base, POWER)}" for f in below)
    return text, ATOM if len(texts) == 1 and not args else PRODUCT


def _write_hadamard_power(writer, node):
    if node.exp == -1:
        return f"1 ./ {writer.within(node.base, POWER)}", PRODUCT
    return f"{writer.within(node.base, ATOM)}.^{_write_exponent(writer, node.exp)}", POWER


def _write_elementwise(writer, node):
    body = node.function(T)
    if body in KNOWN:
        return writer.call(KNOWN[body], node.expr)
    return _Entrywise(writer, node.expr).text(body)


class _Entrywise(_Writer):
    """A scalar function written with entry-by-entry operators, its variable being a matrix."""

    def __init__(self, writer, argument):
        super().__init__({})
        self.writer, self.argument = writer, argument

    def text(self, node):
        if node == T:
            return self.writer.text(self.argument)
        if node in KNOWN and node.has(T):
            return f"{KNOWN[node]}({self.writer.text(self.argument)[0]})", ATOM
        if not node.has(T):
            return self.writer.text(node)
        if node.is_Mul:
            above, below = sp.fraction(node)
            sign = "-" if above.could_extract_minus_sign() else ""
            texts = [self.within(f, POWER) for f in sp.Mul.make_args(-above if sign else above)]
            text = sign + " .* ".join(texts)
            return (text if below == 1 else f"{text} ./ {self.within(below, POWER)}"), PRODUCT
        if node.is_Pow and node.exp.could_extract_minus_sign():
            return f"1 ./ {self.within(1 / node, POWER)}", PRODUCT
        if node.is_Pow and node.exp == sp.Rational(1, 2):
            return self.call("sqrt", node.base)
        if node.is_Pow:
            return f"{self.within(node.base, ATOM)}.^{_write_exponent(self, node.exp)}", POWER
        return super().text(node)


def _write_function(writer, node):
    if len(node.args) == 1 and not node.args[0].is_Matrix:
        for pattern, name in KNOWN.items():
            if pattern.func == node.func and pattern.args == (T,):
                return writer.call(name, node.args[0])
    return writer.call(type(node).__name__, *node.args)


def _write_entry(writer, node):
    if _total(node):
        return writer.call("sum", _total(node))
    if is_one_by_one(node.parent):
        return f"({writer.text(node.parent)[0]})", ATOM
    return f"{writer.within(node.parent, ATOM)}[{writer.text(node.i + 1)[0]},{writer.text(node.j + 1)[0]}]", ATOM


def _write_function_matrix(writer, node):
    """unit(n, k, i, j): a single one at row i and column j."""
    deltas = sp.Mul.make_args(node.lamda.expr)
    places = [
        {*delta.args} - {variable}
        for variable in node.lamda.variables
        for delta in deltas
        if isinstance(delta, sp.KroneckerDelta) and variable in delta.args
    ]
    if len(deltas) != 2 or len(places) != 2:
        return str(node), ATOM
    return writer.call("unit", *node.shape, *(place.pop() + 1 for place in places))


def _write_max(writer, node):
    if len(node.args) == 2 and sp.S.Zero in node.args:
        return writer.call("relu", next(a for a in node.args if a != 0))
    return writer.call("max", *node.args)


WRITERS = {
    sp.MatrixSymbol: lambda writer, node: (node.name, ATOM),
    sp.Number: lambda writer, node: (str(node), ATOM if node.is_Integer and node >= 0 else PRODUCT),
    sp.MatAdd: _write_matrix_sum,
    sp.Add: _write_sum,
    sp.Mul: _write_product,
    sp.MatMul: _write_product,
    sp.Pow: _write_power,
    sp.MatPow: _write_power,
    sp.exp: lambda writer, node: writer.call("exp", node.exp),
    sp.Inverse: lambda writer, node: writer.call("inv", node.arg),
    sp.Transpose: lambda writer, node: (f"{writer.within(node.arg, ATOM)}'", POWER),
    sp.Trace: _write_trace,
    sp.Determinant: lambda writer, node: writer.call("det", node.arg),
    sp.HadamardProduct: _write_hadamard,
    sp.HadamardPower: _write_hadamard_power,
    ElementwiseApplyFunction: _write_elementwise,
    sp.DiagMatrix: lambda writer, node: writer.call("diag", node.args[0]),
    DiagonalOf: lambda writer, node: writer.call("diag", node.arg),
    DiagonalMatrix: lambda writer, node: (f"I({node.rows}) .* {writer.within(node.arg, POWER)}", PRODUCT),
    OneMatrix: lambda writer, node: writer.call("ones", *node.shape),
    ZeroMatrix: lambda writer, node: writer.call("zeros", *node.shape),
    sp.Identity: lambda writer, node: writer.call("I", node.rows),
    sp.KroneckerProduct: lambda writer, node: writer.call("kron", *node.args),
    MatrixElement: _write_entry,
    sp.FunctionMatrix: _write_function_matrix,
    sp.Max: _write_max,
    sp.Min: lambda writer, node: writer.call("min", *node.args),
    sp.Heaviside: lambda writer, node: writer.call("step", node.args[0]),
    sp.Function: _write_function,
}
