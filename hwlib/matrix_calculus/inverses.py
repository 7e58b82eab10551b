"""Inverses, powers and determinants of square matrices: factor by factor for a product, else a leaf of their own."""

from sympy import Identity, Inverse, MatMul, S

from .shapes import same_size
from .signs import is_nonzero
from .terms import DELTA, ZERO, Form, components_of, components_of_free, free_in, lead_of, rename


def read_inverse(reader, expr):
    return _power_of(reader, expr, expr.arg, S.NegativeOne)


def read_power(reader, expr):
    exponent = expr.exp
    if not exponent.is_Integer:
        return _power_of(reader, expr, expr.base, exponent)
    if exponent == 0:
        return reader.form(Identity(expr.rows))
    if abs(exponent) > reader.most_steps:
        raise NotImplementedError("normal_form: the expanded power is too large")
    base = expr.base if exponent > 0 else Inverse(expr.base)
    return reader.form(MatMul(*[base] * abs(int(exponent)))) if abs(exponent) != 1 else reader.form(base)


def _power_of(reader, expr, base, exponent):
    form = reader.form(base)
    power = matrix_power(reader, form, exponent) if form.terms else None
    return reader.symbol(expr, reader.opaque_text(expr)) if power is None else power


def matrix_power(reader, form, exponent):
    """The form of M⁻¹ or Mᵏ: factor by factor for a product of square matrices, else a leaf of its own.

    None for a sum of Kronecker products.
    """
    if form.rows == (ZERO,):
        return reader.power(form, exponent)
    if len(form.rows) > 1 or len(form.cols) > 1:
        return _power_of_kronecker(reader, form, exponent)
    if len(form.terms) == 1:
        ((coefficient, factors),) = form.terms.values()
        deltas = [f for f in factors if f[0] is DELTA and set(f[1]) == {"r0", "c0"}]
        if deltas:  # a diagonal matrix
            rest = [f for f in factors if f[0] is not DELTA]
            diagonal = reader.power(reader.like(form, [(coefficient, rest)]), exponent)
            return reader.like(form, [(c, f + deltas) for c, f in diagonal.terms.values()])
        scalars = scalars_of(factors)
        if scalars:
            inner = reader.like(form, [(S.One, [f for f in factors if f not in scalars])])
            scale = reader.power(reader.make((), (), [(coefficient, scalars)]), exponent)
            return reader.times_like(form, scale, matrix_power(reader, inner, exponent))
    chain = chain_of(reader, form, form.sizes[0][0])
    if chain is not None and (exponent == -1 or len(chain[1]) == 1):
        coefficient, factors = chain
        parts = [_leaf_power(reader, leaf, slots, exponent, form.sizes[0][0]) for leaf, slots, _ in factors]
        if exponent == -1:  # reversed: each factor runs from its end to its start
            parts = [(leaf, slots[::-1], power) for leaf, slots, power in parts]
            parts = rename(parts, {"r0": "c0", "c0": "r0"})
        return reader.times_like(
            form, reader.scalar(coefficient**exponent, {}, {}), reader.like(form, [(S.One, parts)])
        )
    lead = lead_of(form)[0]
    text, inside, slots, symmetric = oriented(reader, reader.scale(1 / lead, form))
    leaf = reader.power_leaf(text, [inside], symmetric, exponent, form.sizes[0][0])
    power = reader.leaf_form(leaf, slots, form.rows, form.cols, form.sizes)
    return reader.times_like(form, reader.scalar(lead**exponent, {}, {}), power)


def scalars_of(factors):
    """The factors of a term of a matrix that have nothing to do with its rows and columns."""
    return [f for part in components_of(factors) if not free_in(part) for f in part]


def _power_of_kronecker(reader, form, exponent):
    """(A ⊗ B)ᵏ = Aᵏ ⊗ Bᵏ for square A and B."""
    blocks = kronecker_blocks(reader, form)
    if blocks is None:
        return None
    scalar, blocks = blocks
    powers = [reader.power(scalar, exponent)]
    for k, block in enumerate(blocks):
        power = matrix_power(reader, block, exponent)
        powers.append(reader.make((), (), reader.with_indices(power, {"r0": f"r{k}", "c0": f"c{k}"})))
    return reader.times_like(form, *powers)


