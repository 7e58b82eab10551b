"""The lines of a derivation, and how they are shown: as text, and in LaTeX on a page as wide as a telephone."""

import re
from dataclasses import dataclass

from sympy import Add, Expr, HadamardProduct, MatMul, MatrixSymbol, S, Trace

from .nodes.entrywise import softmax_parts
from .plain import write
from .shapes import is_one_by_one, transposed
from .tex import factors_in_latex, latex
from .words import KNOWN
from .writing import scaled, total


@dataclass(frozen=True)
class Step:
    """One line: left = the sum of terms, why, and how the line was checked against the one before.

    checked: "given", "proved" (equal normal forms), "differences" (central differences in 60 digits),
    "sampled" (equal values at random points).
    """

    number: int
    left: Expr
    terms: tuple
    rule: str
    checked: str

    @property
    def right(self):
        """The right-hand side as one SymPy expression."""
        return total(*self.terms) if self.terms[0].is_Matrix else Add(*self.terms)

    def __str__(self):
        return f"({self.number}) {text_of(self.left)} = {joined(map(text_of, self.terms))}    [{self.rule}]"

    def _repr_latex_(self):
        return rf"$\displaystyle {latex(self.left)} = {joined(map(latex, self.terms))}$"


class Derivation:
    """The steps from J to its gradient: iterate over them, print them, or show them in a notebook."""

    def __init__(self, steps, gradients):
        self.steps, self.gradients = steps, gradients

    @property
    def gradient(self):
        """The gradient with respect to the first variable, its names written out."""
        return next(iter(self.gradients.values()))

    def __iter__(self):
        return iter(self.steps)

    def __len__(self):
        return len(self.steps)

    def __getitem__(self, position):
        return self.steps[position]

    def __str__(self):
        lefts = [text_of(step.left) for step in self.steps]
        width = max(map(len, lefts))
        lines = []
        for step, left in zip(self.steps, lefts, strict=True):
            lines.append(f"({step.number:>2}) {left:<{width}} = {joined(map(text_of, step.terms))}")
            lines.append(f"     {'':<{width}}   [{step.rule}]")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_latex_(self):
        lines = []
        for step in self.steps:
            first, *rest = _broken(step.terms)
            lines.append(rf"{latex(step.left)} &= {first}")
            lines += [rf"&\quad {line}" for line in rest]
            lines.append(rf"&\scriptstyle\color{{gray}}{{({step.number})\ {_tex_rule(step.rule)}}}")
        return "$$\n\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n$$"


def text_of(expr):
    if isinstance(expr, MatrixSymbol):
        return expr.name
    coefficient, rest = expr.as_coeff_Mul() if not expr.is_Matrix else (S.One, expr)
    if isinstance(rest, Trace) and is_one_by_one(rest.arg) and not is_square(rest.arg):
        expr = scaled(coefficient, rest.arg)
    softmaxes = {node: softmax_parts(node)[0] for node in expr.atoms(HadamardProduct) if softmax_parts(node)}
    return write(expr, {node: f"softmax({write(inside)})" for node, inside in softmaxes.items()})


def is_square(matrix):
    """Whether a 1×1 matrix is written aᵀa, the square of a norm."""
    return isinstance(matrix, MatMul) and len(matrix.args) == 2 and transposed(matrix.args[0]) == matrix.args[1]


def joined(texts):
    result = ""
    for text in texts:
        text = text.strip()
        result += text if not result else f" - {text[1:].lstrip()}" if text.startswith("-") else f" + {text}"
    return result


def _broken(terms):
    """The terms in LaTeX, on as many lines as a narrow screen needs."""
    lines, length = [], 0
    for term in terms:
        pieces = [latex(term)] if term.is_Matrix or len(text_of(term)) < NARROW else factors_in_latex(term)
        sign = "" if not lines else "- " if pieces[0].startswith("-") else "+ "
        if sign == "- ":
            pieces[0] = pieces[0][1:].lstrip()
        pieces[0] = sign + pieces[0]
        for place, piece in enumerate(pieces):
            weight = _width(piece)
            if lines and length + weight < NARROW and (place or len(pieces) == 1):
                lines[-1] += f" {piece}"
                length += weight
            else:
                lines.append(piece)
                length = weight
    return lines


NARROW = 23  # signs that fit beside dJ = on a telephone


def _width(tex):
    """About how many signs a formula shows."""
    shown = re.sub(r"\\(operatorname|mathrm|mathbf|left|right|quad)\b|[{}^\\_ ]", "", tex)
    return len(re.sub("top|odot|partial|circ|frac", "o", shown))


def _tex_rule(text):
    """A rule in LaTeX: words as text, formulas as formulas."""
    parts = []
    for part in text.split("; "):
        words, colon, formula = part.rpartition(": ")
        if "=" not in formula:
            parts.append(rf"\text{{{part}}}")
            continue
        for plain, tex in (
            (".*", r"\odot "),
            ("*", r"\,"),
            ("tr(", r"\operatorname{tr}("),
            ("A'", r"A^\top "),
            ("B)'", r"B)^\top "),
            ("G'", r"G^\top "),
            (", and ", r"\text{, and }"),
            ("tr is cyclic", r"\text{tr is cyclic}"),
        ):
            formula = formula.replace(plain, tex)
        formula = re.sub(r"(?<![A-Za-z\\])d([A-Z]|[a-z](?=[0-9)]))", r"\\mathrm d \1", formula)
        for name in KNOWN.values():
            formula = re.sub(rf"(?<![a-z\\{{]){name}(?![a-z])", lambda match: rf"\operatorname{{{match[0]}}}", formula)
        parts.append((rf"\text{{{words}: }}" if colon else "") + formula)
    return r";\ ".join(parts)
