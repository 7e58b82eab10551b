"""A reader's derivation: every true line is found true, every wrong one in its own line, and both with the reason."""

from collections import Counter
from random import Random

import pytest
from attack import derivations

from hwlib.matrix_calculus import check_derivation

LAYER = """
W: n x k, x: n, b: k, Z: k
u = W'x + b
y = sigmoid(u)
J = ||y - Z||^2
dJ = 2 (y - Z)' dy
dy = y .* (1 - y) .* du
du = dW' x
dJ = 2 tr(((y - Z) .* y .* (1 - y))' dW' x)
   = tr((2 x ((y - Z) .* y .* (1 - y))')' dW)
dJ/dW = 2 x ((y - Z) .* y .* (1 - y))'
"""
IN_LATEX = r"""
\begin{align*}
W &\in \mathbb{R}^{n \times k}, x \in \mathbb{R}^n, b \in \mathbb{R}^k, Z \in \mathbb{R}^k \\
u &= W^\top x + b \\
y &= \sigma(u) \\
J &= \|y - Z\|^2 \label{eq:loss} \\
\mathrm{d}J &= 2 (y - Z)^\top \mathrm{d}y \\
\mathrm{d}y &= y \odot (1 - y) \odot \mathrm d u && \text{by the chain rule} \\[2pt]
\mathrm{d}u &= \mathrm{d}W^\top x + \mathrm{d} b \\
\Rightarrow \frac{\partial J}{\partial W} &= 2 x ((y - Z) \odot y \odot (1 - y))^\top \\
\nabla_b J &= 2 (y - Z) \odot y \odot (1 - y).
\end{align*}
"""


def judged(text):
    """The lines that say something, by their word: {text: (word, equal)}."""
    return [(line.how, line.equal) for line in check_derivation(text) if line.how]


def line_of(text, beginning):
    return next(line for line in check_derivation(text) if line.text.strip().startswith(beginning))


def test_the_reports_layer_is_true_line_by_line_and_follows():
    report = check_derivation(LAYER)
    assert [line.text for line in report.lines] == LAYER.split("\n")
    assert [line.how for line in report] == ["", "declared", *["defined"] * 3, *["proved"] * 6, ""]
    assert [line.equal for line in report] == [*[None] * 5, *[True] * 6, None]
    assert report.first_wrong is None
    assert not any(line.leap for line in report)


def test_latex_is_read_as_it_is_pasted():
    report = check_derivation(IN_LATEX)
    assert {line.how for line in report} == {"", "declared", "defined", "proved"}
    assert report.lines[-3].latex.startswith(r"\frac{\partial J}{\partial b} = 2")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "slip"),
    [
        ("dJ = 2 (y - Z)' dy", "dJ = (y - Z)' dy", 5, "a factor 2 is missing"),
        (".* (1 - y) .* du", ".* du", 6, "the factor `1 - y`, entry by entry, is missing"),
        ("dW' x)\n", "dW' x)/2\n", 8, "a factor 2 is missing"),
        ("dJ/dW = 2 x", "dJ/dW = -2 x", 10, "the sign"),
    ],
)
def test_a_wrong_line_is_found_with_its_slip_and_both_values(right, wrong, line, slip):
    report = check_derivation(LAYER.replace(right, wrong))
    assert [k for k, found in enumerate(report) if found.equal is False] == [line]
    assert report.first_wrong == line
    found = report.lines[line]
    assert found.how == "refuted"
    assert found.verdict.slip == slip
    assert found.verdict.counterexample.claimed != found.verdict.counterexample.actual
    assert f"The first wrong line is line {line + 1}. {found.verdict}" in str(report)


def test_a_wrong_line_as_it_should_be_is_true_and_in_the_writers_names():
    text = LAYER.replace("dy = y .* (1 - y) .* du", "dy = y .* du").replace("2 x ((y - Z)", "x ((y - Z)")
    found = check_derivation(text)
    assert found.lines[6].corrected() == "dy = y .* (1 - y) .* du"
    assert found.lines[10].corrected() == "∂J/∂W = 2*x*((y - Z) .* y .* (1 - y))'"
    assert found.lines[5].corrected() is None


def test_the_line_that_goes_on_from_a_wrong_one_is_not_wrong_itself():
    text = "X: m x d, w: d, y: m\nr = X w - y\nJ = r'r\ndJ = 3 r'dr\n = 3 r'X dw\n = 2 r'X dw\ndJ/dw = 2 X'r"
    assert [line.equal for line in check_derivation(text)] == [None, None, None, False, True, True, True]
    assert "what stands before it is wrong" in line_of(text, "= 3 r'X").sentence


