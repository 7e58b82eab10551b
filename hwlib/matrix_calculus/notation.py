r"""Matrix expressions as people type them: MATLAB's notation, NumPy's, LaTeX and Unicode's signs, read by one grammar.

    declarations   W: n x k, x: n, b: k, t: scalar, S: n x n symmetric     (x: n is a column); W ∈ R^(n x k)
    definitions    y = sigmoid(W'*x + b)
    hypotheses     assume y'*1 = 1; assume X'*X = I; assume A symmetric
    expressions    2*x*((y - Z) .* y .* (1 - y))'      dJ/dW = 2x((y - Z) ⊙ y ⊙ (1 - y))^T

A text is read as what it means, or refused at the place where that is not clear. What was decided:

- Products of all kinds are taken from left to right, powers and transposes before them: ``A*x .* x`` is
  ``(A*x) .* x``, ``-x^2`` is ``-(x^2)``, ``A.^2'`` is ``(A.^2)'``, ``A'B'`` and ``x'A^-1x`` need no brackets.
- Names side by side are a product: ``x'Ax``, ``2R'(Rx - z)``, ``XW1``. If a word can be taken apart in two ways, or
  in none, it is refused. A product of neighbors is bracketed so that it exists: ``A x'x`` is ``A*(x'*x)``.
- What stands side by side behind ``/``, ``./``, ``.*`` or ``⊗`` may belong to it or not. If only one reading
  exists, it is taken: ``2x/x'x`` is ``2*x/(x'*x)``, ``y .* Wx`` is ``y .* (W*x)``, ``2/n X'X`` is ``(2/n)*X'*X``.
  If both exist, a fraction ends at a space (``1/n tr(A)``, ``a/b c``), ``1/2x'x`` is half of x'x, and all else
  (``1/2t``, ``A .* B C``) is refused.
- ``2^3^2`` is refused, since MATLAB and Python differ. So is ``A**2`` of a square matrix, and ``*`` between matrices of
  one shape in a text with ``@``, ``np.``, ``.T`` or ``**``: entry by entry in NumPy, the product everywhere else.
- ``log det S + 1`` is ``log(det(S)) + 1``, ``tr AB`` is ``tr(A*B)``; ``exp x y`` and ``tr A*B`` are refused.
- A number beside a matrix, in a sum, stands in every entry (``1 - y``). ``I``, and ``𝟏`` or ``1'``, a column of
  ones, take their sizes from their place. ``|A|`` is the determinant of a square matrix, and entry by entry in a sum;
  ``|x|`` is the norm where it is divided by or raised to a power.

Text is only ever read, never executed.
"""

import re
import unicodedata

import sympy as sp

from .doors import a_scope, a_variable, some_text
from .grammar import Parser
from .meaning import Reader
from .names import FUNCTION_WORDS, Names
from .plain import write
from .shapes import is_one_by_one
from .tokens import NotationError, same_length, tokens
from .words import CALLS, FUNCTIONS, KNOWN
from .writing import entry

__all__ = ["KNOWN", "NotationError", "Scope", "parse", "read", "write"]


