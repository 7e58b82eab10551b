r"""The statements in the text of a derivation: what is a remark, where one ends, which go on with the one before.

Whatever is left out is replaced by spaces, so that every place in a statement is a place in the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .index_notation import plain_indices
from .names import FUNCTION_WORDS
from .tokens import same_length


class Statement(NamedTuple):
    """text[start:end] on a line, counted from 0; goes_on: it begins with =, and so has the left side of the last."""

    start: int
    end: int
    line: int
    goes_on: bool


_REMARKS = re.compile(r"#.*|(?<!\\)%.*|\\(?:intertext|label|tag\*?)\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")
_WORDS_IN_LATEX = re.compile(r"\\(?:text|mbox|textrm)\{[^{}]*[ ,:][^{}]*\}")
_FRAMES = re.compile(r"\\(?:begin|end)\{[a-z]+\*?\}(?:\{[clr|]*\})?|\$\$?|\\[\[\]()](?!\d)|(?<!\\)&")
_SPACES = re.compile(r"\\[,;!:]")
_NEW_LINE = re.compile(r"\\\\(?:\s*\[[^\]]*\])?")
_LINK = re.compile(
    r"(?:\s|\\quad|\\,)*(?:let|where|with|so|thus|hence|then|therefore|since|and|now|"
    r"⇒|⟹|→|∴|\\(?:Rightarrow|implies|Longrightarrow|therefore|Longleftrightarrow|iff)(?![A-Za-z]))(?=[\s\\])",
    re.IGNORECASE,
)
_DIFFERENTIAL = re.compile(
    r"(?:\\(?:mathrm|text|operatorname|textrm|mathop)\s*(?:\{\s*[d∂]\s*\}|\s[d∂](?![A-Za-z]))"
    r"|\{\s*\\rm\s+d\s*\}|\\(?:dd?|partial)(?![A-Za-z])|[∂𝜕])(?:\s|\\[,;!:])*"
)
_D_APART = re.compile(r"(?<![A-Za-z\\])d\s+(?=([A-Za-zα-ωΑ-Ω]\w*))")  # in an equation: in a declaration d may be a size
_OPERATOR = "+-*/⊙∘·×⊗"


def blanked(match):
    """Spaces in place of a match; its ends of lines stay."""
    return re.sub(r"[^\n]", " ", match.group())


def plain(text):
    r"""The text with remarks and LaTeX's frames as spaces, \\ as a semicolon, and all signs of d as one d."""
    text = same_length(text.replace("\r\n", " \n").replace("\r", "\n"))
    text = _NEW_LINE.sub(lambda m: ";" + blanked(m)[1:], text)  # before the frames: \\[2pt] begins none
    for pattern in (_REMARKS, _WORDS_IN_LATEX, _FRAMES, _SPACES):
        text = pattern.sub(blanked, text)
    text = plain_indices(_DIFFERENTIAL.sub(_d, text))
    return "\n".join(map(_plain_line, text.split("\n")))


def _plain_line(line):
    line = _LINK.sub(blanked, line) if _LINK.match(line) else line
    if "=" not in line or ":" in line:
        return line
    return _D_APART.sub(lambda match: match[0] if match[1] in FUNCTION_WORDS else _d(match), line)


def _d(match):
    """A plain d where the sign ended, beside what follows."""
    return "d".rjust(len(match.group()))


def statements(text):
    """The statements of a text that `plain` gave, in order."""
    start, depth, line, found = 0, 0, 0, []
    for place, character in enumerate(text + "\n"):
        if character in "([{⟨":
            depth += 1
        elif character in ")]}⟩":
            depth = max(0, depth - 1)
        if character not in "\n;" and not (character == "," and depth == 0):
            continue
        if character == "\n" and not _goes_over(text, start, place, depth):
            depth = 0
        elif character == "\n" or depth:
            continue
        found += _trimmed(text, start, place)
        start, depth = place + 1, 0
    lines = [0]
    for place, character in enumerate(text):
        if character == "\n":
            lines.append(place + 1)
    result = []
    for begin, end in found:
        line = sum(at <= begin for at in lines) - 1
        result.append(Statement(begin, end, line, text[begin] == "="))
    return result


def _goes_over(text, start, place, depth):
    """Whether a statement goes on behind the end of the line: in a bracket, or with a sign before or behind it."""
    before = text[start:place].strip()
    behind = text[place + 1 :].split("\n", 1)[0].strip()
    if not before or not behind:
        return False
    if depth:
        return "=" not in behind
    if before[-1] in _OPERATOR + "=" or before.endswith(".*"):
        return not behind.startswith("=")
    return behind[0] in _OPERATOR or behind.startswith((".*", "\\odot", "\\circ", "\\cdot"))


def _trimmed(text, start, end):
    piece = text[start:end]
    if not piece.strip(" \t\r\n.$"):
        return []
    first = start + len(piece) - len(piece.lstrip())
    return [(first, start + len(piece.rstrip(" \t\r\n.")))]


def outer(text, start, end, sign="="):
    """The places of a sign outside brackets in text[start:end]; for =, not those in := , <=, >= and ≠."""
    places, depth = [], 0
    for place in range(start, end):
        character = text[place]
        depth += (character in "([{⟨") - (character in ")]}⟩")
        if character == sign and depth <= 0:
            places.append(place)
    return places
