"""What runs inside the page's Python: the cells of a page, one after another, as a notebook would run them.

`emit(kind, text)` takes the outputs: kind is "text", "latex", "markdown" or "error". Nothing here is HTML.
"""

import ast
import contextlib
import io
import itertools
import pprint
import sys
import traceback
import types

LONGEST = 20_000  # characters that one run may print: a page cannot show more, and must stay responsive
HINTS = {
    "NameError": "Here only the cells with a Run button have run.",
    "ModuleNotFoundError": "The page has SymPy, mpmath and hwlib.matrix_calculus; the rest needs a notebook.",
}
LOST = "Python was started anew, and names made before are lost: run the cells that make them again."


class Written(str):
    """LaTeX or Markdown that a cell displays; `kind` says which."""

    kind = "markdown"


class Latex(Written):
    kind = "latex"


class Output(io.TextIOBase):
    """Passes on what a cell prints and shows, in order, up to a limit."""

    def __init__(self, emit):
        self.emit, self.left, self.printed = emit, LONGEST, []

    def write(self, text):
        self.spend(text)
        self.printed.append(text)
        if "\n" in text:
            self.flush()
        return len(text)

    def flush(self):
        if self.printed:
            self.emit("text", "".join(self.printed))
            self.printed = []

    def spend(self, text):
        self.left -= len(text)
        if self.left < 0:
            raise RuntimeError(f"the output is longer than {LONGEST} characters, which is all the page shows")

    def show(self, *values):
        """Show values as a notebook does: LaTeX or Markdown where they have it, else their repr."""
        for value in values:
            kind, text = written(value)
            self.spend(text)
            self.flush()
            self.emit(kind, text)


def written(value):
    """Return how a value is shown: its kind and its text."""
    if isinstance(value, Written):
        return value.kind, str(value)
    for kind in ("latex", "markdown"):
        method = getattr(value, f"_repr_{kind}_", None)
        text = method() if method and not isinstance(value, type) else None
        if text is not None:
            return kind, text
    return "text", pprint.pformat(value, width=79, sort_dicts=False) + "\n"


class Session:
    """The names that the cells of one page share; `anew` if they were in another session before."""

    def __init__(self, anew=False):
        self.hints = {**HINTS, "NameError": LOST} if anew else HINTS
        self.names = {"__name__": "__main__"}
        self.numbers = itertools.count(1)
        self.output = None
        provide_display(self)

    def run(self, code, emit):
        """Run one cell; its last line, if it is an expression, is shown. Say whether it ran to its end."""
        output = self.output = Output(emit)
        filename = f"<cell {next(self.numbers)}>"
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                value = self.execute(ast.parse(code, filename), filename)
                if value is not None:
                    self.names["_"] = value
                    output.show(value)
        except BaseException as error:  # a reader's cell may raise anything, SystemExit too
            output.flush()
            emit("error", explain(error, code, filename, self.hints))
            return False
        output.flush()
        return True

    def execute(self, tree, filename):
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, filename, "exec"), self.names)
        return eval(compile(ast.Expression(last.value), filename, "eval"), self.names) if last else None


def provide_display(session):
    """Let cells import `display`, `Math`, `Latex` and `Markdown` from IPython.display, as in a notebook."""
    display = types.ModuleType("IPython.display")
    display.display = lambda *values: session.output.show(*values)
    display.Markdown, display.Latex = Written, Latex
    display.Math = lambda text: Latex(f"$\\displaystyle {text}$")
    sys.modules["IPython"] = types.ModuleType("IPython")
    sys.modules["IPython"].display = sys.modules["IPython.display"] = display


def explain(error, code, filename, hints):
    """Return an error in a few lines: what it is, and the line of the cell that it comes from."""
    if isinstance(error, SyntaxError) and error.filename == filename:
        number, column = error.lineno or 1, error.offset or 1
        what = f"{type(error).__name__}: {error.msg}"
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == filename]
        number, column = (frames[-1].lineno, None) if frames else (None, None)
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    lines = code.splitlines()
    where = []
    if number and number <= len(lines):
        where = [f"line {number}:  {lines[number - 1]}"]
        if column:
            where.append(" " * (len(f"line {number}:  ") + column - 1) + "^")
    hint = hints.get(type(error).__name__)
    return "\n".join([what[:2000], *where, *([hint] if hint else [])])