class Scope(dict):
    """Names and what they stand for.

    symmetric: the matrix symbols declared so; assumed: equations; definitions: {name: the text behind its sign =}.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.symmetric, self.assumed, self.definitions = set(), [], {}


def parse(text, scope=None, variable=None):
    """The SymPy expression that a text stands for.

    Parameters
    ----------
    text : str
        An expression; `dJ/dx =`, `J =` and the like may stand before it.
    scope : dict, optional
        {name: SymPy expression}, as `read` returns it.
    variable : sympy.MatrixSymbol or scalar Symbol, optional
        What the text is a gradient by: its shape gives `I`, `1` and `0` their sizes, its name is what stands
        before the `=`.

    Raises
    ------
    NotationError
        A ValueError whose message shows the place.
    """
    text, scope = some_text(text, "text"), a_scope(scope, "scope")
    if variable is not None:
        a_variable(variable, "variable")
    start = _after_head(text, scope, variable)
    end = max(start, len(text.rstrip(" \t\r\n;.$")))
    return _expression(text, scope, start, end, getattr(variable, "shape", None))


def _expression(text, scope, start, end, shape=None):
    try:
        reader = Reader(text, scope)
        return reader.finished(reader.value(Parser(text, scope, start, end).tree()), shape)
    except RecursionError:
        raise NotationError("the expression is nested too deeply: name a part and use the name", text, start) from None


# ---- what stands before a gradient ----

_PLAIN = [
    (re.compile(r"\\partial(?![A-Za-z])"), "∂"),
    (re.compile(r"\\nabla(?![A-Za-z])"), "∇"),
    (re.compile(r"\\(?:left|right|displaystyle|,|;|!|:|mathrm|operatorname|text|mathbf|boldsymbol)|[\s$]"), ""),
    (re.compile(r"\\[dt]?frac\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"), r"\1/\2"),
    (re.compile(r"[{}\\]"), ""),
]
_HEAD = re.compile(
    r"[d∂](?P<of>\w+)(?:\(.*\))?/[d∂](?P<by>\w+)(?P<flipped>'|\^T|\^top|⊤|ᵀ)?"
    r"|(?:∇|grad|gradient)(?:_(?P<variable>\w+?))?(?:\w*)(?:\(.*\))?"
    r"|(?P<name>[^\W\d]\w*)(?:\([\w,]*\))?"
)


def _after_head(text, scope, variable):
    """Where the expression begins, behind dJ/dx = or J =."""
    place = _outer(same_length(text), "=")
    if place is None:
        return 0
    head, end = same_length(text[:place]).rstrip(":"), place + 1
    for pattern, plain in _PLAIN:
        head = pattern.sub(plain, head)
    match, names = _HEAD.fullmatch(head), Names(scope)
    if match is None:
        raise NotationError(f"before the = stands {text[:place].strip()!r}, which is no derivative like dJ/dx", text, 0)
    if match["flipped"]:
        raise NotationError("the gradient is taken by the variable, not by its transpose", text, 0)
    if match["name"]:
        if names.key(match["name"]):
            raise NotationError(
                f"{match['name']} is declared already: write the expression alone, or dJ/d{match['name']} = ...",
                text,
                0,
            )
        return end
    by = match["by"] or _by(match["variable"], names)
    if by is not None:
        key = names.key(by)
        if key is None:
            raise NotationError(f"the derivative is by {by!r}, which is not declared", text, 0)
        if variable is not None and scope[key] != variable:
            raise NotationError(f"the derivative is by {by}, but the variable is {variable}", text, 0)
    return end


def _by(subscript, names):
    """The declared name that the index of ∇ begins with: ∇_x J has lost its space."""
    if subscript is None:
        return None
    found = [subscript[:end] for end in range(len(subscript), 0, -1) if names.key(subscript[:end])]
    return found[0] if found else subscript


def _outer(text, sign):
    """The place of the first such sign outside brackets, or None."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == sign and depth <= 0:
            return place
    return None


# ---- declarations and definitions ----

_IN = re.compile(r":(?!=)|∈|\\in(?![A-Za-z])|\bin\b")
_REALS = re.compile(r"\\mathbb\s*\{?\s*R\s*\}?|\\(?:R|Re|reals)(?![A-Za-z])|ℝ|\bR(?=\s*\^)|\bR\s*$|\breals?\b")
_BY = re.compile(r"\\times|×|\bx\b|\bby\b|,|(?<=\d)x(?=\d)")
_RUN = re.compile(r"([A-Za-z0-9]*[A-WYZa-wyz0-9])x([A-WYZa-wyz0-9][A-Za-z0-9]*)")
_KINDS = re.compile(r"\b(scalar|number|symmetric|sym|matrix|vector|column)\b")
_STRUCTURES = (
    "diagonal orthogonal invertible nonsingular positive definite psd spd pd triangular square row antisymmetric skew"
)


