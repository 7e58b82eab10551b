"""Is a form zero? What the normal form of the terms leaves open: common denominators, and equal arguments."""

from .relations import is_combination
from .terms import inverted, summed_in

MOST_ROUNDS = 4  # denominators within denominators


def is_zero(reader, form):
    """Whether a form is zero, wherever what stands in it has a value; False where that is not shown."""
    form = cleared(reader, form)
    return not form.terms or is_combination(reader, form)


def cleared(reader, form):
    """The form times all its denominators, which are not zero where it has a value."""
    for _ in range(MOST_ROUNDS):
        denominators = _denominators(form)
        if not denominators:
            break
        form = reader.like(form, [(c, f + inverted(denominators)) for c, f in form.terms.values()])
    return form


def _denominators(form):
    """The least negative power of every sum in the terms, but of those under a sum themselves."""
    least = {}
    for _, factors in form.terms.values():
        for leaf, slots, power in factors:
            if leaf.kind == "base" and power.is_Rational and power < 0 and not summed_in([(leaf, slots, power)]):
                least[leaf.key, slots] = (leaf, slots, min(power, least.get((leaf.key, slots), (0, 0, 0))[2]))
    return list(least.values())
