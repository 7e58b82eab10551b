"""A whole derivation, line by line: what each line says, whether it is true, and whether it follows.

A line is an equation, and is judged by itself: names stand for their definitions, dQ for the true differential of Q,
∂J/∂X for the true gradient. What varies are the names whose differential is written or by which J is differentiated.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

import sympy as sp

from . import following, mending
from .deadline import OutOfTime, within
from .doors import some_seconds
from .ledger import Ledger
from .statements import read_statements
from .truth import Judge
from .verdict import Verdict

SECONDS = 10
WORDS = {  # of a line that is not judged
    "declared": "this says what a name is",
    "defined": "this gives a name to an expression",
    "assumed": "this is taken to hold",
    "unread": "this line cannot be read",
    "": "",
}


@dataclass(frozen=True)
class Line:
    """One line of the text and what came of it.

    text: as it was written. equal: True, False, or None for what is not judged. how: the word of `Verdict`, or
    "declared", "defined", "assumed", "unread", or "" for an empty line. sentence: why, in words. verdict: the whole
    verdict, with the counterexample and the slip of a wrong line. leap: whether a true line takes more than one step
    from those above. position: the place in the whole text at which a line could not be read. latex: the line typeset.
    """

    text: str
    equal: bool | None = None
    how: str = ""
    sentence: str = ""
    verdict: Verdict | None = None
    leap: bool = False
    position: int | None = None
    latex: str = ""
    _between: object = field(default=None, repr=False, compare=False)
    _corrected: object = field(default=None, repr=False, compare=False)

    def between(self):
        """The steps that lead to a line that is a leap, as lines of plain notation; none for any other line."""
        return _known(self._between, []) if self.leap else []

    def corrected(self):
        """The line as it should be, in plain notation; None if it is not wrong, or not known."""
        return _known(self._corrected, None) if self.equal is False else None

    def __str__(self):
        if self.equal is None and self.how in ("", "declared", "defined", "assumed"):
            return self.text
        leap = ", a leap" if self.leap else ""
        return f"{self.text}    [{self.how}{leap}]"


def _known(answer, otherwise):
    """What an answer gives, or otherwise where the engine has none."""
    if answer is None:
        return otherwise
    with suppress(NotImplementedError, ValueError, ArithmeticError, RecursionError):
        return answer()
    return otherwise


@dataclass(frozen=True)
class Report:
    """What came of a derivation: `lines`, one for each line of the text, and the first of them that is not true."""

    lines: tuple

    @property
    def first_wrong(self):
        """The index of the first line that is not true, or None."""
        return next((k for k, line in enumerate(self.lines) if line.equal is False), None)

    def __iter__(self):
        return iter(self.lines)

    def __str__(self):
        text = "\n".join(map(str, self.lines))
        wrong = self.first_wrong
        if wrong is None:
            return text
        return f"{text.rstrip()}\n\nThe first wrong line is line {wrong + 1}. {self.lines[wrong].verdict}"

    __repr__ = __str__


def check_derivation(text, seconds=SECONDS):
    """Judge every line of a derivation.

    Parameters
    ----------
    text : str
        Declarations (``W: n x k``), definitions (``y = sigmoid(W'x)``), hypotheses (``assume S symmetric``), remarks
        (``# …``) and equations, one a line: in differentials (``dJ = 2 (y - Z)'dy``), gradients (``dJ/dW = …``,
        ``∂J/∂W``, ``∇_W J``), chains (``a = b = c``), and lines that go on with ``= c``. LaTeX is read too.
    seconds : float
        The time for one line, after which it is "undecided".

    Returns
    -------
    Report : its `lines` say of each line whether it is true, and how that was found.

    Raises
    ------
    ValueError : the text is no str, or the time no positive number. A line that cannot be read says so itself.
    """
    if not isinstance(text, str):
        raise ValueError(f"text must be a str, got {type(text).__name__}")
    return Report(tuple(judged_lines(text, some_seconds(seconds, "seconds"))))


def judged_lines(text, seconds=SECONDS):
    """The lines of a derivation one after the other, each as soon as it is judged."""
    ledger = Ledger()
    readings = read_statements(text, ledger)
    with sp.assuming(*map(sp.Q.symmetric, ledger.symmetric)):
        judge = Judge(ledger, readings)
        for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
            here = [reading for reading in readings if reading.line == number]
            yield _line(line, [_judged(reading, judge, seconds) for reading in here])


_WEIGHT = ["", "declared", "assumed", "defined", "proved", "sampled", "undecided", "error", "unread", "refuted"]


def _line(text, parts):
    """One line of the text from what came of the statements in it: the worst of them speaks."""
    if not parts:
        return Line(text)
    worst = max(parts, key=lambda part: _WEIGHT.index(part.how))
    latex = r",\quad ".join(part.latex for part in parts if part.latex)
    leap = next((part for part in parts if part.leap), worst)
    return replace(worst, text=text, latex=latex, leap=leap.leap and bool(worst.equal), _between=leap._between)


def _judged(reading, judge, seconds):
    if reading.kind != "equation":
        sentence = reading.sentence or WORDS[reading.kind]
        wrong = reading.kind == "misfit"
        verdict = Verdict(False, "refuted", sentence.split("\n")[0]) if wrong else None
        how = "refuted" if wrong else reading.kind
        return Line("", False if wrong else None, how, sentence, verdict, False, reading.position, reading.latex)
    try:
        with within(seconds):
            verdict = judge.verdict(reading, seconds)
            leap = bool(verdict) and following.is_leap(reading, judge)
    except (OutOfTime, NotImplementedError, RecursionError) as error:
        reason = str(error) or "the time was over"
        verdict, leap = Verdict(None, "undecided", f"this line is out of reach: {reason}"), False
    except ValueError as error:
        verdict, leap = Verdict(False, "refuted", f"this does not fit: {error}"), False
    except Exception as error:  # a defect here must not look like a judgement, nor end the reader's program
        reason = f"the engine failed on this line ({type(error).__name__}: {error}); this is no verdict on it"
        verdict, leap = Verdict(None, "error", reason), False
    judge.remember(reading, verdict)
    known = judge.known_before(reading)
    return Line(
        "",
        verdict.equal,
        verdict.how,
        verdict.sentence,
        verdict,
        leap,
        None,
        reading.latex,
        lambda: following.steps_between(reading, judge, known),
        lambda: mending.corrected(reading, judge.ledger),
    )
