"""The API page: autodoc takes our docstrings for what they mean, and not for reStructuredText.

They are numpydoc with the meaning after the colon (`hidden : int, at least 1`), and write |z|, softmax* and W_1 as they
are, which would be substitutions, emphasis and references. Code stands in backticks; an indented paragraph is code.
"""

import re
from itertools import pairwise

UNDERLINE = re.compile(r"-{4,}\s*$")
CODE = re.compile(r"(``[^`]+``|`[^`]+`)")
MARKUP = re.compile(r"([\\|*`]|(?<=\w)_(?!\w))")
BULLET = re.compile(r"\s*[*-] ")


def escaped(line):
    """A line in which code is code and every other mark a plain character."""
    parts = CODE.split(line)
    for at, part in enumerate(parts):
        if at % 2:
            after = "\\ " if parts[at + 1][:1].isalnum() else ""
            parts[at] = f"``{part.strip('`')}``{after}"
        else:
            parts[at] = MARKUP.sub(r"\\\1", part)
    return "".join(parts)


def escaped_line(line):
    bullet = BULLET.match(line)
    start = bullet.end() if bullet else 0
    return line[:start] + escaped(line[start:])


def text(lines):
    """Paragraphs and lists as they are, indented paragraphs as code."""
    made, in_code = [], False
    for line in lines:
        indented = line.startswith("    ") and not BULLET.match(line)
        if indented and (in_code or (made and not made[-1])):
            made += [line] if in_code else ["::", "", line]
            in_code = True
        else:
            in_code &= not line
            made.append(escaped_line(line))
    return made


def entries(lines):
    """A section's entries as a list: each begins with a name, and what is indented below belongs to it."""
    made = []
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith(" ") or not line:
            made.append(escaped_line(line[2:]))
            continue
        name, colon, meaning = line.partition(" : ")
        if not colon and not below.startswith(" "):
            return [*made, "", *text(lines[number:])]  # a paragraph that ends the section
        if colon and re.match(r"    [A-Z]", below) and meaning[-1] not in ".;:,":
            meaning += "."
        name = MARKUP.sub(r"\\\1", name)
        made.append(f"* **{name}**" + (f": {escaped(meaning)}" if colon else ":"))
    return made


def as_meant(app, what, name, thing, options, lines):
    """Rewrite a docstring, a list of lines, in place."""
    heads = [number - 1 for number, line in enumerate(lines) if UNDERLINE.match(line)]
    made = text(lines[: heads[0]] if heads else lines)
    for head, end in pairwise([*heads, len(lines)]):
        made += ["", f"**{lines[head]}**", "", *entries(lines[head + 2 : end]), ""]
    lines[:] = made


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", as_meant)
    return {"parallel_read_safe": True}
