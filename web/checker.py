"""The derivation checker's questions, answered by hwlib.matrix_calculus.

`emit(kind, text)` takes the answer in parts: first "read", JSON {field: LaTeX of how it was understood}, and
"problem", JSON {field, message, position} for what cannot be read; then the verdict's word with its reason,
"heading", "markdown", "latex".
"""

import json

import sympy as sp

from hwlib.matrix_calculus import check, notation
from hwlib.matrix_calculus.derivation import derive
from hwlib.matrix_calculus.echo import declarations, echo


def answer(question, emit):
    """Answer a JSON object with symbols, definitions, J, variable and gradient. Say whether it could be read."""
    question = Question(json.loads(question), emit)
    asked = question.scope is not None and question.J is not None and question.X is not None
    if question.problems or not asked:
        return False
    try:
        judge(question.J, question.X, question.claimed, question.scope, emit)
    except ValueError as error:
        question.problem("J", error)
        return False
    return True


def read(fields, emit):
    """Say how what has been typed so far is understood; what is still empty is no problem."""
    return not Question(json.loads(fields), emit, finished=False).problems


class Question:
    """The fields as what they mean; each is told, and each that cannot be read."""

    def __init__(self, fields, emit, finished=True):
        self.fields, self.emit, self.finished, self.problems = fields, emit, finished, []
        self.scope = self.J = self.X = self.claimed = None
        scope = self.read("symbols", self.symbols)
        if scope is not None:
            self.scope = self.read("definitions", self.definitions, scope)
        if self.scope is None:
            return
        self.J = self.read("J", self.scalar)
        self.X = self.read("variable", self.variable)
        self.claimed = self.read("gradient", self.gradient)

    def read(self, field, reader, *known):
        """What the field stands for; None if it is empty or cannot be read."""
        text = self.fields[field]
        try:
            if not text.strip() and field in ("J", "variable", "gradient"):
                if self.finished and field != "gradient":
                    raise ValueError(f"{'a scalar J' if field == 'J' else 'a variable'} is needed")
                return None
            value, latex = reader(text, *known)
        except (ValueError, NotImplementedError) as error:
            self.problem(field, error)
            return None
        if latex:
            self.emit("read", json.dumps({field: latex}))
        return value

    def problem(self, field, error):
        self.problems.append(field)
        place = getattr(error, "position", None)
        self.emit("problem", json.dumps({"field": field, "message": str(error), "position": place}))

    def symbols(self, text):
        scope = notation.read(text)
        return scope, declarations(scope)

    def definitions(self, text, before):
        scope = notation.read(text, before)
        return scope, declarations(scope, before)

    def scalar(self, text):
        found = echo(text, self.scope)
        if found.shape != "scalar":
            raise notation.NotationError(f"J must be a scalar, but this is {found.shape}", text, 0)
        return found.expr, found.latex if str(found.shown) == "J" else f"J = {found.latex}"

    def variable(self, text):
        found = notation.parse(text, self.scope)
        if not is_variable(found):
            known = ", ".join(key for key, value in self.scope.items() if is_variable(value))
            raise notation.NotationError(f"the variable must be one of the declared symbols: {known}", text, 0)
        return found, None

    def gradient(self, text):
        found = echo(text, self.scope, self.X)
        by = sp.latex(self.X) if self.X is not None else ""
        return found.expr, (rf"\frac{{\partial J}}{{\partial {by}}} = " if by else "") + found.latex


def is_variable(value):
    return isinstance(value, sp.MatrixSymbol) or isinstance(value, sp.Symbol) and not value.is_integer


def judge(J, X, claimed, scope, emit):
    names = {name: value for name, value in scope.items() if value.is_Matrix and not value.is_symbol}
    written = {value: name for name, value in names.items()}
    if claimed is not None:
        verdict = check(J, X, claimed, symmetric=scope.symmetric, names=written, assuming=scope.assumed)
        emit(verdict.how, f"{verdict.sentence}.")
        if verdict.slip:
            emit("markdown", f"The likely slip: {verdict.slip}.")
        if verdict.right_if:
            emit("markdown", f"It would be right if {verdict.right_if}.")
        tell(verdict, emit)
    try:
        derivation = derive(J, X, names=names, symmetric=scope.symmetric, assuming=scope.assumed)
    except (ArithmeticError, NotImplementedError) as error:
        return emit("markdown", f"There is no derivation of it here: {error}.")
    emit("heading", "The derivation")
    emit("latex", derivation._repr_latex_())
    emit("markdown", f"In plain notation: `{notation.write(derivation.gradient, written)}`")


def tell(verdict, emit):
    """Show where both sides differ, if the verdict has such a point, with their values."""
    if verdict.counterexample:
        emit("heading", "A counterexample")
        emit("latex", f"${verdict.counterexample.point_in_latex}$")
        emit("markdown", f"There {verdict.values_in_markdown()}.")
