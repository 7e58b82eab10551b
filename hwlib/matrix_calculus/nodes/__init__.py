"""One record a kind of node, with its differential and, where it is linear, the transpose of that: all of the calculus.

`record(node)` finds the record of a node; a node of your own is one more subclass of `Record`, registered for its type.
"""

# in the order of the rule table
# isort: off
from . import linear, entries, kronecker, powers, entrywise, softmax, scalars, functions, cases, constants

# isort: on
from ..registry import RULES, record, register
from .powers import FunctionOfSquareMatrix, commutes
from .record import Multilinear, Record, arguments