def read(text, scope=None):
    """Declarations and definitions, one a line or separated by commas: a Scope, begun with the given one.

    Raises NotationError for what it cannot read, positions counted from the start of the whole text.
    """
    text, found = some_text(text, "text"), Scope(a_scope(scope, "scope"))
    found.symmetric, found.assumed = set(getattr(scope, "symmetric", ())), list(getattr(scope, "assumed", ()))
    found.definitions = dict(getattr(scope, "definitions", {}))
    plain = re.sub(r"[#%].*", lambda m: " " * len(m.group()), same_length(text))
    waiting = []
    for start, end in _statements(plain):
        equals, shape = _outer(plain[start:end], "="), _IN.search(plain, start, end)
        hypothesis = _ASSUME.match(plain, start, end)
        if hypothesis:
            _assume(found, text, hypothesis.end(), end)
        elif equals is not None:
            name = plain[start : start + equals].rstrip().rstrip(":")
            key = _name(found, text, start, start + len(name))
            found[key] = _expression(text, found, start + equals + 1, end)
            found.definitions[key] = text[start + equals + 1 : end]
        elif shape:
            for one in [*waiting, (start, shape.start())]:
                _declare(found, _name(found, text, *one), plain, text, shape.end(), end)
            waiting = []
        else:
            waiting.append((start, end))
    if waiting:
        start, end = waiting[0]
        raise NotationError(f"{text[start:end]} has neither a shape (A: n x k) nor a value (y = ...)", text, start)
    return found


# ---- hypotheses ----

_ASSUME = re.compile(r"assume\s+|suppose\s+|where\s+(?=\S+\s+is\s)")
_SYMMETRIC = re.compile(r"\s*(\w+)\s+(?:is\s+)?symmetric\s*")
_TIMES_ONE = re.compile(r"(?<=\*)(\s*)1(?![\w.(^*])")  # the number one is no factor that anybody writes


def _assume(scope, text, start, end):
    """An equation, or a matrix that is symmetric, taken into scope.assumed or scope.symmetric."""
    symmetric = _SYMMETRIC.fullmatch(text, start, end)
    if symmetric:
        symbol = scope.get(Names(scope).key(symmetric[1]) or symmetric[1])
        if not isinstance(symbol, sp.MatrixSymbol) or symbol.rows != symbol.cols:
            raise NotationError(f"{symmetric[1]} is no square matrix that is declared", text, start)
        scope.symmetric.add(symbol)
        return
    place = _outer(text[start:end], "=")
    if place is None:
        raise NotationError("a hypothesis is an equation, like y'*1 = 1, or says that A is symmetric", text, start)
    text = text[:start] + _TIMES_ONE.sub(r"\1𝟏", text[start:end]) + text[end:]
    sides = [(start, start + place), (start + place + 1, end)]
    try:
        left = _expression(text, scope, *sides[0])
    except NotationError:  # as I = X'X: the sizes of the left side are those of the right
        left = _expression(text, scope, *sides[0], _expression(text, scope, *sides[1]).shape)
    right = _expression(text, scope, *sides[1], left.shape if left.is_Matrix else None)
    left, right = (entry(side) if side.is_Matrix and is_one_by_one(side) else side for side in (left, right))
    if left.is_Matrix and not right.is_Matrix or right.is_Matrix and left.is_Matrix and left.shape != right.shape:
        raise NotationError("the two sides of a hypothesis have different shapes", text, start + place)
    scope.assumed.append((left, right))


def _statements(text):
    """(start, end) of what stands between newlines, semicolons and commas outside brackets."""
    start, depth = 0, 0
    text = re.sub(r"\\langle|⟨", lambda m: "(" * len(m.group()), text)
    text = re.sub(r"\\rangle|⟩", lambda m: ")" + " " * (len(m.group()) - 1), text)
    for position, character in enumerate(text + "\n"):
        depth += (character in "([{<") - (character in ")]}>")
        if character in "\n;" or (character == "," and depth == 0):
            statement = text[start:position]
            if statement.strip():
                yield start + len(statement) - len(statement.lstrip()), start + len(statement.rstrip())
            start, depth = position + 1, 0


