"""Text as tokens: the letters, signs and words of MATLAB, NumPy, LaTeX and Unicode as one alphabet."""

import re
import unicodedata
from typing import NamedTuple

LONGEST = 10_000  # characters; the longest gradient of the textbook suite has 500
LONGEST_MESSAGE = 300  # characters; the longest that quotes nothing has 150
LONGEST_WORD = 100  # letters of a name, or of names side by side
LARGEST = 300  # digits before the point, and of an exponent's value: what double precision holds


class NotationError(ValueError):
    """Text that cannot be read; position counts its characters from 0."""

    def __init__(self, message, text="", position=0):
        if len(message) > LONGEST_MESSAGE:  # it quotes a long text
            message = f"{message[: LONGEST_MESSAGE // 2]} … {message[-LONGEST_MESSAGE // 2 :]}"
        self.message, self.position = message, position
        start = text.rfind("\n", 0, position) + 1
        line = text[start:].split("\n", 1)[0]
        cut = max(0, position - start - 60)  # a long line is shown around the place
        before = "".join(_blank(character) for character in line[cut : position - start])
        super().__init__(f"{message}\n  {line[cut : cut + 120]}\n  {before}^")


class ShapeError(NotationError):
    """Text that can be read, but asks for a sum or a product that does not exist."""


def _blank(character):
    """White space as wide as the character in a monospaced font."""
    if character == "\t" or unicodedata.combining(character):
        return "\t" if character == "\t" else ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


class Token(NamedTuple):
    kind: str  # number, name, ones, raised, sign, or end
    text: str
    position: int
    spaced: bool = False  # white space before it


# ---- characters: each is replaced by one other, so that positions stay ----

_ALIKE = {
    "'": "’‘′´`ʹ＇",
    "-": "−–‐‑﹣",
    "*": "∗⋆＊",
    "/": "∕⁄÷",
    "·": "⋅∙•・‧",
    "∘": "◦",
    "‖": "∥",
    "|": "∣❘",
    "⟨": "〈〈",
    "⟩": "〉〉",
    "(": "❨⟮",
    ")": "❩⟯",
    ":": "∶",
    ",": "、，",
    "⊤": "⟙",
    "σ": "ς",
    "φ": "ϕ",
    "ε": "ϵ",
    "θ": "ϑ",
    "μ": "µ",
    "×": "⨯✕",
    " ": "\u200b\u2060\u2061\u2062\u2063\ufeff~$",
}
_SAME = str.maketrans({other: one for one, others in _ALIKE.items() for other in others})
_MARKED = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff₀-₉\u2102-\u2131\u2133-\u2138]")


def same_length(text):
    """The text with full-width, bold, script and look-alike characters as plain ones, each in its place."""
    return _MARKED.sub(lambda m: _plain(m.group()), text.translate(_SAME))


def _plain(character):
    if character in "ℝ𝟏𝟙":
        return character
    plain = unicodedata.normalize("NFKC", character)
    return plain.translate(_SAME) if len(plain) == 1 else character


# ---- words ----

GREEK = {
    unicodedata.normalize("NFKC", chr(code)): unicodedata.name(chr(code)).rsplit(" ", 1)[-1].lower()
    for code in [*range(0x3B1, 0x3C2), *range(0x3C3, 0x3CA)]
} | {"λ": "lambda"}
GREEK |= {letter.upper(): name.capitalize() for letter, name in GREEK.items()}
_VARIANTS = {f"var{name}": name for name in ("epsilon", "theta", "phi", "rho", "sigma", "kappa", "pi")}