def test_a_leap_is_true_and_the_steps_between_are_the_engines():
    short = LAYER.replace("dy = y .* (1 - y) .* du\n", "").replace("du = dW' x\n", "")
    assert not line_of(short, "dJ = 2 tr").leap  # one differential, and that of u, which is linear
    leap = short.replace("dJ = 2 (y - Z)' dy\n", "")
    found = line_of(leap, "dJ = 2 tr")
    assert found.equal and found.leap
    assert found.between() == ["dJ = 2*((y - Z)'*dy)", "dy = y .* (1 - y) .* du", "du = dW'*x"]
    between = leap.replace(found.text, "\n".join([*found.between(), found.text]))
    assert not any(line.leap or line.equal is False for line in check_derivation(between))


def test_a_gradient_follows_from_the_one_behind_it():
    text = """X: m x d, W1: d x h, W2: h x k, Y: m x k
A = sigmoid(X W1)
P = A W2
J = ||P - Y||^2
dJ/dP = 2 (P - Y)
dJ/dW2 = 2 A'(P - Y)
dJ/dA = 2 (P - Y) W2'
dJ/dW1 = 2 X'(((P - Y) W2') .* A .* (1 - A))"""
    assert [line.leap for line in check_derivation(text)] == [False] * 8
    assert line_of(text.replace("dJ/dP = 2 (P - Y)\n", "").replace("dJ/dA = 2 (P - Y) W2'\n", ""), "dJ/dW1").leap


def test_what_varies_is_what_is_written():
    text = "W: n x k, x: n, b: k\nu = W'x + b\ndu = dW'x"
    assert judged(text)[-1] == ("proved", True)
    assert judged(f"{text}\ndu = dW'x + db")[-2:] == [("refuted", False), ("proved", True)]
    assert judged("x: n\nu = exp(x)\nJ = sum(u)\ndJ = 2 sum(du)")[-1] == ("refuted", False)
    assert judged("A: n x n, t: scalar\nJ = tr(A)\ndJ = 0\ndJ/dt = 0")[-2:] == [("proved", True)] * 2


@pytest.mark.parametrize(
    "text",
    [
        "A: n x n, x: n\nJ = x'Ax\ndJ = d(x'Ax) = dx'A x + x'A dx = x'(A + A')dx\ndJ/dx = (A + A')x  # read off",
        "X: n x n\nJ = log det X\ndJ = d log det X = tr(X^-1 dX); ∂J/∂X = inv(X)'",
        "x: n, t: scalar, a: n\nJ = t^2 a'x\ndJ = 2 t a'x dt + t^2 a'dx\ndJ/dt = 2 t a'x, dJ/dx = t^2 a",
        "z: k\np = softmax(z)\ndp/dz = diag(p) - p p'\ndp = (diag(p) - p p') dz",
        "W: n x k, x: n\nu = W'x\nJ = sum(exp(u))\ndJ/du = exp(u)\ndJ/dW = x exp(u)' = x (dJ/du)'",
        "S: n x n, x: n\nassume S symmetric\nJ = x'S x\ndJ/dx = 2 S x",
        "A, B: n x n\nJ = tr(A\n  B)\ndJ = tr(dA B)\n  + tr(A dB)",
        r"\theta \in \mathbb{R}^n" + "\n" + r"L = \|\theta\|^2" + "\n" + r"\partial L = 2\theta^T \mathrm{d}\theta",
        "s: n, J = s's\nso dJ = 2 s'ds",
    ],
)
def test_what_people_write_is_read_and_true(text):
    found = judged(text)
    assert {equal for _, equal in found} == {True, None}
    assert "unread" not in {how for how, _ in found}
    assert "proved" in {how for how, _ in found}


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("dJ = x", "J is not defined above", 0),
        ("x: n\nJ = x'x\ndJ = 2 x'(dx", "')' is missing", -1),
        ("x: n\n= x", "no line above", 5),
        ("x: n\nhow so", "has neither a shape", 5),
        ("d: n, x: n\ny = d(x)", "is this the differential", 15),
        ("x: n\nassume x positive", "a hypothesis is an equation", 12),
        ("x: n\nJ = sum_j x_i", "the index j of the sum stands at no name", 11),
        ("x: n\ny = 2 x_i", "the indices i stand free on the right", 5),
    ],
)
def test_a_line_that_cannot_be_read_says_why_and_where_and_is_not_judged(text, message, place):
    found = check_derivation(text)
    line = next(line for line in found if line.how == "unread")
    assert message in line.sentence
    assert line.equal is None
    assert line.position == (place if place >= 0 else len(text))
    assert found.first_wrong is None


