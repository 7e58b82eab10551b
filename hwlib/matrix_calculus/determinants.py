"""Determinants: of a product, of a Kronecker product, and of a sum up to the identities of Sylvester and of the lemma.

det(K + UV) = det(K) det(I + K⁻¹UV) where K has an inverse, and det(I + UV) = det(I + VU). What these lead to from
one sum are all names of one number; the least that begins with I, with what stands in front, is its name.
"""

from sympy import S

from .inverses import (
    chain_of,
    is_invertible,
    kronecker_blocks,
    leaf_matrix,
    matrix_power,
    oriented,
    scalars_of,
)
from .shapes import same_size
from .signs import is_nonzero
from .terms import DELTA, ZERO, Leaf, as_scalar, components_of, digest, free_in, lead_of, rename, summed_in, term_key

MOST_SUMS = 24  # sums with one determinant that are looked at for the least
MOST_TERMS = 8  # terms of a sum that is still turned around


def read_determinant(reader, expr, env, indices):
    matrix = expr.arg
    form = reader.form(matrix)
    if form.rows == (ZERO,):
        return as_scalar(form)
    if not form.terms:
        return reader.number(S.Zero)
    return determinant(reader, form)


def determinant(reader, form):
    """The determinant of a square matrix that is not zero of itself."""
    if len(form.rows) > 1:
        return _of_kronecker(reader, form)
    size = form.sizes[0][0]
    if len(form.terms) == 1:
        ((coefficient, factors),) = form.terms.values()
        scalars = scalars_of(factors)
        core = reader.like(form, [(S.One, [f for f in factors if f not in scalars])])
        front = sized_power(reader, reader.make((), (), [(coefficient, scalars)]), size)
        return reader.times(front, _of_product(reader, core, size), rows=(), cols=(), sizes=())
    lead = lead_of(form)[0]
    front = sized_power(reader, reader.number(lead), size)
    return reader.times(front, _of_sum(reader, reader.scale(1 / lead, form)), rows=(), cols=(), sizes=())


def _of_kronecker(reader, form):
    """det(A ⊗ B) = det(A)ᵐ det(B)ⁿ for A of size n and B of size m."""
    blocks = kronecker_blocks(reader, form)
    if blocks is None:
        raise NotImplementedError("normal_form: the determinant of a sum of Kronecker products")
    scalar, blocks = blocks
    total = S.One
    for size in form.sizes[0]:
        total = total * size
    parts = [sized_power(reader, scalar, total)]
    for block in blocks:
        parts.append(sized_power(reader, determinant(reader, block), total / block.sizes[0][0]))
    return reader.times(*parts, rows=(), cols=(), sizes=())


def sized_power(reader, scalar, size):
    """A scalar to a power that is a whole number, a size: factor by factor."""
    if size.is_Integer or len(scalar.terms) != 1:
        return reader.power(scalar, size)
    ((coefficient, factors),) = scalar.terms.values()
    parts = [reader.scalar(coefficient**size, {}, {})]
    for part in components_of(factors):
        if summed_in(part):
            parts.append(reader.function("base", [reader.make((), (), [(S.One, part)])], size, "base"))
        else:
            parts.append(reader.make((), (), [(S.One, [(leaf, slots, power * size) for leaf, slots, power in part])]))
    return reader.times(*parts)


def _of_product(reader, form, size):
    chain = chain_of(reader, form, size)
    if chain is None:
        ((_, factors),) = form.terms.values()
        if all(leaf is DELTA for leaf, _, _ in factors):
            return reader.number(S.One)
        return leaf_of(reader, form)
    parts = []
    for leaf, _, _ in chain[1]:
        if leaf.kind in ("inverse", "mpow"):
            base = reader.make(
                ("r0",), ("c0",), reader.with_indices(leaf.inside[0], {"x0": "r0", "x1": "c0"}), form.sizes
            )
            parts.append(sized_power(reader, determinant(reader, base), leaf.exponent))
        else:
            parts.append(leaf_of(reader, leaf_matrix(leaf)))
    return reader.times(*parts, rows=(), cols=(), sizes=())


def leaf_of(reader, form):
    text, inside, _, _ = oriented(reader, form)
    leaf = Leaf(f"det<{digest(text)}>", "function", [inside], label="det")
    leaf.inside_text = text
    return reader.leaf_form(leaf, ())


# ---------------------------------------------------------------- sums


