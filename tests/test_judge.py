"""The judge: nothing false is proved, nothing true is refuted, and what is refuted comes with its reason."""

import re
from itertools import islice
from random import Random

import pytest
import sympy as sp
from attack.gradients import gradient_differs
from attack.mutations import mutations
from attack.values import Values, array, differs, mp, number
from sympy import MatrixSymbol, OneMatrix, Trace, symbols

from hwlib.matrix_calculus.comparison import has_no_value
from hwlib.matrix_calculus.judge import check, same
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.suite import CASES
from hwlib.matrix_calculus.verdict import Counterexample, Verdict, explicit

NETWORK = read("""
    X: m x d, W1: d x h, b1: 1 x h, W2: h x k, b2: 1 x k, Y: m x k
    A1 = sigmoid(X*W1 + ones(m)*b1)
    Z2 = A1*W2 + ones(m)*b2
    A2 = softmax(Z2)
    loss = -sum(Y .* Z2) + sum(log(exp(Z2)*ones(k)))
""")
LAYER = read("W: n x k, x: n, b: k, Z: k, y = sigmoid(W'*x + b), J = norm(y - Z)^2")
SQUARE = read("A: n x n, B: n x n, x: n, a: n, X: m x n, t: scalar")


def judged(scope, J, X, claim):
    names = {value: name for name, value in scope.items() if not value.is_symbol}
    return check(parse(J, scope), scope[X], parse(claim, scope), names=names)


# ---- what the reader is told ----


@pytest.mark.parametrize(
    ("J", "X", "claim"),
    [
        ("tr(A*B)", "A", "B'"),
        ("x'*A*x", "x", "(A + A')*x"),
        ("log(det(A))", "A", "inv(A')"),
        ("norm(x - a)", "x", "(x - a)/norm(x - a)"),
        ("sum(tanh(X))", "X", "1 - tanh(X).^2"),
        ("sum(sigmoid(X))", "X", "sigmoid(X) .* sigmoid(-X)"),
        ("tr(A*B*A)", "B", "(A*A)'"),
        ("sum(relu(X))", "X", "step(X)"),
        ("t*tr(A)", "A", "t*I(n)"),
        ("tr(B)", "A", "zeros(n, n)"),
    ],
)
def test_a_right_gradient_is_proved_for_all_sizes(J, X, claim):
    verdict = judged(SQUARE, J, X, claim)
    assert verdict.equal and verdict.how == "proved" and "all sizes" in str(verdict)


@pytest.mark.parametrize("x", [-300, -1000, -2160])
@pytest.mark.parametrize("claim", ["1 ./ (cosh(x) + sinh(x))", "log(cosh(x) + sinh(x))", "log(1 + tanh(x))"])
def test_what_rounding_makes_zero_is_no_missing_value(claim, x):
    """cosh(-1000) + sinh(-1000) is e^-1000, of which a few hundred digits keep nothing."""
    point = {SQUARE["x"].rows: 1, SQUARE["x"]: ((x,),)}
    assert not has_no_value(parse(claim, SQUARE), point)
    assert has_no_value(parse("log(x)", SQUARE), point)


def test_a_proof_names_the_piece_of_the_domain_on_which_the_claim_has_no_value():
    """√Σ relu(x) is zero, and flat, where all x are negative; √Σ |x| is zero at a single point."""
    verdict = judged(SQUARE, "sqrt(sum(relu(x)))", "x", "step(x)/(2*sqrt(sum(relu(x))))")
    assert verdict.how == "proved" and "relu(x)) > 0" in verdict.sentence
    verdict = judged(SQUARE, "sqrt(sum(abs(x)))", "x", "sign(x)/(2*sqrt(sum(abs(x))))")
    assert verdict.how == "proved" and "wherever" not in verdict.sentence


def test_the_reports_gradients_of_one_layer_are_proved():
    assert judged(LAYER, "J", "W", "2*x*((y - Z) .* y .* (1 - y))'").how == "proved"
    assert judged(LAYER, "J", "b", "2*(y - Z) .* y .* (1 - y)").how == "proved"


