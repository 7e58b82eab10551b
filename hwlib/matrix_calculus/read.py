"""An expression read into a form, node by node, as the record of each says."""

from sympy import Basic, Expr, Lambda, srepr
from sympy.matrices.expressions.matexpr import MatrixElement

from .doors import shown
from .functions import Functions
from .inverses import oriented
from .nodes.slopes import T
from .registry import record
from .shapes import is_symmetric
from .terms import ZERO, Form, Leaf, digest, rename


class Reader(Functions):
    """Reads expressions into forms; one reader for all that is compared."""

    def __init__(self, deadline=None, most_terms=None):
        """most_terms: of a matrix inside an expression that is still written out; a longer one gets a name."""
        super().__init__(deadline)
        self.most_terms, self.has_named = most_terms, False

    def form(self, expr):
        """The form of an expression; what stands in it is read first, however deep it is."""
        for node in postorder(expr, self.known):
            if node is expr or getattr(node, "is_Matrix", False) and isinstance(node, Expr):
                if self.most_terms is not None:
                    self.steps = 0  # what is long gets a name, so that each node is a task of its own
                form = self.read(node)
                self.known[node] = form if node is expr or not node.is_Matrix else self.named(form)
        return self.known[expr]

    def named(self, form):
        """The form itself, or if it is long a leaf: equal forms get the same, and a transpose the same turned."""
        if self.most_terms is None or len(form.terms) <= self.most_terms or len(form.rows) > 1 or len(form.cols) > 1:
            return form
        self.has_named = True
        if form.rows == (ZERO,) or form.cols == (ZERO,):
            text, slots, symmetric = form.text() + self.open_sizes([form]), (*form.rows, *form.cols), False
        else:
            text, _, slots, symmetric = oriented(self, form)
        leaf = Leaf(f"({digest(text)})", "symbol", symmetric=symmetric)
        return self.leaf_form(leaf, slots, form.rows, form.cols, form.sizes)

    def read(self, expr):
        return record(expr).form(expr, self) if expr.is_Matrix else self.scalar(expr, {}, {})

    def opaque(self, expr):
        """The form of a matrix that is looked at as a function of its arguments, without a law of its own."""
        return self.symbol(expr, self.opaque_text(expr))

    def turning_with_its_arguments(self, expr):
        """The form of f(A, B, …) that is looked at as a function with f(Aᵀ, Bᵀ, …) = f(A, B, …)ᵀ."""
        texts = [
            "|".join(turn(self.form(arg)).text() if arg.is_Matrix else self.text_of(arg) for arg in expr.args)
            for turn in (lambda form: form, self.transposed)
        ]
        rows, cols = self.free_indices(expr.shape)
        name = f"{type(expr).__name__}({digest(min(texts))}){sorted(map(str, expr.shape))}"
        leaf = Leaf(name, "symbol", symmetric=texts[0] == texts[1])
        slots = (*rows, *cols) if texts[0] <= texts[1] else (*cols, *rows)
        return self.leaf_form(leaf, slots, rows, cols, tuple((n,) for n in expr.shape))

    def shaped(self, expr):
        """A form without terms of the expression's shape."""
        rows, cols = self.free_indices(expr.shape)
        return Form(rows, cols, {}, tuple((n,) for n in expr.shape))

    def transposed(self, form):
        names = {index: index.replace("r", "?") for index in form.rows if isinstance(index, str)}
        names.update({index: index.replace("c", "r") for index in form.cols if isinstance(index, str)})
        back = {new: new.replace("?", "c") for new in names.values() if new.startswith("?")}
        terms = [(c, rename(rename(factors, names), back)) for c, factors in form.terms.values()]
        rows = tuple(index.replace("c", "r") if isinstance(index, str) else index for index in form.cols)
        cols = tuple(index.replace("r", "c") if isinstance(index, str) else index for index in form.rows)
        return self.make(rows, cols, terms, form.sizes[::-1])

    def opaque_text(self, expr):
        """A name for a node that the form does not look into: its type, and the forms of its arguments."""
        return f"{type(expr).__name__}({digest('|'.join(map(self.text_of, expr.args)))}){expr.shape}"

    def text_of(self, arg):
        return self.form(arg).text() if isinstance(arg, Expr) and not arg.is_Atom else srepr(arg)

    def symbol(self, expr, text):
        rows, cols = self.free_indices(expr.shape)
        leaf = Leaf(text, "symbol", symmetric=is_symmetric(expr) and not isinstance(rows[0], tuple))
        return self.leaf_form(leaf, (*rows, *cols), rows, cols, tuple((n,) for n in expr.shape))

    # -------------------------------------------------------- scalars and entries

    def scalar(self, expr, env, indices):
        """The form of a scalar expression whose symbols may stand for forms (env) or for indices."""
        if expr in env:
            return env[expr]
        if expr.is_number and not expr.has(MatrixElement):
            return self.number(expr)
        if getattr(expr, "is_Matrix", False):
            return self.form(expr)
        return record(expr).scalar_form(expr, self, env, indices)

    def opaque_scalar(self, expr, env, indices):
        """The form of a scalar that is looked at as a function of its arguments."""
        if not isinstance(expr, Expr):
            raise NotImplementedError(f"normal_form: {type(expr).__name__} {shown(expr)}")
        if expr.has(*env) and not expr.is_Function:  # a derivative of an unknown function, say
            if len(env) != 1:
                raise NotImplementedError(f"normal_form: {type(expr).__name__} {shown(expr)}")
            ((symbol, form),) = env.items()
            return self.function(srepr(expr.subs(symbol, T)), [form])
        if not expr.args:
            return self.leaf_form(Leaf(srepr(expr), "symbol"), ())
        return self.function(str(expr.func), [self.scalar(arg, env, indices) for arg in expr.args])


def postorder(expr, known=()):
    """The nodes of an expression that are not known, arguments first, each once; a Lambda is one node."""
    found, waiting = {}, [] if expr in known else [expr]
    while waiting:
        node = waiting[-1]
        args = () if isinstance(node, Lambda) else node.args
        left = [a for a in args if isinstance(a, Basic) and a not in found and a not in known]
        if left:
            waiting += left
        else:
            found[waiting.pop()] = None
    return list(found)
