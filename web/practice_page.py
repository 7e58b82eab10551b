"""The page's practice problems, made and graded by hwlib.matrix_calculus.practice.

`emit(kind, text)` takes the answer in parts: "problem", a JSON object for each; a verdict's word with its reason;
"unread" with the place; "markdown" and "latex".
"""

import json

from checker import tell

from hwlib.matrix_calculus.notation import NotationError
from hwlib.matrix_calculus.practice import Problem, problems

FIELDS = ("family", "level", "seed", "symbols", "definitions", "text", "variable")


def sheet(question, emit):
    """The problems of {count, level, seed, family}, family null for any."""
    asked = json.loads(question)
    for one in problems(asked["count"], asked["level"], asked["seed"], asked["family"]):
        given = {name: getattr(one, name) for name in FIELDS}
        emit("problem", json.dumps({**given, "asked": one.asked, "statement": one.statement, "lines": start(one)}))
    return True


def start(one):
    """The first lines of a derivation of the answer, for the page that judges derivations."""
    return "\n".join(filter(None, [one.symbols, one.definitions, f"J = {one.text}", ""]))


def _problem(asked):
    return Problem(*(asked["problem"][name] for name in FIELDS))


def grade(question, emit):
    """Judge the answer in {problem, answer}; say whether it could be read."""
    asked = json.loads(question)
    try:
        verdict = _problem(asked).check(asked["answer"])
    except NotationError as error:
        emit("unread", str(error))
        return False
    emit(verdict.how, f"{verdict.sentence}.")
    if verdict.slip:
        emit("markdown", f"The likely slip: {verdict.slip}.")
    tell(verdict, emit)
    return True


def hint(question, emit):
    """Hint number {number} for {problem}, counted from 0; behind the last of them the answer, which says False."""
    asked = json.loads(question)
    one = _problem(asked)
    hints = one.hints()
    if asked["number"] < len(hints):
        emit("markdown", hints[asked["number"]])
        return True
    emit("markdown", f"The answer: `{one.answer_text}`")
    emit("latex", f"${one.answer_latex}$")
    return False