def test_the_reports_gradients_of_two_layers_are_proved_for_a_batch():
    D2, D1 = "(A2 - Y)", "((A2 - Y)*W2') .* A1 .* (1 - A1)"
    for X, claim in {"W2": f"A1'*{D2}", "b2": f"sum({D2}, 1)", "W1": f"X'*({D1})", "b1": f"sum({D1}, 1)"}.items():
        assert judged(NETWORK, "loss", X, claim).how == "proved"


def test_a_wrong_shape_is_refuted_as_a_shape():
    verdict = judged(NETWORK, "loss", "b2", "A2 - Y")
    assert not verdict.equal and verdict.how == "refuted"
    assert "∂loss/∂b2 claimed as (m, k), but b2 is (1, k)" in str(verdict)
    assert "sum over the batch" in verdict.slip


def test_a_claim_whose_own_shapes_do_not_fit_is_refuted_as_that():
    A, X = MatrixSymbol("A", *symbols("p q")), SQUARE["X"]
    verdict = check(Trace(X.T * X), X, 2 * A * X)
    assert verdict.how == "refuted" and "shapes" in str(verdict)


def test_a_missing_hadamard_product_is_named():
    y, Z, x = (LAYER[name] for name in "yZx")
    slope = (y - Z) * y * (OneMatrix(*y.shape) - y)
    for X, claim in (("b", 2 * slope), ("W", 2 * x * slope.T)):
        verdict = check(LAYER["J"], LAYER[X], claim)
        assert verdict.how == "refuted" and "entry by entry" in verdict.slip


def test_brackets_that_SymPy_drops_are_no_misfit():
    x, a, X = (SQUARE[name] for name in "xaX")
    assert check(x.T * x * x.T * x, x, 4 * (x.T * x) * x).how == "proved"
    assert check(Trace(X.T * X) * Trace(x.T * a), X, 2 * (x.T * a) * X).how == "proved"
    assert check(Trace(((x.T * a) * X).T * X), X, (x.T * a) * X).slip == "a factor 2 is missing"


def test_one_name_with_two_shapes_is_refuted_as_that():
    n = symbols("n")
    column, row = MatrixSymbol("x", n, 1), MatrixSymbol("x", 1, n)
    verdict = check(column.T * column, column, 2 * row.T)
    assert verdict.how == "refuted" and "x has two shapes" in str(verdict)


@pytest.mark.parametrize(
    ("J", "X", "claim", "slip"),
    [
        ("tr(A*B)", "A", "B", "transpose"),
        ("norm(x)^2", "x", "x", "a factor 2 is missing"),
        ("x'*a/2", "x", "a", "a factor 2 too much"),
        ("-x'*a", "x", "a", "the sign"),
        ("x'*A*x", "x", "A*x", "the term `A'` is missing"),
        ("x'*A*x", "x", "2*A*x", "the transpose of `A` is missing"),
        ("x'*A*x", "x", "(A - A')*x", "wrong sign"),
        ("sum(tanh(X) .* tanh(X))", "X", "2*tanh(X)", "is missing"),
        ("det(A)", "A", "inv(A)'", "the factor `det(A)` is missing"),
        ("log(det(A))", "A", "A'", "the inverse of"),
        ("norm(X)^2/m", "X", "2*X", "a factor `m` too much"),
        ("norm(X)^2", "X", "2*X/m", "a factor `m` is missing"),
        ("tr(A*B)", "A", "zeros(n, n)", "nothing is left"),
        ("tr(A*B)", "A", "A'", "`A` stands where `B` should"),
        ("norm(x - a)", "x", "2*(x - a)", "this is the gradient of `J^2`"),
        ("norm(x - a)^2", "x", "(x - a)/norm(x - a)", "this is the gradient of `sqrt(J)`"),
    ],
)
def test_common_slips_are_named(J, X, claim, slip):
    verdict = judged(SQUARE, J, X, claim)
    assert verdict.how == "refuted" and slip in verdict.slip


def test_the_missing_derivative_of_the_sigmoid_is_named():
    verdict = judged(NETWORK, "loss", "W1", "X'*((A2 - Y)*W2')")
    assert verdict.slip == "the factor `A1 .* (1 - A1)`, entry by entry, is missing"


def test_a_counterexample_has_the_smallest_sizes_and_can_be_checked_by_hand():
    A, B = SQUARE["A"], SQUARE["B"]
    found = check(Trace(A * B), A, B).counterexample
    assert list(found.sizes.values()) == [2]  # 1 x 1 matrices are their own transposes
    given = found.matrices
    assert all(entry.is_Rational for value in given.values() for entry in value)
    assert found.claimed == given[B] and found.actual == given[B].T and found.claimed != found.actual


