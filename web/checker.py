"""The derivation checker's questions, answered by hwlib.matrix_calculus.

`emit(kind, text)` takes the answer in parts: "proved", "refuted" or "sampled" with its reason; "heading",
"markdown", "latex"; or "problem", a JSON object that names the field, the message and the character.
"""

import json

import sympy as sp

from hwlib.matrix_calculus import check, notation
from hwlib.matrix_calculus.derivation import derive


def answer(question, emit):
    """Answer a JSON object with symbols, definitions, J, variable and gradient. Say whether it could be read."""
    fields = json.loads(question)
    field = "symbols"
    try:
        scope = notation.read(fields["symbols"])
        field = "definitions"
        scope = notation.read(fields["definitions"], scope)
        field = "J"
        J = notation.parse(fields["J"], scope)
        field = "variable"
        X = declared(fields["variable"].strip(), scope)
        field = "gradient"
        claimed = notation.parse(fields["gradient"], scope) if fields["gradient"].strip() else None
        field = "J"
        judge(J, X, claimed, scope, emit)
    except (ValueError, NotImplementedError) as error:
        emit(
            "problem", json.dumps({"field": field, "message": str(error), "position": getattr(error, "position", None)})
        )
        return False
    return True


def declared(name, scope):
    if not is_variable(scope.get(name)):
        known = ", ".join(key for key, value in scope.items() if is_variable(value))
        raise ValueError(
            f"the variable must be one of the declared matrices, vectors and scalars ({known}), not {name!r}"
        )
    return scope[name]


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
        if verdict.counterexample:
            tell(verdict.counterexample, emit)
    with sp.assuming(*map(sp.Q.symmetric, scope.symmetric)):
        derivation = derive(J, X, names=names, assuming=scope.assumed)
    emit("heading", "The derivation")
    emit("latex", derivation._repr_latex_())
    emit("markdown", f"In plain notation: `{notation.write(derivation.gradient, written)}`")


def tell(counterexample, emit):
    """Show where both sides differ, with their values."""
    emit("heading", "A counterexample")
    given = {**counterexample.sizes, **counterexample.matrices}
    emit("latex", "$" + ",\\quad ".join(f"{sp.latex(s)} = {tex(v)}" for s, v in given.items()) + "$")
    yours = "has no real value" if counterexample.claimed is None else f"is ${tex(counterexample.claimed)}$"
    emit("markdown", f"Your gradient {yours} there; the right one is ${tex(counterexample.actual)}$.")


def tex(value):
    """Return a number or matrix in LaTeX, in four digits where it is no fraction, 1 x 1 without brackets."""
    value = sp.sympify(value)
    if value.is_Matrix and value.shape == (1, 1):
        value = value[0, 0]
    return sp.latex(value.xreplace({x: x.n(4) for x in value.atoms(sp.Float)}))
