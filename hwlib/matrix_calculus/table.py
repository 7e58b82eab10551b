"""The rules of the engine as a table in Markdown, made from their docstrings."""

import re

from .rules import RULES, a_log_softmax, a_scalar_function, a_softmax


def rule_table():
    """One row a rule: its title and node, its differential, and the adjoints that its arguments receive."""
    rules = [*dict.fromkeys(RULES.values()), a_scalar_function, a_softmax, a_log_softmax]
    lines = [(rule.title, *_upright(rule.__doc__.splitlines()[0]).split(" | ")) for rule in rules]
    rows = [(f"{title}, {node}", differential, adjoints) for title, node, differential, adjoints in lines]
    head = ("rule", "differential", "adjoints of the arguments")
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ("---",) * 3, *rows])


def _upright(mathematics):
    """The d of a differential set upright, as in the rest of the book."""
    return re.sub(r"(?<![A-Za-z\\])d([A-Z]|[a-z](?![a-z]))", r"\\mathrm d \1", mathematics)