def test_verdicts_are_true_or_false_and_the_same_every_time():
    first, second = (judged(LAYER, "J", "W", "x*((y - Z) .* y)'") for _ in range(2))
    assert not first and str(first) == str(second)
    assert judged(LAYER, "J", "b", "2*(y - Z) .* y .* (1 - y)")


def test_a_verdict_in_a_notebook_says_the_same_in_mathematics():
    text = judged(SQUARE, "tr(A*B)", "A", "B")._repr_markdown_()
    assert text.startswith("**Refuted:**") and r"\begin{matrix}" in text and "n = 2" in text


def test_for_sizes_that_are_numbers_entries_are_a_proof():
    X = MatrixSymbol("X", 2, 2)
    explicit = sp.Matrix([[X[1, 1], -X[1, 0]], [-X[0, 1], X[0, 0]]])  # the cofactors of a 2 x 2 matrix
    verdict = check(sp.Determinant(X), X, explicit)
    assert verdict.how == "proved" and "these sizes" in str(verdict)


def test_slips_are_named_for_sizes_that_are_numbers_too():
    fit = read("X: 5 x 3, W: 3 x 2, Y: 5 x 2, R = X*W - Y")
    assert judged(fit, "norm(R)^2", "W", "2*X'*(R + Y)").slip.endswith("is missing")
    assert judged(fit, "norm(R)^2", "W", "X'*R").slip == "a factor 2 is missing"
    assert judged(fit, "norm(R)^2", "W", "2*X'*(X*W + 3*Y)").slip is None


def test_large_matrices_are_judged_too():
    fit = read("X: 40 x 100, W: 100 x 5, Y: 40 x 5, R = X*W - Y")
    assert judged(fit, "norm(R)^2", "W", "2*X'*R").how == "proved"
    assert judged(fit, "norm(R)^2", "W", "X'*R").how == "refuted"


def test_the_cofactors_of_the_wrong_corner_are_refuted():
    X = MatrixSymbol("X", 2, 2)
    assert check(sp.Determinant(X), X, sp.Matrix([[X[0, 0], 0], [0, X[1, 1]]])).how == "refuted"


def test_a_symmetric_matrix_is_differentiated_among_symmetric_matrices():
    A, S = SQUARE["A"], SQUARE["B"]
    assert check(Trace(A * S), S, (A + A.T) / 2, symmetric=True).how == "proved"
    assert check(Trace(A * S), S, A.T, symmetric=True).how == "refuted"
    assert check(Trace(A * S), S, A.T).how == "proved"


def test_other_matrices_can_be_symmetric_too():
    A, x = SQUARE["A"], SQUARE["x"]
    assert check(x.T * A * x, x, 2 * A * x, symmetric={A}).how == "proved"
    assert check(x.T * A * x, x, 2 * A * x).how == "refuted"


def test_points_are_chosen_where_both_sides_are_real():
    verdict = judged(SQUARE, "sum(log(X) .* sqrt(X))", "X", "log(X) .* sqrt(X)")
    assert verdict.how == "refuted"
    assert all(entry > 0 for entry in verdict.counterexample.matrices[SQUARE["X"]])


def test_zero_is_a_claim_like_any_other():
    assert check(Trace(SQUARE["B"]), SQUARE["A"], 0).how == "proved"
    assert check(Trace(SQUARE["A"]), SQUARE["A"], 0).how == "refuted"


def test_what_is_no_scalar_or_no_symbol_is_an_error():
    A = SQUARE["A"]
    with pytest.raises(ValueError, match="scalar"):
        check(A, A, A)
    with pytest.raises(ValueError, match="MatrixSymbol"):
        check(Trace(A), A + A.T, A)


