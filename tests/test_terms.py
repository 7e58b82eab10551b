"""Terms: one name for all that differ in the names of summed indices, and only for these."""

from random import Random

from sympy import Rational, S, Symbol

from hwlib.matrix_calculus.terms import (
    DELTA,
    ZERO,
    Form,
    Leaf,
    combined,
    components_of,
    components_of_free,
    content_of,
    denominators_of,
    free_in,
    inverted,
    lead_of,
    plain_indices,
    rename,
    same_factor,
    summed_in,
    term_key,
)

A, B, x, y = (Leaf(name, "symbol") for name in "ABxy")
SYM = Leaf("S", "symbol", symmetric=True)
D = Leaf("base<1>", "base")
ONE = S.One


def f(leaf, *slots, power=ONE):
    return (leaf, slots, S(power))


def shuffled(factors, random):
    """The same product: its factors in another order, its summed indices under other names, a symmetric one turned."""
    old = sorted(summed_in(factors))
    new = random.sample(range(100, 200), len(old))
    turned = [
        (leaf, slots[::-1] if leaf.symmetric and random.random() < 0.5 else slots, power)
        for leaf, slots, power in rename(factors, dict(zip(old, new, strict=True)))
    ]
    return random.sample(turned, len(turned))


def drawn(random):
    """Up to four factors with one index or two, summed in any way or free; few kinds, so that many look alike."""
    factors = []
    for _ in range(random.randint(1, 4)):
        leaf = random.choice([A, B, SYM, x, y])
        slots = [random.choice([0, 1, 2, 3, "r0", "c0"]) for _ in range(1 if leaf in (x, y) else 2)]
        factors.append(f(leaf, *slots, power=random.choice([1, 1, 1, 2, -1])))
    return combined(factors)