SIGNS = {  # LaTeX's words for signs
    "odot": ".*",
    "circ": ".*",
    "cdot": "·",
    "bullet": "·",
    "times": "×",
    "ast": "*",
    "otimes": "⊗",
    "div": "/",
    "|": "||",
    "lVert": "||",
    "rVert": "||",
    "Vert": "||",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "mid": "|",
    "langle": "⟨",
    "rangle": "⟩",
    "{": "(",
    "}": ")",
    "lbrace": "(",
    "rbrace": ")",
    "lbrack": "[",
    "rbrack": "]",
    "sqrt": "√",
    "frac": "frac",
    "dfrac": "frac",
    "tfrac": "frac",
    "top": "⊤",
    "intercal": "⊤",
    "prime": "'",
    "nabla": "∇",
    "partial": "∂",
    "sum": "∑",
    "prod": "∏",
    "int": "∫",
    "infty": "∞",
    "dagger": "†",
}
_UNICODE = {"⊙": ".*", "∘": ".*", "‖": "||", "**": "^", ".'": "'", "″": "''"}
_FONTS = "mathrm|mathbf|mathit|mathsf|mathbb|mathcal|mathds|operatorname\\*?|text|textbf|textrm|boldsymbol|bm|pmb|vec"
_IGNORED = r"(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|q?quad|rm|bf|it)(?![A-Za-z])|[,;!:]"
LATEX_WORDS = {
    *GREEK.values(),
    *_VARIANTS,
    *"exp log ln det tr diag sin cos tan cot sinh cosh tanh arctan max min sign erf Gamma ell dim lg".split(),
}
SUBSCRIPT = r"(?:_\{[A-Za-z0-9]+\}|_[A-Za-z0-9_]+)"
NAME = rf"[A-Za-zα-ωΑ-Ωℓ][A-Za-z0-9α-ωΑ-Ω]*{SUBSCRIPT}?"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+ | \\(?:{_IGNORED}) )
  | (?P<ones>𝟏|𝟙|\\(?:{_FONTS})\s*(?:\{{\s*1\s*\}}|1(?!\d)))(?P<size>_(?:\{{[^{{}}]*\}}|[A-Za-z0-9]))?
  | (?P<column>1)_(?P<length>\{{[^{{}}]*\}}|[A-Za-z0-9])
  | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)? | \d+\.(?=\s*(?:[-+),;\]}}]|$)))
  | (?P<module>(?:np|numpy|jnp)\.(?:linalg\.)?)(?=[A-Za-z])
  | (?P<font>\\(?:{_FONTS})\s*(?:\{{\s*(?P<word>\\?\w+)\s*\}}|(?P<letter>\\[A-Za-z]+|[A-Za-z]))(?P<index>{SUBSCRIPT}?))
  | \\(?P<accent>hat|bar|tilde|widehat|widetilde|overline|dot)\s*(?:\{{\s*(?P<under>\w+)\s*\}}|(?P<one>[A-Za-z]))
  | (?P<name>{NAME})
  | (?P<command>\\(?:[A-Za-z]+|[^A-Za-z]))(?P<below>{SUBSCRIPT}?)
  | (?P<raised>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|⁻?ᵀ)
  | (?P<half>[½⅓¼¾⅔])
  | (?P<sign>\*\*|\.\*|\./|\.\^|\.'|\.(?=[A-Za-z_])|\|\||[-+*/^'()\[\]{{}}<>,;:=|@_"⊙∘·×‖⊤″⟨⟩√∇∂∑∏∫∞†⊗\\])
""",
    re.VERBOSE,
)
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ", "0123456789-T")


def tokens(text, start=0, end=None):
    """The tokens of text[start:end], the last one of kind "end"."""
    end = len(text) if end is None else end
    if len(text) > LONGEST:
        raise NotationError(f"the text has {len(text)} characters; at most {LONGEST} are read", text, LONGEST)
    plain, found, position, spaced = same_length(text), [], start, False
    latex = re.search(r"\\[A-Za-z]{2}", plain)  # elsewhere a backslash and a space is MATLAB's left division
    while position < end:
        match = _TOKEN.match(plain, position, end)
        if match is None:
            raise NotationError(_no_meaning(text[position]), text, position)
        if match.group("space") or (match.group() == "\\ " and latex):
            spaced = True
        elif not match.group("module"):
            found += _made(match, text, spaced, found)
            spaced = False
        position = match.end()
    return [*found, Token("end", "the end", end, True)]


def _no_meaning(character):
    ways = {"?": "", '"': "; a transpose is one '", "!": "; a factorial is not read", "^": ""}
    return f"{character!r} has no meaning here{ways.get(character, '')}"


def _made(match, text, spaced, before):
    """The tokens of one match."""
    place, group = match.start(), match.group
    if group("ones"):
        return [Token("ones", _inside(group("size") or ""), place, spaced)]
    if group("column"):
        return [Token("ones", _inside(group("length")), place, spaced)]
    if group("number"):
        return [_number(group("number"), text, place, spaced, before)]
    if group("half"):
        return [Token("number", group("half"), place, spaced)]
    if group("raised"):
        return [Token("raised", group("raised").translate(RAISED), place, spaced)]
    if group("font"):
        word = (group("word") or group("letter")).lstrip("\\")
        word = _VARIANTS.get(word, word) + _plain_name(group("index"))
        return [Token("name", word, place, spaced)]
    if group("accent"):
        accent = group("accent").replace("wide", "").replace("overline", "bar")
        return [Token("name", (group("under") or group("one")) + accent, place, spaced)]
    if group("name"):
        if len(group("name")) > LONGEST_WORD:
            raise NotationError(f"{group('name')[:20]}... is longer than {LONGEST_WORD} letters", text, place)
        return [Token("name", _plain_name(group("name")), place, spaced)]
    if group("command"):
        return _command(match, text, spaced)
    sign = _UNICODE.get(group("sign"), group("sign"))
    if sign == "''":
        return [Token("sign", "'", place, spaced), Token("sign", "'", place)]
    return [Token("sign", "**" if group("sign") == "**" else sign, place, spaced)]


def _number(word, text, place, spaced, before):
    """A number token; \\frac12 has two of one digit each, which the grammar takes apart."""
    mantissa, _, exponent = word.lower().partition("e")
    if len(mantissa.partition(".")[0]) > LARGEST or len(mantissa) > 2 * LARGEST or abs(int(exponent or 0)) > LARGEST:
        raise NotationError(
            f"the number {word[:20]}... is out of range: numbers have at most {LARGEST} digits", text, place
        )
    return Token("number", word, place, spaced)


def _command(match, text, spaced):
    word, place = match.group("command")[1:].strip(), match.start()
    below = _plain_name(match.group("below"))
    if word in SIGNS:
        found = [Token("sign", SIGNS[word], place, spaced)]
        if below:
            at = match.start("below")
            found += [Token("sign", "_", at), Token("name", below.lstrip("_"), at + 1)]
        return found
    if word in LATEX_WORDS:
        return [Token("name", _VARIANTS.get(word, word) + below, place, spaced)]
    if word in ("begin", "end", "\\", "label", "tag", "text"):
        raise NotationError(f"\\{word} is not read: write one expression in one line", text, place)
    # MATLAB's left division; what follows the backslash is a name of its own
    found = [Token("sign", "\\", place, spaced)]
    return found + (tokens(text, place + 1, match.end())[:-1] if word else [])


def _inside(subscript):
    return subscript.removeprefix("_").strip("{}").strip()


def _plain_name(name):
    return name.replace("{", "").replace("}", "")