# ---- equality of two expressions ----


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("tr(A*B)", "tr(B*A)"),
        ("(A*B)'", "B'*A'"),
        ("x'*A*x", "tr(A*x*x')"),
        ("(A + B)*(A - B)", "A*A - A*B + B*A - B*B"),
        ("diag(x)*a", "x .* a"),
        ("A .* ones(n, n)", "A"),
        ("sigmoid(x)", "1 - sigmoid(-x)"),
        ("exp(2*x)", "exp(x) .* exp(x)"),
        ("A*inv(A)*x", "x"),
        ("inv(A*B)", "inv(B)*inv(A)"),
        ("det(A*B)", "det(B)*det(A)"),
        ("x'*diag(a)*x", "sum(a .* x .* x)"),
        ("norm(A)^2", "sum(A .* A)"),
        ("softmax(x)*2", "softmax(x) + softmax(x)"),
        ("A*inv(I + A)", "inv(I + A)*A"),
        ("X*inv(X'*X + t*I)", "inv(X*X' + t*I)*X"),
        ("inv(I + A*B)*A", "A*inv(I + B*A)"),
        ("inv(I(n) + x*a')", "I(n) - x*a'/(1 + a'*x)"),
        ("log(1 + exp(x))", "x + log(1 + exp(-x))"),
        ("inv(t*A)", "inv(A)/t"),
        ("sqrt(x .* x)", "abs(x)"),
    ],
)
def test_two_ways_to_write_the_same_are_proved_equal(left, right):
    assert same(parse(left, SQUARE), parse(right, SQUARE)).how == "proved"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("A*B", "B*A"),
        ("(A*B)'", "A'*B'"),
        ("A .* A", "A*A"),
        ("det(A + B)", "det(A) + det(B)"),
        ("exp(x + a)", "exp(x) + exp(a)"),
        ("tr(A*B)", "tr(A)*tr(B)"),
        ("A", "A'"),
        ("norm(x - a)", "norm(x - a)^2"),
        ("sqrt(x .* x)", "x"),
    ],
)
def test_common_false_equalities_are_refuted(left, right):
    verdict = same(parse(left, SQUARE), parse(right, SQUARE))
    assert verdict.how == "refuted" and verdict.counterexample is not None


def test_equalities_that_hold_only_in_parts_of_the_line_are_not_proved():
    assert same(parse("sqrt(t^2)", SQUARE), parse("t", SQUARE)).how == "refuted"
    assert same(parse("abs(t)", SQUARE), parse("t", SQUARE)).how == "refuted"


# ---- mutations: two of every textbook gradient; `make attack` asks about all of them ----


@pytest.fixture(scope="module")
def verdicts():
    asked = islice(mutations(), 2 * len(CASES))
    return [(case, kind, claim, check(case.J, case.X, claim)) for case, kind, claim in asked]


def test_no_mutation_that_has_the_slopes_of_J_is_refuted_and_no_other_is_let_pass(verdicts):
    let_pass = [(case, kind, claim, verdict) for case, kind, claim, verdict in verdicts if verdict.how != "refuted"]
    assert len(let_pass) > 100
    for case, kind, claim, verdict in let_pass:
        assert gradient_differs(Random(case.name), case.J, case.X, claim) is None, (case.name, kind, verdict)


def test_nineteen_in_twenty_true_claims_are_proved(verdicts):
    true = [verdict for *_, verdict in verdicts if verdict.equal]
    assert sum(verdict.how == "proved" for verdict in true) >= 0.95 * len(true) > 90


def test_every_refutation_shows_the_values_of_the_claim_and_of_the_textbook_and_they_differ(verdicts):
    refuted = [(case, claim, verdict) for case, _, claim, verdict in verdicts if verdict.how == "refuted"]
    assert len(refuted) > 100
    for case, claim, verdict in refuted:
        found = verdict.counterexample
        values = Values({symbol: shown(value) for symbol, value in {**found.sizes, **found.matrices}.items()})
        claimed, actual = values.matrix(claim), values.matrix(case.gradient)
        assert agrees(claimed, found.claimed) and agrees(actual, found.actual), case.name
        assert found.claimed is None or differs(claimed, actual), case.name


def shown(value):
    """A value of a verdict in the numbers of the attack's evaluator."""
    return array(value.tolist()) if isinstance(value, sp.MatrixBase) else number(value)


def agrees(value, said):
    """Whether a value is what the verdict says to its 15 digits; None says that there is none."""
    missing = any(mp.isnan(entry) for entry in value.flat)
    return missing if said is None else not missing and not differs(value, shown(said))