def values(factors, tables):
    """The sum over the summed indices of the product, for free indices 0 and 1, each factor from a table of numbers."""
    summed = sorted(summed_in(factors))
    result = {}
    for free in range(4):
        names = {"r0": free // 2, "c0": free % 2}
        total = 0
        for choice in range(2 ** len(summed)):
            at = {**names, **{index: choice >> k & 1 for k, index in enumerate(summed)}}
            product = 1
            for leaf, slots, power in factors:
                places = tuple(at[slot] for slot in slots)
                places = tuple(sorted(places)) if leaf.symmetric else places
                product *= Rational(tables[leaf.key, places]) ** power
            total += product
        result[free] = total
    return result


def test_a_name_does_not_depend_on_the_order_and_the_names_of_summed_indices():
    for seed in range(150):
        random = Random(seed)
        factors = drawn(random)
        assert term_key(factors) == term_key(shuffled(factors, random)), factors


def test_two_products_of_one_name_have_one_value():
    """Products that differ in their values have different names; of 2 000 random ones all with one name agree."""
    random = Random(1)
    tables = {
        (leaf.key, places): random.randint(2, 10**6)
        for leaf in (A, B, SYM)
        for places in [(0, 0), (0, 1), (1, 0), (1, 1)]
    } | {(leaf.key, (i,)): random.randint(2, 10**6) for leaf in (x, y) for i in (0, 1)}
    named = {}
    for _ in range(2000):
        factors = drawn(random)
        value = values(factors, tables)
        assert named.setdefault(term_key(factors), value) == value, factors
    assert len({tuple(v.items()) for v in named.values()}) == len(named) > 200


def test_indices_that_refinement_cannot_tell_apart_are_tried_in_all_orders():
    """Two triangles and one hexagon: every index looks like every other one."""
    triangles = [f(A, i, j) for i, j in ((0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3))]
    hexagon = [f(A, i, (i + 1) % 6) for i in range(6)]
    assert term_key(triangles) != term_key(hexagon)
    for seed in range(5):
        random = Random(seed)
        assert term_key(hexagon) == term_key(shuffled(hexagon, random))
        assert term_key(triangles) == term_key(shuffled(triangles, random))
    square = [f(SYM, i, (i + 1) % 4) for i in range(4)]
    assert term_key(square) == term_key(shuffled(square, Random(0)))


def test_powers_fixed_indices_and_pairs_are_part_of_a_name():
    keys = [
        term_key(factors)
        for factors in (
            [f(x, 0)],
            [f(x, 0, power=2)],
            [f(x, 0), f(x, 0)],
            [f(x, 0), f(x, 1)],
            [f(x, "r0")],
            [f(x, ZERO)],
            [f(x, ("=", S(1)))],
            [f(x, ("&", 0, 1))],
            [f(x, ("&", 0, 0))],
            [f(A, 0, 1)],
            [f(A, 0, 0)],
            [f(A, "r0", "c0")],
            [f(A, "c0", "r0")],
            [f(A, "r0", 0), f(x, 0)],
            [f(A, 0, "r0"), f(x, 0)],
        )
    ]
    assert len(set(keys)) == len(keys)
    assert term_key([f(SYM, "r0", "c0")]) == term_key([f(SYM, "c0", "r0")])


def test_the_plain_indices_of_a_pair_are_its_parts():
    pair = ("&", 0, ("&", "r0", ZERO))
    assert list(plain_indices(pair)) == [0, "r0", ZERO]
    factors = [f(x, pair), f(A, 3, "c0")]
    assert summed_in(factors) == {0, 3} and free_in(factors) == {"r0", "c0"}
    assert rename(factors, {0: 7, "r0": "c0"})[0][1] == (("&", 7, ("&", "c0", ZERO)),)


def test_components_share_summed_indices_or_any():
    factors = [f(A, "r0", 0), f(x, 0), f(y, 1), f(B, 1, "c0"), f(x, "c0"), f(y, ZERO)]
    sizes = sorted(len(part) for part in components_of(factors))
    assert sizes == [1, 1, 2, 2]
    assert sorted(len(part) for part in components_of_free(factors)) == [1, 2, 3]
    chain = [f(A, 0, 1), f(A, 2, 3), f(A, 1, 2)]
    assert [len(part) for part in components_of(chain)] == [3]


def test_equal_factors_become_one_with_their_exponents_added():
    k = Symbol("k", integer=True)
    assert combined([f(x, 0), f(y, 0), f(x, 0, power=2)]) == [f(x, 0, power=3), f(y, 0)]
    assert combined([f(x, 0), f(x, 0, power=-1)]) == []
    assert combined([f(x, 0), f(x, 1)]) == [f(x, 0), f(x, 1)]
    assert combined([f(x, 0, power=k), f(x, 0, power=2 - k)]) == [f(x, 0, power=2)]
    assert combined([f(DELTA, 0, "r0"), f(DELTA, 0, "r0")]) == [f(DELTA, 0, "r0")]
    assert combined([f(SYM, "r0", 0), f(SYM, 0, "r0")]) == [f(SYM, 0, "r0", power=2)]
    assert len(combined([f(A, "r0", 0), f(A, 0, "r0")])) == 2


def test_a_factor_is_the_same_turned_round_only_if_it_is_symmetric():
    assert same_factor(A, (0, 1), A, (0, 1)) and not same_factor(A, (0, 1), A, (1, 0))
    assert same_factor(SYM, (0, 1), SYM, (1, 0)) and same_factor(SYM, (0, 1), SYM, (0, 1))
    assert not same_factor(SYM, (0, 1), SYM, (0, 2)) and not same_factor(A, (0, 1), B, (0, 1))
    assert inverted([f(x, 0, power=3)]) == [f(x, 0, power=-3)]


def form(*terms):
    return Form((), (), {term_key(factors): (S(c), factors) for c, factors in terms})


def test_the_leading_term_is_the_one_of_highest_degree_without_a_sum_or_an_identity():
    assert lead_of(form((5, []), (2, [f(x, "r0")])))[0] == 2
    assert lead_of(form((2, [f(x, "r0")]), (3, [f(x, "r0", power=2)])))[0] == 3
    assert lead_of(form((2, [f(x, "r0")]), (3, [f(x, 0), f(y, 0), f(y, 0)])))[0] == 2
    assert lead_of(form((2, [f(DELTA, "r0", "c0"), f(x, "r0", power=9)]), (3, [f(A, "r0", "c0")])))[0] == 3


def test_denominators_are_the_powers_that_clear_the_negative_ones_of_sums():
    found = denominators_of(form((1, [f(D, power=-1), f(x, "r0")]), (2, [f(D, power=-3)]), (1, [f(x, "r0", power=-2)])))
    assert found == [f(D, power=3)]
    assert denominators_of(form((1, [f(D, power=2)]))) == []
    assert denominators_of(form((1, [f(D, power=Rational(-1, 2))]))) == []


def test_content_is_what_all_terms_share_with_the_least_power():
    shared = content_of(form((1, [f(x, "r0", power=2), f(y, "r0")]), (2, [f(x, "r0", power=3)])))
    assert shared == [f(x, "r0", power=2)]
    shared = content_of(form((1, [f(x, "r0")]), (2, [f(y, "r0", power=-1), f(x, "r0", power=-2)])))
    assert sorted(shared, key=str) == sorted([f(x, "r0", power=-2), f(y, "r0", power=-1)], key=str)
    assert content_of(form((1, [f(x, 0), f(y, 0)]), (2, [f(x, 0), f(A, 0, 1)]))) == []
    assert content_of(form((1, [f(x, "r0")]), (2, []))) == []
