"""What the judge says: a word, the reason, and for what is refuted the values that anyone can check."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import sympy as sp
from sympy.matrices.matrixbase import MatrixBase

from .arithmetic import is_exact, mp

SHORT = 1000  # denominators up to this are shown as a fraction
NONE = "without a real value"


@dataclass(frozen=True)
class Counterexample:
    """Sizes and rational matrices for which a claim fails, with the values of both sides there.

    sizes, matrices: {symbol: value}; claimed, actual: matrices, None for a side that has no real value there.
    """

    sizes: dict
    matrices: dict
    claimed: sp.Matrix | None
    actual: sp.Matrix | None

    def __str__(self):
        given = {**self.sizes, **self.matrices}
        return ", ".join(f"{symbol} = {_text(value)}" for symbol, value in given.items())

    @property
    def value_in_latex(self):
        """The right value."""
        return _tex(self.actual)

    @property
    def point_in_latex(self):
        given = {**self.sizes, **self.matrices}
        return r",\ ".join(f"{sp.latex(symbol)} = {_tex(value)}" for symbol, value in given.items())


@dataclass(frozen=True)
class Verdict:
    """What the judge found. A verdict is true where `equal` is.

    Attributes
    ----------
    equal : True for "proved" and "sampled", False for "refuted", None for "undecided" and "error".
    how : the word. A claim is right when it equals the gradient on the whole domain of J: at all real values of its
        symbols, of all sizes, at which J is real, with all its parts, and has a slope.

        - "proved": equal by identities whose conditions follow from J's domain, or are named in the sentence.
        - "refuted": the shapes differ, or there is a point of the domain at which the claim differs from J's own
          slope, or has no real value.
        - "convention": not the gradient as it is meant here, but right in the convention that the sentence names.
        - "sampled": no proof was found, and no difference at the points that the sentence tells of.
        - "undecided": the time was over, or the question out of reach; the sentence says what was tried.
        - "error": the engine itself failed. This says nothing about the claim.
    sentence : why, in words.
    counterexample : where both sides differ; None unless refuted by numbers.
    slip : the slip that explains the difference, or None.
    right_if : a common condition under which it would be right, or None.
    actual : the right expression where it is known.
    sides : what the two sides are called.
    """

    equal: bool | None
    how: str
    sentence: str
    counterexample: Counterexample | None = None
    slip: str | None = None
    right_if: str | None = None
    actual: sp.Expr | None = field(default=None, repr=False)
    sides: tuple[str, str] = field(default=("the claim", "the gradient"), repr=False)

    def __bool__(self):
        return bool(self.equal)

    def __str__(self):
        lines = [f"{self.how.capitalize()}: {self.sentence}."]
        if self.counterexample is not None:
            claim, truth = self.sides
            lines += [
                f"At {self.counterexample}",
                f"{claim} is {_text(self.counterexample.claimed)},",
                f"{truth} is {_text(self.counterexample.actual)}.",
            ]
        if self.slip:
            lines.append(f"The likely slip: {self.slip}.")
        if self.right_if:
            lines.append(f"It would be right if {self.right_if}.")
        return "\n  ".join(lines)

    def _repr_markdown_(self):
        sentence = self.sentence.replace("*", r"\*")  # a product, no emphasis
        text = f"**{self.how.capitalize()}:** {sentence}."
        if self.counterexample is not None:
            text += f" At ${self.counterexample.point_in_latex}$ {self.values_in_markdown()}."
        text += f" *The likely slip: {self.slip}.*" if self.slip else ""
        return text + (f" It would be right if {self.right_if}." if self.right_if else "")

    def values_in_markdown(self):
        """Both sides' values at the counterexample, in words and mathematics."""
        c = self.counterexample
        values = (NONE if value is None else f"${_tex(value)}$" for value in (c.claimed, c.actual))
        return ", ".join(f"{side} is {value}" for side, value in zip(self.sides, values, strict=True))


def explicit(value):
    """A value for SymPy: exact numbers and short fractions as they are, others to 15 digits."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return sp.ImmutableMatrix([[explicit(x) for x in row] for row in value])
    if is_exact(value):
        return sp.Rational(value)
    short = Fraction(mp.nstr(value, 30)).limit_denominator(SHORT) if abs(value) < SHORT else None
    if short is not None and abs(value - mp.mpf(short.numerator) / short.denominator) < mp.mpf(10) ** -25:
        return sp.Rational(short)
    return sp.Float(mp.nstr(value, 20), 15)


def _short(number):
    """A number as it is shown: a whole number or a short fraction as it is, any other in six digits."""
    long = number.is_Float or (number.is_Rational and number.q > SHORT)
    return number.n(6) if long else number


def _text(value):
    if value is None:
        return NONE
    if isinstance(value, MatrixBase):
        if value.shape == (1, 1):
            return _text(value[0, 0])
        return "[" + "; ".join(" ".join(map(_text, value.row(i))) for i in range(value.rows)) + "]"
    return str(_short(sp.sympify(value)))


def _tex(value):
    if isinstance(value, MatrixBase) and value.shape != (1, 1):
        return sp.latex(value.applyfunc(_short))
    return sp.latex(_short(sp.sympify(value[0, 0] if isinstance(value, MatrixBase) else value)))