def test_without_a_rule_the_slopes_of_J_are_the_truth(monkeypatch):
    def no_rule(J, X):
        raise NotImplementedError("no rule")

    monkeypatch.setattr("hwlib.matrix_calculus.judge.gradient", no_rule)
    A = SQUARE["A"]
    assert check(Trace(A**3), A, 3 * (A.T) ** 2).how == "sampled"
    assert check(Trace(A**3), A, 3 * A**2).how == "refuted"


def test_an_engine_that_errs_is_overruled_by_the_slopes(monkeypatch):
    A = SQUARE["A"]
    monkeypatch.setattr("hwlib.matrix_calculus.judge.gradient", lambda J, X: 2 * A)
    assert check(Trace(A * A), A, 2 * A).how == "refuted"


def test_a_sampled_claim_says_where_it_agrees():
    A = SQUARE["A"]
    n = A.shape[0]
    claim = sp.MatAdd(A, sp.MatMul(sp.floor(n / 8), A.T))  # no proof, and no difference for sizes up to seven
    verdict = same(claim, A)
    assert verdict.how == "sampled" and verdict.equal is True
    points = (
        r"both sides are equal at \d\d points, of sizes 1 to 7 and entries from -\d{3,4} to 1000, which is no proof"
    )
    assert re.search(points, str(verdict))


def test_a_sampled_rational_claim_says_how_likely_an_error_would_be_missed(monkeypatch):
    monkeypatch.setattr("hwlib.matrix_calculus.judge.proved_within", lambda *_: False)
    verdict = same(parse("A*(A + B)", SQUARE), parse("A*A + A*B", SQUARE))
    assert verdict.how == "sampled"
    assert re.search(r"another rational expression .* agree there with a chance below 1e-\d+\.", str(verdict))
    assert "chance" not in str(same(parse("exp(A)", SQUARE), parse("exp(A)", SQUARE)))


def test_an_open_condition_is_named_where_it_keeps_a_proof_from_being_one():
    x = SQUARE["x"]
    J = parse("sum(exp(x))", SQUARE)
    verdict = check(J, x, parse("sqrt(exp(x)) .* sqrt(exp(x))", SQUARE))
    assert verdict.how == "proved"
    thin = check(parse("tr(A*B)", SQUARE), SQUARE["A"], parse("B'*A*inv(A)", SQUARE))
    assert thin.how == "proved" and "wherever A is invertible" in str(thin)


def test_where_no_value_can_be_compared_it_is_said_how_often_that_was_tried():
    verdict = judged(SQUARE, "sum(log(-x .* x))", "x", "x")
    assert verdict.how == "undecided" and verdict.equal is None
    assert re.search(r"no point was found .*, among [1-9]\d+ that were tried", str(verdict))


def test_an_equality_that_fails_says_so_of_both_sides():
    verdict = same(parse("A*B", SQUARE), parse("B*A", SQUARE))
    assert str(verdict).startswith("Refuted: the two sides differ.") and "the left side is" in str(verdict)


def test_text_is_never_taken_for_an_expression():
    A = SQUARE["A"]
    for question in (lambda: check("x", A, A), lambda: check(Trace(A), A, "__import__('os')"), lambda: same("1", "1")):
        with pytest.raises(ValueError, match="must be a SymPy expression, got"):
            question()


def test_what_holds_for_one_choice_of_an_undefined_function_is_not_called_proved():
    f, t = sp.Function("f"), sp.Symbol("t", real=True)
    X = sp.MatrixSymbol("X", 2, 1)
    claim = X.applyfunc(sp.Lambda(t, f(t)))
    verdict = same(claim, claim)
    assert verdict.equal and verdict.how == "sampled" and "no proof" in str(verdict)


def test_numbers_are_shown_as_short_fractions_or_in_six_digits():
    third, long = explicit(mp.mpf(1) / 3), sp.Rational(1_234_567, 9_876_543)
    root = explicit(mp.sqrt(2))
    point = Counterexample({}, {sp.Symbol("t"): third}, sp.Matrix([[long, root]]), sp.Matrix([[third, 2]]))
    verdict = Verdict(False, "refuted", "because", point)
    assert str(verdict).endswith("At t = 1/3\n  the claim is [0.125000 1.41421],\n  the gradient is [1/3 2].")
    assert r"1.41421" in verdict.values_in_markdown() and r"\frac{1}{3} & 2" in verdict.values_in_markdown()
