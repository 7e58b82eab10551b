"""Inverses, powers and determinants of square matrices: factor by factor for a product, else a leaf of their own."""

from sympy import Identity, Inverse, MatMul, S

from .terms import DELTA, ZERO, Form, Leaf, as_scalar, components_of, digest, free_in, lead_of, rename
from .writing import same_size


def read_inverse(reader, expr):
    return matrix_power(reader, expr, expr.arg, S.NegativeOne)


def read_power(reader, expr):
    exponent = expr.exp
    if not exponent.is_Integer:
        return matrix_power(reader, expr, expr.base, exponent)
    if exponent == 0:
        return reader.form(Identity(expr.rows))
    base = expr.base if exponent > 0 else Inverse(expr.base)
    return reader.form(MatMul(*[base] * abs(int(exponent)))) if abs(exponent) != 1 else reader.form(base)


def matrix_power(reader, expr, base, exponent):
    """M⁻¹ or Mᵏ: factor by factor for a product of square matrices, else a leaf of its own."""
    return _power_of_form(reader, expr, reader.form(base), exponent)


def _power_of_form(reader, expr, form, exponent):
    if form.rows == (ZERO,):
        return reader.power(form, exponent)
    if len(form.rows) > 1 or len(form.cols) > 1 or not form.terms:
        return reader.symbol(expr, reader.opaque_text(expr))
    if len(form.terms) == 1:
        ((coefficient, factors),) = form.terms.values()
        deltas = [f for f in factors if f[0] is DELTA and set(f[1]) == {"r0", "c0"}]
        if deltas:  # a diagonal matrix
            rest = [f for f in factors if f[0] is not DELTA]
            diagonal = reader.power(reader.make(form.rows, form.cols, [(coefficient, rest)], form.sizes), exponent)
            terms = [(c, f + deltas) for c, f in diagonal.terms.values()]
            return reader.make(form.rows, form.cols, terms, form.sizes)
        scalars = [f for part in components_of(factors) if not {"r0", "c0"} & set(free_in(part)) for f in part]
        if scalars:
            inner = reader.make(form.rows, form.cols, [(S.One, [f for f in factors if f not in scalars])], form.sizes)
            return reader.times(
                reader.power(reader.make((), (), [(coefficient, scalars)]), exponent),
                _power_of_form(reader, expr, inner, exponent),
                rows=form.rows,
                cols=form.cols,
                sizes=form.sizes,
            )
    chain = chain_of(reader, form, expr.rows)
    if chain is not None and (exponent == -1 or len(chain[1]) == 1):
        coefficient, factors = chain
        parts = [_leaf_power(reader, leaf, slots, exponent) for leaf, slots, _ in factors]
        if exponent == -1:  # reversed: each factor runs from its end to its start
            parts = [(leaf, slots[::-1], power) for leaf, slots, power in parts]
            swap = {"r0": "c0", "c0": "r0"}
            parts = rename(parts, swap)
        result = reader.make(form.rows, form.cols, [(S.One, parts)], form.sizes)
        return reader.times(
            reader.scalar(coefficient**exponent, {}, {}), result, rows=form.rows, cols=form.cols, sizes=form.sizes
        )
    lead = lead_of(form)[0]
    text, inside, slots, symmetric = oriented(reader, reader.scale(1 / lead, form))
    leaf = reader.power_leaf(text, [inside], symmetric, exponent)
    return reader.times(
        reader.scalar(lead**exponent, {}, {}),
        reader.leaf_form(leaf, slots, form.rows, form.cols, form.sizes),
        rows=form.rows,
        cols=form.cols,
        sizes=form.sizes,
    )


def _leaf_power(reader, leaf, slots, exponent):
    if leaf.kind in ("inverse", "mpow"):
        return reader.matrix_power(leaf, slots, leaf.exponent * exponent)
    inside = reader.make((), (), [(S.One, [(leaf, ("x0", "x1"), S.One)])])
    return reader.power_leaf(inside.text(), [inside], leaf.symmetric, exponent), slots, S.One


def oriented(reader, form):
    """(text, form over x0 and x1, slots, symmetric): of a matrix and its transpose the one with the lesser text."""
    names = {index: f"x{k}" for k, index in enumerate(("r0", "c0"))}
    if not any("r0" in free_in(f) or "c0" in free_in(f) for _, f in form.terms.values()):
        names = {}
    one = reader.make((), (), reader.with_indices(form, names))
    other = reader.make((), (), reader.with_indices(one, {"x0": "x1", "x1": "x0"}))
    if one.text() <= other.text():
        return one.text(), one, ("r0", "c0"), one.text() == other.text()
    return other.text(), other, ("c0", "r0"), False


def chain_of(reader, form, size):
    """(coefficient, factors) of a form that is one product of square matrices of this size, else None."""
    if len(form.terms) != 1:
        return None
    ((coefficient, factors),) = form.terms.values()
    scalars = [f for f in factors if not f[1]]
    matrices = [f for f in factors if f[1]]
    if (
        scalars
        or not matrices
        or any(len(slots) != 2 or power != 1 or leaf is DELTA for leaf, slots, power in matrices)
    ):
        return None
    here, path, left = "r0", [], list(matrices)
    while left:
        following = [f for f in left if here in f[1]]
        if len(following) != 1 or following[0][1][0] == following[0][1][1]:
            return None
        path.append(following[0])
        left.remove(following[0])
        here = following[0][1][1] if following[0][1][0] == here else following[0][1][0]
        if here != "c0" and not (isinstance(here, int) and same_size(reader.size_of[here], size)):
            return None
    return (coefficient, path) if here == "c0" else None


def read_determinant(reader, expr, env, indices):
    matrix = expr.arg
    form = reader.form(matrix)
    if form.rows == (ZERO,):
        return as_scalar(form)
    if not form.terms:
        return reader.number(S.Zero)
    chain = chain_of(reader, form, matrix.rows)
    if chain is None:
        lead = lead_of(form)[0]
        return reader.times(
            reader.power(reader.number(lead), matrix.rows) if lead != 1 else reader.number(S.One),
            _determinant_leaf(reader, reader.scale(1 / lead, form)),
        )
    coefficient, factors = chain
    parts = [reader.scalar(coefficient**matrix.rows, {}, {})]
    for leaf, _, _ in factors:
        base = (
            leaf.inside[0]
            if leaf.kind in ("inverse", "mpow")
            else Form((), (), {"": (S.One, [(leaf, ("x0", "x1"), S.One)])})
        )
        exponent = leaf.exponent if leaf.kind in ("inverse", "mpow") else S.One
        parts.append(reader.power(_determinant_leaf(reader, base), exponent))
    return reader.times(*parts, rows=(), cols=(), sizes=())


def _determinant_leaf(reader, form):
    text, inside, _, _ = oriented(reader, form)
    leaf = Leaf(f"det<{digest(text)}>", "function", [inside], label="det")
    return reader.leaf_form(leaf, ())
