"""What the normal form must prove: right equalities by class; and their wrong twins, which it must not."""

from pathlib import Path

import pytest
import sympy as sp

from hwlib.matrix_calculus import notation
from hwlib.matrix_calculus.normal_form import proved_equal

SCOPE = notation.read(
    """
    A, B, C, D: n x n
    S, P: n x n symmetric
    U: n x k
    V: k x n
    Q: k x k
    X: m x n
    a, b, u, v, x, y: n
    z: m
    s, t: scalar
    """
)
MOST_UNPROVED = 4  # of the right ones, in all


def equalities():
    """(left, right, wrong) texts."""
    for line in (Path(__file__).parent / "equalities.txt").read_text().splitlines():
        if "==" in line and not line.startswith("#"):
            left, rest = line.split(" == ")
            right, wrong = rest.split(" | ")
            yield left, right, wrong


def proved(left, right):
    """Whether two texts are proved equal; a 1×1 matrix is a scalar."""
    sides = [notation.parse(text, SCOPE) for text in (left, right)]
    if any(side.is_Matrix for side in sides):
        sides = [side if side.is_Matrix else side * sp.Identity(1) for side in sides]
    with sp.assuming(*map(sp.Q.symmetric, SCOPE.symmetric)):
        return proved_equal(*sides)


def test_of_a_hundred_right_equalities_at_most_four_are_not_proved():
    pairs = list(equalities())
    assert len(pairs) > 100
    unproved = [f"{left} == {right}" for left, right, _ in pairs if not proved(left, right)]
    assert len(unproved) <= MOST_UNPROVED, unproved


@pytest.mark.parametrize(("left", "right", "wrong"), list(equalities()))
def test_a_wrong_twin_is_not_proved(left, right, wrong):
    assert not proved(left, wrong)
    assert not proved(right, wrong)