IN_INDICES = """W: n x k, x: n, b: k, Z: k
u_j = sum_i W_ij x_i + b_j
y_j = sigmoid(u_j)
J = sum_j (y_j - Z_j)^2
dJ = 2 sum_j (y_j - Z_j) dy_j
dy_j = y_j (1 - y_j) du_j
du_j = Σ_i dW_ij x_i
dJ/dW_ij = 2 x_i (y_j - Z_j) y_j (1 - y_j)
dJ/dW = 2 x ((y - Z) .* y .* (1 - y))'"""


@pytest.mark.parametrize(
    "text",
    [
        IN_INDICES,
        "z: k\np_i = exp(z_i) / sum_l exp(z_l)\ndp_i/dz_j = p_i (δ_ij - p_j)",
        "A: n x n, x: n\nJ = sum_ij A_ij x_i x_j\ndJ/dx_k = sum_j A_kj x_j + sum_i A_ik x_i",
        "X: m x k, Y: m x k\n"
        r"J = \sum_{i=1}^m \sum_{j=1}^k (X_{ij} - Y_{ij})^2"
        + "\n"
        + r"\frac{\partial J}{\partial X_{ij}} = 2 X_{i,j} - 2 Y_{ij}",
    ],
)
def test_index_notation_is_read_and_true(text):
    assert {(line.how, line.equal) for line in check_derivation(text)} <= {
        ("declared", None),
        ("defined", None),
        ("proved", True),
    }
    assert check_derivation(text).lines[-1].equal


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("y_j (1 - y_j) du_j", "y_j du_j", 5),
        ("2 x_i (y_j", "2 x_j (y_j", 7),
        ("2 x_i (y_j", "x_i (y_j", 7),
        ("Σ_i dW_ij x_i", "Σ_i dW_ij", 6),
    ],
)
def test_a_slip_in_index_notation_is_found_in_its_line(right, wrong, line):
    report = check_derivation(IN_INDICES.replace(right, wrong))
    assert [k for k, found in enumerate(report) if found.equal is False] == [line]


def test_a_hypothesis_is_used_where_it_is_needed():
    text = "z: k, y: k\np = softmax(z)\nJ = -y'log(p)\ndJ/dz = p - y"
    assert judged(text)[-1] == ("refuted", False)
    assert judged(f"assume sum(y) = 1\n{text}")[0][0] == "unread"
    assert judged(text.replace("\np =", "\nassume sum(y) = 1\np ="))[-1] == ("proved", True)


def test_shapes_that_do_not_fit_make_a_line_wrong():
    found = line_of(LAYER.replace("du = dW' x", "du = dW x"), "du")
    assert (found.how, found.equal) == ("refuted", False)
    assert "their product does not exist" in found.sentence


@pytest.mark.parametrize(
    "line",
    ["dJ = 2 (a - y)'", "da = 2", "dJ = a .* (1 - a)", "da = (a - y)'da", "dJ = dz", "dJ/dW = 1", "a = J", "dJ = -dJ"],
)
def test_a_wrong_line_of_another_kind_is_wrong_and_nothing_breaks(line):
    layer = "W: n x k, x: n, y: k\nz = W'x\na = sigmoid(z)\nJ = ||a - y||^2\n"
    text = f"{layer}{line}\ndJ/dW = 2 x ((a - y) .* a .* (1 - a))'"
    found = check_derivation(text)
    assert [k for k, of in enumerate(found) if of.equal is False] == [4]
    assert found.lines[4].how == "refuted"
    found.lines[4].corrected()


def test_a_failure_inside_is_no_verdict(monkeypatch):
    monkeypatch.setattr("hwlib.matrix_calculus.truth.same", lambda *_: 1 / 0)
    found = line_of("x: n\nJ = x'x\ndJ = 2 x'dx + 0 sum(dx)", "dJ")
    assert (found.how, found.equal) == ("error", None)
    assert "ZeroDivisionError" in found.sentence


def test_an_argument_that_is_no_text_is_refused():
    with pytest.raises(ValueError, match="text must be a str"):
        check_derivation(None)
    with pytest.raises(ValueError, match="seconds must be a positive number"):
        check_derivation("x: n", seconds=0)


@pytest.mark.parametrize("ask", [derivations.ask_right, derivations.ask_planted])
def test_a_share_of_the_engines_derivations_is_judged_rightly(ask):
    """A dozen of them, each written otherwise or with an error planted; `make attack` asks for hundreds."""
    answers = [answer for k in range(12) for answer in ask(Random(f"{ask.__name__} {k}"))]
    counts = Counter(answer.outcome for answer in answers)
    assert not [answer for answer in answers if answer.outcome in ("wrong", "exception", "late")]
    assert counts["undecided"] <= 1
    assert counts["right"] >= 9, counts
