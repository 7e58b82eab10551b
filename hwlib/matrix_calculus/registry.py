"""The register of the records: whoever needs to know something of a node asks the record of its type here."""

from functools import cache

RULES = []  # the records with a rule of their own, in the order of the rule table
WORDS = {}  # what a function of the notation builds, for the functions that are nodes
_BY_TYPE = {}


def register(*types, when=None):
    """Class decorator: this record is that of nodes of these SymPy types, or of those of them for which when holds."""

    def registered(cls):
        record_of_class = cls()
        if vars(cls).get("mathematics"):
            RULES.append(record_of_class)
        record_of_class.types = types
        if "word" in vars(cls) and cls.word:
            WORDS[cls.word] = record_of_class.called
        for node_type in types:
            known = _BY_TYPE.setdefault(node_type, [])
            known.insert(0 if when else len(known), (when, record_of_class))
        _known_of.cache_clear()
        return cls

    return registered


def record(node):
    """The record of a node, that of its nearest type; a kind of node that says nothing has the one of all nodes."""
    return next(known for when, known in _known_of(type(node)) if when is None or when(node))


@cache
def _known_of(node_type):
    return [known for base in node_type.__mro__ for known in _BY_TYPE.get(base, ())]
