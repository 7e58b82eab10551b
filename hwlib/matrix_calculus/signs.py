"""The sign of a form: what is positive by its look or by a known condition, and steps, moduli and choices.

A step is H(u) = 0, ½, 1 for u < 0, u = 0, u > 0. With it sign u = 2H(u) − 1, |u| = u sign u and
max(u, v) = v + (u − v)H(u − v), all of it at u = 0 too, for there H³ = (3H² − H)/2 and u·H² = u·H replace H² = H.
"""

from sympy import I, S

from .terms import DELTA, components_of, lead_of, summed_in

POSITIVE, NONNEGATIVE, UNKNOWN = 2, 1, 0


def is_positive(reader, form):
    """Whether every entry of a form is known to be above zero."""
    if not form.terms:
        return False
    sign = _sign_of_sum(reader, form)
    if sign == POSITIVE or reader.knows("positive", form):
        return True
    return sign == NONNEGATIVE and (reader.knows("nonzero", form) or _is_nonzero_product(reader, form))


def is_nonnegative(reader, form):
    """Whether no entry of a form is below zero."""
    return _sign_of_sum(reader, form) > UNKNOWN or any(reader.knows(k, form) for k in ("positive", "nonnegative"))


def is_nonzero(reader, form):
    """Whether no entry of a form is zero."""
    if is_positive(reader, form) or is_positive(reader, reader.scale(S.NegativeOne, form)):
        return True
    return reader.knows("nonzero", form) or _is_nonzero_product(reader, form)


def _is_nonzero_product(reader, form):
    """Whether a form is one term, none of whose factors is zero."""
    if len(form.terms) != 1:
        return False
    ((_, factors),) = form.terms.values()
    return all(_component_is_nonzero(reader, part) for part in parts_of(factors))


def _component_is_nonzero(reader, part):
    if len(part) == 1 and not summed_in(part):
        leaf, _, power = part[0]
        if leaf is DELTA:
            return False
        if sign_of_factor(reader, part[0]) == POSITIVE or leaf.key in reader.leaves_known["nonzero"]:
            return True
        if leaf.label == "det" and leaf.inside_text in reader.facts["invertible"]:
            return True
        if power.is_Rational and power.is_negative:
            return True
        return leaf.kind == "base" and is_nonzero(reader, leaf.inside[0])
    return reader.knows("nonzero", reader.make((), (), [(S.One, part)]))


def _sign_of_sum(reader, form):
    """The least that all terms together allow; UNKNOWN where one term may be negative."""
    signs = [_sign_of_term(reader, c, factors) for c, factors in form.terms.values()]
    if any(sign == UNKNOWN for sign in signs):
        return UNKNOWN
    return POSITIVE if POSITIVE in signs else NONNEGATIVE


def _sign_of_term(reader, coefficient, factors):
    if not coefficient.is_positive:
        return UNKNOWN
    return min([sign_of_part(reader, part) for part in parts_of(factors)], default=POSITIVE)


def parts_of(factors):
    """The factors of a term one by one, those that share a sum together."""
    return [
        single
        for part in components_of(factors)
        for single in ([part] if summed_in(part) else [[factor] for factor in part])
    ]


def sign_of_part(reader, part):
    """POSITIVE, NONNEGATIVE or UNKNOWN for a factor, or for factors under one sum."""
    sign = min(sign_of_factor(reader, factor) for factor in part)
    if sign == UNKNOWN and summed_in(part):
        whole = reader.make((), (), [(S.One, part)])
        if reader.knows("positive", whole):
            return POSITIVE
        return NONNEGATIVE if reader.knows("nonnegative", whole) else UNKNOWN
    return sign


def sign_of_factor(reader, factor):
    leaf, _, power = factor
    if leaf.label == "exp" or leaf.positive or leaf.key in reader.leaves_known["positive"]:
        return POSITIVE
    if leaf is DELTA or leaf.label == "Heaviside":
        return NONNEGATIVE
    if leaf.kind == "base" and is_positive(reader, leaf.inside[0]):
        return POSITIVE
    if not power.is_Rational:
        return UNKNOWN
    if power.is_Integer and power % 2 and leaf.key not in reader.leaves_known["nonnegative"]:
        return UNKNOWN
    return POSITIVE if power < 0 else NONNEGATIVE  # an even power, a root, or a power of what is not negative


# ---------------------------------------------------------------- steps


def step(reader, form):
    """H of every entry."""
    return _half_of_one_plus(reader, sign(reader, form))


def _half_of_one_plus(reader, form):
    half = reader.number(S.Half, form)
    return reader.add(half, reader.scale(S.Half, form))


def sign(reader, form):
    """The sign of every entry: of a product the product of the signs."""
    if not form.terms:
        return form
    if is_positive(reader, form):
        return reader.number(S.One, form)
    if len(form.terms) == 1:
        ((coefficient, factors),) = form.terms.values()
        if coefficient.is_real:
            signs = [_sign_of_part(reader, part) for part in parts_of(factors)]
            number = reader.number(S.One if coefficient.is_positive else S.NegativeOne, form)
            return reader.times(number, *signs, rows=form.rows, cols=form.cols, sizes=form.sizes)
    if is_positive(reader, reader.scale(S.NegativeOne, form)):
        return reader.number(S.NegativeOne, form)
    direction = _direction(lead_of(form)[0])
    scale = direction / abs(lead_of(form)[0])
    return reader.scale(direction, _plain_sign(reader, reader.scale(scale, form)))


def _direction(number):
    """1 or −1, so that a form and its negative have one step."""
    if number.is_negative or (number / I).is_negative:
        return S.NegativeOne
    return S.One


def _sign_of_part(reader, part):
    if sign_of_part(reader, part) == POSITIVE:
        return reader.number(S.One)
    if summed_in(part) or len(part) > 1:
        return _plain_sign(reader, reader.make((), (), [(S.One, part)]))
    leaf, slots, power = part[0]
    one = reader.make((), (), [(S.One, [(leaf, slots, S.One)])])
    if leaf is DELTA or not power.is_Integer:
        return _plain_sign(reader, reader.make((), (), [(S.One, part)]))
    if leaf.kind == "base":
        plain = sign(reader, reader.inside_power(leaf, slots, S.One))
    else:
        plain = _plain_sign(reader, one)
    return reader.times(*[plain] * (2 - int(power) % 2))


def _plain_sign(reader, form):
    leaf = reader.function("Heaviside", [form])
    if is_nonzero(reader, form):
        ((_, ((head, _, _),)),) = leaf.terms.values()
        reader.decided.add(head.key)
    return reader.add(reader.scale(S(2), leaf), reader.number(S.NegativeOne, leaf))


def modulus(reader, form):
    """|u| = u sign u, and u itself where no entry is below zero."""
    if is_nonnegative(reader, form):
        return form
    return reader.times(form, sign(reader, form), rows=form.rows, cols=form.cols, sizes=form.sizes)


def choose(reader, one_or_zero, yes, no):
    """h·yes + (1 − h)·no."""
    difference = reader.add(yes, reader.scale(S.NegativeOne, no))
    return reader.add(no, reader.times(one_or_zero, difference))


def above(reader, form, strict):
    """1 where an entry is above zero (or not below it), else 0: (s² + s)/2, and 1 − (s² − s)/2, for its sign s."""
    s = sign(reader, form)
    square = reader.times(s, s)
    if strict:
        return reader.scale(S.Half, reader.add(square, s))
    less = reader.scale(-S.Half, reader.add(square, reader.scale(S.NegativeOne, s)))
    return reader.add(reader.number(S.One, s), less)