def _name(scope, text, start, end):
    """The name that stands alone in text[start:end], not taken yet."""
    shown = text[start:end].strip()
    try:
        found = tokens(text, start, end)
    except NotationError:
        found = []
    if [token.kind for token in found] != ["name", "end"]:
        raise NotationError(f"{shown!r} is not a name", text, start)
    name = found[0].text
    if name in scope or Names(scope).key(name):
        what = "a size" if name in scope and scope[name].is_integer and scope[name].is_symbol else "declared"
        raise NotationError(f"{name} is {what} already: each name stands for one thing", text, start)
    if name in FUNCTIONS or name in CALLS and name != "I":
        raise NotationError(f"{name} is the name of a function: choose another one", text, start)
    return name


def _declare(scope, name, plain, text, start, end):
    position = start
    shape = "".join(map(_lowered, plain[start:end]))
    text = text[:start] + shape + text[end:]
    blank = _REALS.sub(lambda m: " " * len(m.group()), shape)
    kinds = set(_KINDS.findall(blank))
    blank = _KINDS.sub(lambda m: " " * len(m.group()), blank)
    unknown = next((word for word in re.findall(r"[A-Za-z]+", blank) if word in _STRUCTURES.split()), None)
    if unknown:
        raise NotationError(f"{unknown!r} is not understood: of structures only symmetric is", text, position)
    spans = list(_spans(re.sub(r"[\^(){}]", " ", blank)))
    if not spans and (kinds & {"scalar", "number"} or blank.strip() == "" != shape.strip() and not kinds):
        scope[name] = sp.Symbol(name, real=True)
        return
    if len(spans) not in (1, 2) or kinds & {"scalar", "number"}:
        raise NotationError(f"a shape is written n x k, n or scalar, not {shape.strip()!r}", text, position)
    if len(spans) == 1 and re.fullmatch(r"\s*[A-Za-z]\w*\s*\*\s*[A-Za-z]\w*\s*", shape[slice(*spans[0])]):
        raise NotationError(f"is {name} a matrix, n x k, or a column, (n*k) x 1?", text, position)
    sizes = [_size(scope, name, text, start + first, start + last) for first, last in spans]
    rows, cols = [*sizes, sp.S.One][:2]
    if kinds & {"symmetric", "sym"} and rows != cols:
        raise NotationError(f"{name} cannot be symmetric: it is {rows} x {cols}", text, position)
    scope[name] = sp.MatrixSymbol(name, rows, cols)
    if kinds & {"symmetric", "sym"}:
        scope.symmetric.add(scope[name])


def _lowered(character):
    """A raised letter or digit, as in ℝⁿ, on the line."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and character != "ℝ" else character


def _spans(shape):
    """(start, end) of the sizes in a shape: n x k, n×k, n, k, nxk."""
    start = 0
    for cut in [*_BY.finditer(shape), None]:
        end = cut.start() if cut else len(shape)
        piece = shape[start:end]
        run = _RUN.fullmatch(piece.strip())
        lead = start + len(piece) - len(piece.lstrip())
        if run and cut is None and start == 0:
            yield lead, lead + len(run[1])
            yield lead + len(run[1]) + 1, lead + len(run[0])
        elif piece.strip():
            yield lead, lead + len(piece.strip())
        elif cut:
            yield lead, lead
        start = cut.end() if cut else end


def _size(scope, name, text, start, end):
    """A size: a whole number, a name, or an expression in them."""
    for token in tokens(text, start, end):
        if token.kind == "name" and not Names(scope).key(token.text) and token.text not in FUNCTION_WORDS:
            if token.text == name:
                raise NotationError(f"{name} cannot be its own size", text, start)
            scope[token.text] = sp.Symbol(token.text, integer=True, positive=True)
    value = _expression(text, scope, start, end)
    whole = not value.is_Matrix and not any(s.is_real and not s.is_integer for s in value.free_symbols)
    if not whole or value.is_integer is False or sp.denom(value) != 1 or value.is_nonpositive:
        raise NotationError(
            f"a size is a whole number of at least 1, or made of sizes, not {text[start:end]!r}", text, start
        )
    return value
