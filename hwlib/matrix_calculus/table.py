"""The records of the engine as a table in Markdown."""

import re

from .nodes import RULES


def rule_table():
    """One row a record: its title and node, its differential, and the adjoints that its arguments receive."""
    lines = [(known.title, *_upright(known.mathematics).split(" | ")) for known in RULES]
    rows = [(f"{title}, {node}", differential, adjoints) for title, node, differential, adjoints in lines]
    head = ("rule", "differential", "adjoints of the arguments")
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ("---",) * 3, *rows])


def _upright(mathematics):
    """The d of a differential set upright, as in the rest of the book."""
    return re.sub(r"(?<![A-Za-z\\])d([A-Z]|[a-z](?![a-z]))", r"\\mathrm d \1", mathematics)
