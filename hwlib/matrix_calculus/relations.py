"""What the inverses in a form make of it: M·M⁻¹ = I put wherever it fits, and the sums that this makes zero.

The identities of Woodbury, of push-through and of Sherman and Morrison are sums of such relations. Every relation is
zero for itself, so a form that is a sum of multiples of them is zero; whether it is one is linear algebra.
"""

from sympy import S

from .shapes import same_size

MOST_RELATIONS = 160  # relations that are tried for one form
MOST_TERMS = 60  # of a form, or of one relation, that is still looked at
MOST_LEVELS = 3  # relations of terms that came with relations
RELATION_STEPS = 1500  # rewriting steps for all of it, some two seconds where terms are long


def is_combination(reader, form):
    """Whether a form is shown, in RELATION_STEPS, to be a sum of multiples of relations between its inverses."""
    most = reader.most_steps
    reader.most_steps = min(most, reader.steps + RELATION_STEPS)
    try:
        return _is_combination(reader, form)
    except NotImplementedError:
        if reader.out_of_time():
            raise
        return False
    finally:
        reader.most_steps = most


def _is_combination(reader, form):
    inverses = _inverses(form)
    if not inverses or len(form.terms) > MOST_TERMS:
        return False
    span, waiting, asked, count = _Span(), list(form.terms.items()), set(), 0
    for _ in range(MOST_LEVELS):
        following = []
        for key, (_, factors) in waiting:
            if key in asked:
                continue
            asked.add(key)
            for relation in _relations(reader, form, factors, inverses):
                count += 1
                if len(relation.terms) > MOST_TERMS:
                    continue
                span.add({k: c for k, (c, _) in relation.terms.items()})
                following += [item for item in relation.terms.items() if item[0] not in asked]
                if count > MOST_RELATIONS:
                    return not span.rest(_numbers(form))
        if not span.rest(_numbers(form)):
            return True
        waiting = following
    return False


def _numbers(form):
    return {key: c for key, (c, _) in form.terms.items()}


def _inverses(form):
    """The inverses in the terms of a form, and in what they are inverses of, each once."""
    found, waiting = {}, [form]
    while waiting:
        for _, factors in waiting.pop().terms.values():
            for leaf, _, _ in factors:
                if leaf.kind == "inverse" and leaf.key not in found:
                    found[leaf.key] = leaf
                    waiting.append(leaf.inside[0])
    return list(found.values())


class _Span:
    """Sums of relations: rows in echelon form, each with a leading key."""

    def __init__(self):
        self.rows = {}

    def rest(self, row):
        """What is left of a row when multiples of the rows are taken away."""
        row = dict(row)
        while common := set(row) & set(self.rows):
            self._take_away(row, min(common))
        return row

    def _take_away(self, row, lead):
        factor = row[lead]
        for key, c in self.rows[lead].items():
            value = row.get(key, 0) - factor * c
            value = value if getattr(value, "is_Rational", True) else value.expand()
            if value == 0:
                row.pop(key, None)
            else:
                row[key] = value

    def add(self, row):
        row = self.rest(row)
        if row:
            lead = min(row)
            scale = row[lead]
            self.rows[lead] = {key: c / scale for key, c in row.items()}


def _relations(reader, form, factors, inverses):
    """Forms that are zero: a term less the same with K·P, for P = K⁻¹, put behind one of its factors."""
    sizes = {**_sizes(form.rows, form.sizes[:1]), **_sizes(form.cols, form.sizes[1:])}
    for position, factor in enumerate(factors):
        leaf, slots, power = factor
        if power != 1 or len(slots) != 2 or slots[0] == slots[1]:
            continue
        others = factors[:position] + factors[position + 1 :]
        for inverse in inverses:
            if leaf.key == inverse.key or not _may_meet(leaf, inverse):
                continue
            size = inverse.size
            for place in (0, 1):
                at = sizes.get(slots[place]) or reader.size_of.get(slots[place])
                if at is None or not same_size(at, size):
                    continue
                for near in ("x0", "x1"):
                    for inserted in _inserted(reader, factor, place, inverse, near, others):
                        yield reader.like(form, [(S.One, factors)] + [(-c, f) for c, f in inserted])


def _sizes(indices, sizes):
    return {index: size for index, size in zip(indices, *sizes, strict=True) if isinstance(index, str)} if sizes else {}


def _may_meet(leaf, inverse):
    """Whether something may come of K beside this factor: it stands in K, or one of the two is an inverse."""
    inside = [other for _, factors in inverse.inside[0].terms.values() for other, _, _ in factors]
    return leaf.kind == "inverse" or any(other.key == leaf.key or other.kind == "inverse" for other in inside)


def _inserted(reader, factor, place, inverse, near, others):
    """The term with K·P, or its transpose, behind one factor; and with P·K where P can meet the factor."""
    leaf, slots, power = factor
    joint, middle = reader.new_sum(inverse.size), reader.new_sum(inverse.size)
    moved = (leaf, tuple(joint if k == place else slot for k, slot in enumerate(slots)), power)
    end = slots[place]
    far = "x1" if near == "x0" else "x0"

    def ordered(first, second):
        return (first, second) if near == "x0" else (second, first)

    inside = reader.with_indices(inverse.inside[0], {near: joint, far: middle})
    terms = [(c, [*others, moved, *more, (inverse, ordered(middle, end), S.One)]) for c, more in inside]
    yield reader.counted(terms, {joint, middle})
    if leaf.kind == "inverse" and _stands_in(inverse, leaf):  # the factor first: it is to meet P before K does
        inside = reader.with_indices(inverse.inside[0], {near: middle, far: end})
        terms = [(c, [moved, (inverse, ordered(joint, middle), S.One), *more, *others]) for c, more in inside]
        yield reader.counted(terms, {joint, middle})


def _stands_in(leaf, inverse):
    return any(other.key == leaf.key for _, factors in inverse.inside[0].terms.values() for other, _, _ in factors)