def _of_sum(reader, form):
    """The determinant by the least of the sums that have the same but for a factor."""
    one = reader.number(S.One)
    seen, waiting = {_name(reader, form): (one, form)}, [(one, form)]
    while waiting and len(seen) < MOST_SUMS and len(form.terms) <= MOST_TERMS:
        front, sum_ = waiting.pop(0)
        for factor, other in _turned(reader, sum_):
            whole = reader.times(front, factor, rows=(), cols=(), sizes=())
            if other is None:  # a number has been found
                return whole
            name = _name(reader, other)
            if name not in seen:
                seen[name] = (whole, other)
                waiting.append((whole, other))
    front, least = seen[min(seen)]
    return reader.times(front, leaf_of(reader, least), rows=(), cols=(), sizes=())


def _name(reader, form):
    text = oriented(reader, form)[0]
    return _unit_of(form) is None, len(form.terms), len(text), text, str(form.sizes[0][0])


def _turned(reader, form):
    """(factor, sum) pairs with det(form) = factor · det(sum); the sum is None where the factor is all."""
    unit = _unit_of(form)
    if unit is not None:
        rest = reader.like(form, [term for key, term in form.terms.items() if key != unit])
        yield from _rotated(reader, form, rest)
    for key, (coefficient, factors) in form.terms.items():
        if key != unit:
            yield from _without(reader, form, key, coefficient, factors)


def _unit_of(form):
    """The key of the term I of a sum, or None."""
    return next((k for k, (c, f) in form.terms.items() if c == 1 and len(f) == 1 and f[0][0] is DELTA), None)


def _without(reader, form, key, coefficient, factors):
    """det(K + M) = det(K) det(I + K⁻¹M) for a term K that has an inverse."""
    term = reader.like(form, [(coefficient, factors)])
    scalars = scalars_of(factors)
    if scalars and not is_nonzero(reader, reader.make((), (), [(S.One, scalars)])):
        return
    if not is_invertible(reader, term):
        return
    inverse = matrix_power(reader, term, S.NegativeOne)
    rest = reader.like(form, [other for name, other in form.terms.items() if name != key])
    unit = reader.leaf_form(DELTA, ("r0", "c0"), form.rows, form.cols, form.sizes)
    yield determinant(reader, term), reader.add(unit, reader.matrix_product(inverse, rest))


def _rotated(reader, form, rest):
    """det(I + UV) = det(I + VU) for a first factor U of all terms, and 1 + v'u for one column u."""
    if not rest.terms:
        yield reader.number(S.One), None
        return
    columns = {term_key([f for f in factors if _leads(f, factors, "r0")]) for _, factors in rest.terms.values()}
    if _is_of_rank_one(rest):
        j = reader.new_sum(form.sizes[0][0])
        trace = [(c, rename(reader.with_fresh_sums(f), {"r0": j, "c0": j})) for c, f in rest.terms.values()]
        yield reader.add(reader.number(S.One), reader.make((), (), reader.contracted(trace, [j]))), None
        return
    if len(columns) != 1:
        return
    turned, size = [], None
    for c, factors in rest.terms.values():
        first = [f for f in factors if _leads(f, factors, "r0")]
        if len(first) != 1:
            return
        others = [f for f in factors if f is not first[0]]
        inner = next(slot for slot in first[0][1] if slot != "r0")
        if size is not None and not same_size(size, reader.size_of[inner]):
            return
        size = reader.size_of[inner]
        j = reader.new_sum(form.sizes[0][0])
        others = rename(others, {inner: "r0", "c0": j})
        turned.append((c, others + rename(first, {"r0": j, inner: "c0"})))
    sizes = ((size,), (size,))
    unit = reader.leaf_form(DELTA, ("r0", "c0"), ("r0",), ("c0",), sizes)
    yield reader.number(S.One), reader.add(unit, reader.make(("r0",), ("c0",), turned, sizes))


def _leads(factor, factors, row):
    """Whether a factor is the only one with this index, and leads on to the others by a summed one."""
    leaf, slots, power = factor
    if leaf is DELTA or power != 1 or len(slots) != 2 or row not in slots or slots[0] == slots[1]:
        return False
    inner = slots[1] if slots[0] == row else slots[0]
    others = [f for f in factors if f is not factor]
    return isinstance(inner, int) and row not in free_in(others) and sum(inner in f[1] for f in others) == 1


def _is_of_rank_one(form):
    """Whether a matrix is u·v': in all its terms the same factors carry the row, and none of them the column."""
    columns = set()
    for _, factors in form.terms.values():
        part = [f for part in components_of(factors) if "r0" in free_in(part) for f in part]
        if "c0" in free_in(part):
            return False
        columns.add(term_key(part))
    return len(columns) == 1
