"""Points for trying claims: of many sizes, rational, the same every time, and where the expressions are real."""

from fractions import Fraction

import sympy as sp
from sympy import MatrixSymbol, OneMatrix, Q, Trace, assuming, symbols

from hwlib.matrix_calculus.arithmetic import shape
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.points import Sampler, value_at

m, n = symbols("m n")
X, A = MatrixSymbol("X", m, n), MatrixSymbol("A", n, n)


def entries(value):
    return [x for row in value for x in row]


def test_points_fit_the_shapes_and_are_rational():
    for point in Sampler(X * A).generic_points():
        assert shape(point[X]) == (point[m], point[n]) and shape(point[A]) == (point[n],) * 2
        assert all(isinstance(x, (int, Fraction)) for x in entries(point[X]))


def test_the_same_expressions_are_tried_at_the_same_points():
    first, second = (list(Sampler(X * A).generic_points()) for _ in range(2))
    assert first == second


def test_the_first_points_have_different_sizes_and_one_of_them_only_ones():
    sizes = [(p[m], p[n]) for p, _ in zip(Sampler(X).generic_points(), range(4), strict=False)]
    assert (1, 1) in sizes and any(a > b for a, b in sizes) and any(a < b for a, b in sizes)


def test_the_smallest_sizes_come_first():
    sums = [sum(sizes.values()) for sizes in Sampler(X).smallest_sizes()]
    assert sums == sorted(sums) and sums[0] == 2 and len(sums) == 9


def test_symmetric_matrices_are_drawn_symmetric():
    with assuming(Q.symmetric(A)):
        for point in Sampler(A).generic_points():
            assert point[A] == tuple(zip(*point[A], strict=True))


def test_some_points_suit_logarithms_roots_and_determinants():
    scope = read("A: n x n, X: m x n")
    for text in ("sum(log(X))", "log(det(A))", "sum(sqrt(1 - X))", "sum(log(1 - X))"):
        expr = parse(text, scope)
        assert any(value_at(point, expr) is not None for point in Sampler(expr).generic_points())


def test_exponents_and_indices_are_whole_numbers():
    k, i = symbols("k i")
    point = next(Sampler(Trace(A**k) + A[i, 0]).generic_points())
    assert isinstance(point[k], int) and point[k] >= 2 and point[i] in (0, 1)


def test_assumptions_on_scalars_are_kept():
    t = sp.Symbol("t", positive=True)
    assert all(point[t] > 0 for point in Sampler(t * X).generic_points())


def test_sizes_that_only_ones_have_are_drawn_too():
    assert m in next(Sampler(OneMatrix(m, 1)).generic_points())


def test_a_value_that_is_not_real_is_none():
    assert value_at({X: ((Fraction(-1),),), m: 1, n: 1}, X.applyfunc(sp.log)) is None


# ---- what the points must be able to tell ----


def drawn(*expressions):
    return list(Sampler(*expressions).generic_points())


def test_wide_square_and_tall_come_early_and_every_size_up_to_seven():
    forms = [(p[m] > p[n]) - (p[m] < p[n]) for p in drawn(X)]
    assert {-1, 0, 1} <= set(forms[:7])
    assert {p[m] for p in drawn(X)} == {p[n] for p in drawn(X)} == set(range(1, 8))


def test_of_four_sizes_every_one_is_the_smaller_beside_every_other_and_takes_every_value():
    scope = read("A: a x b, B: c x d")
    matrices = [scope["A"], scope["B"]]
    points = drawn(*matrices)
    sizes = [s for matrix in matrices for s in matrix.shape]
    for one in sizes:
        assert {p[one] for p in points} == set(range(1, 8))
        assert all(any(p[one] < p[other] for p in points[:15]) for other in sizes if other != one)


def test_exponents_take_every_value_up_to_seven():
    k = symbols("k", integer=True)
    assert {p[k] for p in drawn(A**k)} == set(range(1, 8))


