"""The page's derivations, judged line by line by hwlib.matrix_calculus.

`emit(kind, text)` takes the answer in parts, each a JSON object: "line" for every line of the text as soon as it is
judged, and "more" for what was asked about one of them.
"""

import json

from hwlib.matrix_calculus import check_derivation
from hwlib.matrix_calculus.report import judged_lines


def answer(question, emit):
    """Judge {text, seconds}, the seconds for each line."""
    asked = json.loads(question)
    for index, line in enumerate(judged_lines(asked["text"], asked["seconds"])):
        emit("line", json.dumps(told(index, line)))
    return True


def told(index, line):
    """What the page shows of a line."""
    found = {"index": index, "how": line.how, "leap": line.leap, "latex": line.latex, "sentence": line.sentence}
    if line.position is not None:
        found["position"] = line.position
    if line.verdict is not None and line.verdict.slip:
        found["slip"] = line.verdict.slip
    if line.verdict is not None and line.verdict.counterexample:
        found["point"] = line.verdict.counterexample.point_in_latex.split(r",\ ")
        found["values"] = line.verdict.values_in_markdown()
    return found


def more(question, emit):
    """What is asked of {text, seconds, index}: the lines that lead to a leap, or a wrong line as it should be."""
    asked = json.loads(question)
    text, index = asked["text"], asked["index"]
    line = check_derivation(text, asked["seconds"]).lines[index]
    right = line.corrected()
    written = [right] if right else line.between()
    lines = text.split("\n")
    trial = "\n".join([*lines[:index], *written, *lines[index + bool(right) :]])
    shown = check_derivation(trial, asked["seconds"]).lines[index : index + len(written)]
    emit("more", json.dumps({"index": index, "lines": written, "latex": [line.latex for line in shown]}))
    return True
