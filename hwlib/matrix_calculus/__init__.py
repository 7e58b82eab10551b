"""Matrix gradients for all sizes: derived step by step, proved or refuted. Imports SymPy alone."""
from .gradient import gradient
