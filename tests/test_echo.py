"""An echo: the text as it was understood, with its shape."""

import pytest

from hwlib.matrix_calculus.echo import declarations, echo
from hwlib.matrix_calculus.notation import NotationError, parse, read

SCOPE = read("""
    R: m x n, x: n, z: m, S: n x n symmetric, alpha, t: scalar
    y = sigmoid(R*x), J = norm(y - z)^2
""")


@pytest.mark.parametrize(
    ("text", "said", "typeset"),
    [
        ("2R'(Rx - z)", "2*R'*(R*x - z), n x 1", r"2 R^\top (R x - z) \;\in\; \mathbb{R}^{n \times 1}"),
        ("y .* (1 - y)", "y .* (1 - y), m x 1", r"y \odot (1 - y) \;\in\; \mathbb{R}^{m \times 1}"),
        ("tI - S", "t*I(n) - S, n x n", r"t I_{n} - S \;\in\; \mathbb{R}^{n \times n}"),
        ("x'", "x', 1 x n", r"x^\top \;\in\; \mathbb{R}^{1 \times n}"),
        ("alpha/2", "alpha/2, scalar", r"\frac{\alpha}{2} \;\in\; \mathbb{R}"),
        ("J", "J, scalar", r"J \;\in\; \mathbb{R}"),
        ("n x", "n*x, n x 1", r"n x \;\in\; \mathbb{R}^{n \times 1}"),
    ],
)
def test_a_text_is_shown_as_it_was_understood(text, said, typeset):
    found = echo(text, SCOPE)
    assert str(found) == said and found.latex == typeset
    assert found._repr_latex_() == rf"$\displaystyle {typeset}$"


def test_what_is_judged_is_the_expression_behind_the_names():
    assert echo("2*y", SCOPE).expr == parse("2*y", SCOPE) == 2 * SCOPE["y"]


def test_the_variable_gives_the_identity_its_size():
    assert str(echo("dJ/dS = I", SCOPE, SCOPE["S"])) == "I(n), n x n"


def test_what_cannot_be_read_has_no_echo():
    with pytest.raises(NotationError, match="not declared"):
        echo("2*q", SCOPE)


def test_declarations_are_shown_by_their_sets_and_definitions_by_their_texts():
    assert declarations(SCOPE) == (
        r"R \in \mathbb{R}^{m \times n},\quad x \in \mathbb{R}^{n \times 1},\quad z \in \mathbb{R}^{m \times 1},"
        r"\quad S = S^{\top} \in \mathbb{R}^{n \times n},\quad \alpha, t \in \mathbb{R},"
        r"\quad y = \sigma(R x) \;\in\; \mathbb{R}^{m \times 1},\quad J = (y - z)^\top (y - z) \;\in\; \mathbb{R}"
    )


def test_what_was_there_before_is_not_shown_again():
    later = read("w = 2*x", SCOPE)
    assert declarations(later, SCOPE) == r"w = 2 x \;\in\; \mathbb{R}^{n \times 1}"
