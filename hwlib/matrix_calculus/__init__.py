"""Matrix gradients for all sizes: derived step by step, proved or refuted. Imports SymPy alone.

The way of a gradient, to read in this order:

- `nodes`: one record a kind of node: on top its differential and, for a linear node, the transpose of that; below
  them its shape, its normal form, its value, and how it is written. `registry` finds the record of a node.
- `differential`: forward, dY of every node from the differentials of its arguments.
- `gradient`: what comes in, and the walk back from J to X that hands every adjoint on.
- `writing`: products and sums in their short form; `shapes`: shape, symmetry and transpose of any matrix.

Behind it:

- `report`: a reader's derivation, line by line; in `lines` and `statements` what it says, in `ledger` what its names
  stand for, in `truth`, `following` and `mending` whether a line is true, follows, and how it should be.
- `derivation`: the differentials line by line, each line checked, in `steps` how they are shown;
  `jacobian`: columns by columns, and Hessians; `changes`: differentials of matrices and Hessians in a direction.
- `sharing`, `indices`: each expression one object; sums over entries as products.
- `normal_form` and its rooms (`read`, `terms`, `algebra`, `identities`, `inverses`, …): the same for all sizes?
- `values`, `arithmetic`, `points`: the value of an expression, and where to look for a difference.
- `judge`, `slips`, `conditions`: the word on a reader's claim, and what may have gone wrong in it.
- `notation`, `plain`, `tex`, `numpy_code`: text in, text out, LaTeX, code; `programs`: that for JAX, PyTorch, Julia;
  `table`: the records as a table.
- `suite`, `benchmark`, `curves`: textbook gradients, ours beside SymPy's, and how the cost grows with depth and size.
- `repairs`: what SymPy gets wrong about matrices.
"""

from . import repairs  # noqa: F401  first: all that follows builds SymPy's trees
from .changes import check_differential, differential, hessian_product
from .derivation import derive
from .gradient import gradient
from .jacobian import hessian, jacobian
from .judge import Verdict, check, same
from .numpy_code import to_numpy
from .programs import to_code
from .report import check_derivation
from .steps import Derivation, Step