def kronecker_blocks(reader, form):
    """(scalar, forms of A, B, …) of a form that is scalar · A ⊗ B ⊗ … with square A, B, …, else None."""
    if len(form.terms) != 1 or len(form.rows) != len(form.cols) or not all(map(same_size, *form.sizes)):
        return None
    ((coefficient, factors),) = form.terms.values()
    scalars = scalars_of(factors)
    left = [f for f in factors if f not in scalars]
    blocks = []
    for k, size in enumerate(form.sizes[0]):
        own = {f"r{k}", f"c{k}"}
        block = [f for part in components_of_free(left) if free_in(part) & own for f in part]
        if free_in(block) != own:
            return None
        left = [f for f in left if f not in block]
        block = rename(block, {f"r{k}": "r0", f"c{k}": "c0"})
        blocks.append(reader.make(("r0",), ("c0",), [(S.One, block)], ((size,), (size,))))
    return reader.make((), (), [(coefficient, scalars)]), blocks


def _leaf_power(reader, leaf, slots, exponent, size):
    if leaf.kind in ("inverse", "mpow"):
        return reader.matrix_power(leaf, slots, leaf.exponent * exponent)
    inside = reader.make((), (), [(S.One, [(leaf, ("x0", "x1"), S.One)])])
    return reader.power_leaf(inside.text(), [inside], leaf.symmetric, exponent, size), slots, S.One


def oriented(reader, form):
    """(text, form over x0 and x1, slots, symmetric): of a matrix and its transpose the one with the lesser text."""
    names = {index: f"x{k}" for k, index in enumerate(("r0", "c0"))}
    if not any("r0" in free_in(f) or "c0" in free_in(f) for _, f in form.terms.values()):
        names = {}
    one = reader.make((), (), reader.with_indices(form, names))
    other = reader.make((), (), reader.with_indices(one, {"x0": "x1", "x1": "x0"}))
    sizes = reader.open_sizes([form])
    if one.text() <= other.text():
        return one.text() + sizes, one, ("r0", "c0"), one.text() == other.text()
    return other.text() + sizes, other, ("c0", "r0"), False


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


def name_of_matrix(reader, form):
    """One name for all multiples of a square matrix, and for its transpose."""
    return oriented(reader, reader.scale(1 / lead_of(form)[0], form))[0]


def is_invertible(reader, form):
    """Whether a square matrix is known to have an inverse: itself, or its factors if it is a product of square ones."""
    if not form.terms:
        return False
    if form.rows in ((), (ZERO,)):
        return is_nonzero(reader, form)
    if len(form.rows) > 1:
        blocks = kronecker_blocks(reader, form)
        return (
            blocks is not None
            and is_nonzero(reader, blocks[0])
            and all(is_invertible(reader, block) for block in blocks[1])
        )
    if name_of_matrix(reader, form) in reader.facts["invertible"]:
        return True
    if len(form.terms) > 1:
        return False
    ((coefficient, factors),) = form.terms.values()
    scalars = scalars_of(factors)
    if scalars and not is_nonzero(reader, reader.make((), (), [(S.One, scalars)])):
        return False
    core = [f for f in factors if f not in scalars]
    if any(leaf is DELTA for leaf, _, _ in core):
        diagonal = [f for f in core if f[0] is not DELTA]
        return not diagonal or is_nonzero(reader, reader.like(form, [(S.One, diagonal)]))
    chain = chain_of(reader, reader.like(form, [(coefficient, core)]), form.sizes[0][0])
    return chain is not None and all(is_invertible_leaf(reader, leaf) for leaf, _, _ in chain[1])


def is_invertible_leaf(reader, leaf):
    if leaf.kind in ("inverse", "mpow"):
        return leaf.kind == "inverse" or leaf.inside_text in reader.facts["invertible"]
    return name_of_matrix(reader, leaf_matrix(leaf)) in reader.facts["invertible"]


def leaf_matrix(leaf):
    """The form of a square matrix that is one leaf."""
    return Form(("r0",), ("c0",), {"": (S.One, [(leaf, ("r0", "c0"), S.One)])})
