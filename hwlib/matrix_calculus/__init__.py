"""Matrix gradients for all sizes: derived step by step, proved or refuted. Imports SymPy alone."""

from .derivation import Derivation, Step, derive
from .gradient import gradient
from .jacobian import hessian, jacobian
from .judge import Verdict, check, same
from .numpy_code import to_numpy