def test_entries_are_of_every_magnitude_and_of_both_signs():
    values = [x for p in drawn(X) for x in entries(p[X])]
    for low, high in ((0, 0.01), (0.01, 0.1), (0.1, 1), (1, 10), (10, 100), (100, 1000)):
        assert any(low < x <= high for x in values) and any(low < -x <= high for x in values), (low, high)


def test_entries_lie_on_both_sides_of_every_constant_of_a_kink():
    t = sp.Symbol("t", real=True)
    for constant in (3, 90, 2500, sp.Rational(1, 20)):
        J = Trace(X.T * X.applyfunc(sp.Lambda(t, sp.Max(0, t - constant) + abs(t + 2 * constant))))
        values = [x for p in drawn(J) for x in entries(p[X])]
        bound = Fraction(int(constant.p), int(constant.q)) if isinstance(constant, sp.Rational) else constant
        for low, high in (
            (bound, 2 * bound),
            (2 * bound, 6 * bound),
            (-bound, 0),
            (0, bound),
            (-6 * bound, -2 * bound),
            (-2 * bound, -bound),
        ):
            assert any(low < x < high for x in values), (constant, low, high)


def test_a_uniform_point_has_whole_entries_of_a_thousand_of_both_signs():
    values = [x for p in drawn(X) if p.manner == "uniform" for x in entries(p[X])]
    assert values and all(x == int(x) and 1 <= abs(x) <= 1000 for x in values)
    assert max(values) > 500 and min(values) < -500


def test_a_generic_point_has_no_zero_and_a_special_one_may():
    points = drawn(X)
    assert all(x != 0 for p in points if p.is_generic for x in entries(p[X]))
    assert any(x == 0 for p in points if not p.is_generic for x in entries(p[X]))


def test_a_dominant_square_matrix_has_a_positive_diagonal_that_outweighs_its_row():
    for p in drawn(A):
        if p.manner == "dominant":
            for i, row in enumerate(p[A]):
                assert row[i] > sum(abs(x) for j, x in enumerate(row) if j != i)


def test_large_matrices_get_small_whole_numbers():
    Z = MatrixSymbol("Z", 20, 20)
    first, second, third = Sampler(Z).first_points()
    assert {x for p in (first, second) for x in entries(p[Z])} - {1, -1, 2} == {x for x in entries(second[Z]) if x > 2}
    assert set(entries(third[Z])) == {1, 2}


def test_a_search_finds_a_point_where_all_goals_are_positive():
    scope = read("A: n x n, x: n, y: n, t: scalar")
    for goals in (["x - 50", "100 - x"], ["log(det(A)) - 3"], ["sum(x) - sum(y) - 200", "y"], ["t - 30", "40 - t"]):
        goals = [parse(text, scope) for text in goals]
        sampler = Sampler(*goals)
        start = sampler.point({s: 2 for s in sampler.sizes}, "mixed")
        found = [sampler.search(goals, start) for _ in range(10)]
        reached = [p for p in found if p is not None]
        assert reached, goals
        assert all(x > 0 for p in reached for goal in goals for x in entries(value_at(p, goal)))


def test_a_search_for_the_impossible_ends_with_none():
    goals = [parse("-x'*x", read("x: n"))]
    sampler = Sampler(*goals)
    assert sampler.search(goals, sampler.point({s: 2 for s in sampler.sizes}, "mixed")) is None
    number = [sp.Integer(-1)]
    assert Sampler(*number).search(number, Sampler(*number).point({}, "mixed")) is None


def test_a_search_keeps_sizes_and_symmetry():
    goals = [parse("log(det(A)) - 9", read("A: n x n"))]
    (S,) = goals[0].atoms(MatrixSymbol)
    with assuming(Q.symmetric(S)):
        sampler = Sampler(*goals)
        start = sampler.point({s: 3 for s in sampler.sizes}, "mixed")
        for _ in range(6):
            p = sampler.search(goals, start)
            assert p is None or shape(p[S]) == (3, 3) and p[S] == tuple(zip(*p[S], strict=True))
