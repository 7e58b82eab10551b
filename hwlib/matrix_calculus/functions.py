"""Functions of a form, entry by entry: exp, log, powers, sine and cosine, taken apart where that is always allowed."""

from math import lcm

from sympy import I, S, exp, factor_list, log, symbols

from .algebra import MOST_STEPS
from .identities import Identities
from .signs import NONNEGATIVE, POSITIVE, UNKNOWN, is_nonnegative, is_positive, modulus, parts_of, sign_of_part
from .terms import (
    Leaf,
    components_of,
    content_of,
    denominators_of,
    inverted,
    lead_of,
    summed_in,
    term_key,
)

MOST_FACTORED = 12  # terms of a sum that is still factored
MOST_GENERATORS = 6  # and its different factors


class Functions(Identities):
    """exp(a + b) = exp(a)exp(b), (c eᵘ a)ᵖ = cᵖ eᵖᵘ aᵖ for c > 0, and their like."""

    def like(self, form, terms):
        """The form of terms over the indices of another."""
        return self.make(form.rows, form.cols, terms, form.sizes)

    def times_like(self, form, *forms):
        return self.times(*forms, rows=form.rows, cols=form.cols, sizes=form.sizes)

    # -------------------------------------------------------- exp, cos, sin

    def exponential(self, form):
        """exp of a sum is the product of the exps of its terms."""
        result = self.number(S.One, form)
        for coefficient, factors in form.terms.values():
            if not factors:
                result = self.scale(exp(coefficient), result)
                continue
            if len(factors) == 1 and factors[0][0].label == "log" and factors[0][2] == 1:
                leaf, slots, _ = factors[0]
                part = self.power(self.inside_power(leaf, slots, S.One), coefficient)
            else:
                part = self.function("exp", [self.like(form, [(S.One, factors)])], power=coefficient)
            result = self.times_like(form, result, part)
        return result

    def circular(self, form, sine):
        """cos u or sin u by w = cos u + i sin u: of a sum the product of the w of its terms; 1/w = cos u − i sin u."""
        turn = self.number(S.One, form)
        back = turn
        for coefficient, factors in form.terms.values():
            if factors:
                one = self.like(form, [(S.One, factors)])
                turn = self.times_like(form, turn, self.function("cis", [one], power=coefficient))
                back = self.times_like(form, back, self.function("cis", [one], power=-coefficient))
            else:
                turn, back = self.scale(exp(I * coefficient), turn), self.scale(exp(-I * coefficient), back)
        if sine:
            return self.scale(-I / 2, self.add(turn, self.scale(S.NegativeOne, back)))
        return self.scale(S.Half, self.add(turn, back))

    # -------------------------------------------------------- log

    def logarithm(self, form):
        """log of a product, which is positive: what is not negative comes out, and one more factor may be left."""
        if not form.terms:
            raise NotImplementedError("normal_form: the log of zero")
        front, rest = self.taken_out(form)
        parts, left = [], []
        for part in front:
            if sign_of_part(self, part):
                parts.append(self.logarithm_of_part(form, part))
            else:
                left.append(part)
        if rest is not None:
            scale = abs(lead_of(rest)[0])
            if scale != 1:
                parts.append(self.number(log(scale), form))
                rest = self.scale(1 / scale, rest)
            if is_positive(self, rest) or not left:
                parts.append(self.logarithm_of_sum(rest))
                rest = None
        if rest is None and len(left) == 1:
            parts.append(self.logarithm_of_part(form, left[0]))
        elif left:
            inside = self.like(form, [(S.One, [f for part in left for f in part])])
            inside = inside if rest is None else self.times_like(form, inside, rest)
            parts.append(self.function("log", [inside]))
        return self.like(form, [t for part in parts for t in part.terms.values()])

    def logarithm_of_sum(self, form):
        """log of a sum, of a product of positive sums one by one."""
        number, factors = self.factors_of(form) or (S.One, [])
        if not factors or not all(is_positive(self, factor) for factor, _ in factors):
            return self.function("log", [form])
        logs = [self.scale(power, self.logarithm(factor)) for factor, power in factors]
        return self.like(form, [t for part in (self.number(log(number), form), *logs) for t in part.terms.values()])

    def taken_out(self, form):
        """(factors in parts, sum or number that is left or None) whose product a form is."""
        denominators = denominators_of(form)
        if denominators:
            form = self.like(form, [(c, f + denominators) for c, f in form.terms.values()])
        shared = content_of(form) if len(form.terms) > 1 else []
        if len(form.terms) == 1:
            ((coefficient, factors),) = form.terms.values()
            rest = self.number(coefficient, form) if coefficient != 1 else None
            return parts_of(factors + inverted(denominators)), rest
        rest = self.like(form, [(c, f + inverted(shared)) for c, f in form.terms.values()])
        return parts_of(shared + inverted(denominators)), rest

    def logarithm_of_part(self, form, part):
        """log uᵖ is p log u, for even p it is p log |u|."""
        if summed_in(part):
            return self.function("log", [self.make((), (), [(S.One, part)])])
        leaf, slots, power = part[0]
        if leaf.label == "exp":
            return self.scale(power, self.inside_power(leaf, slots, S.One))
        if not power.is_Rational:
            return self.function("log", [self.like(form, [(S.One, part)])])
        if leaf.kind == "base":
            inside = self.inside_power(leaf, slots, S.One)
        else:
            inside = self.like(form, [(S.One, [(leaf, slots, S.One)])])
        if power.is_Integer and power % 2 == 0 and not self.is_positive_leaf(leaf):
            return self.scale(power, self.logarithm(modulus(self, inside)))
        return self.scale(power, self.function("log", [inside]))

    # -------------------------------------------------------- powers

    def power(self, form, exponent):
        """Every entry to a power that does not depend on the entries."""
        if exponent == 1:
            return form
        if exponent == 0:
            return self.number(S.One, form)
        if not form.terms:
            if exponent.is_positive:
                return form
            raise NotImplementedError("normal_form: a power of zero")
        if exponent.is_Integer and exponent > 0:
            if exponent > MOST_STEPS or len(form.terms) ** int(exponent) > MOST_STEPS:
                raise NotImplementedError("normal_form: the expanded power is too large")
            return self.times(*[form] * int(exponent))
        if len(form.terms) == 1:
            ((coefficient, factors),) = form.terms.values()
            if exponent.is_Integer:
                return self.integer_power(form, coefficient, factors, exponent)
            return self.real_power(form, coefficient, factors, exponent)
        if exponent.is_Integer:
            return self.integer_power_of_sum(form, exponent)
        return self.real_power_of_sum(form, exponent)

    def integer_power(self, form, coefficient, factors, exponent):
        parts = components_of(factors)
        plain = [(leaf, slots, p * exponent) for part in parts if not summed_in(part) for leaf, slots, p in part]
        powers = [self.like(form, [(coefficient**exponent, plain)])]
        for part in parts:
            if summed_in(part):
                powers.append(self.function("base", [self.make((), (), [(S.One, part)])], exponent, "base"))
        return self.times_like(form, *powers)

    def real_power(self, form, coefficient, factors, exponent):
        """(c a b)ᵖ = cᵖ aᵖ bᵖ for c > 0 and a > 0, or where neither is negative; (a²)ᵖ = |a|²ᵖ."""
        number, coefficient = (coefficient**exponent, S.One) if coefficient.is_positive else (S.One, coefficient)
        powers, left = [self.scalar_number(number)], parts_of(factors)
        signs = [sign_of_part(self, part) for part in left]
        least = NONNEGATIVE if coefficient == 1 and UNKNOWN not in signs else POSITIVE
        for part, sign in zip(list(left), signs, strict=True):
            if sign >= least:
                powers.append(self.real_power_of_part(form, part, exponent))
                left.remove(part)
        if len(left) == 1 and coefficient == 1:
            powers.append(self.real_power_of_part(form, left[0], exponent))
        elif left or coefficient != 1:
            inner = self.like(form, [(coefficient, [f for part in left for f in part])])
            powers.append(self.function("base", [inner], exponent, "base"))
        return self.times_like(form, *powers)

    def real_power_of_part(self, form, part, exponent):
        if summed_in(part):
            return self.function("base", [self.make((), (), [(S.One, part)])], exponent, "base")
        leaf, slots, power = part[0]
        if not power.is_Rational and not self.is_positive_leaf(leaf):
            return self.function("base", [self.like(form, [(S.One, part)])], exponent, "base")
        if power.is_Integer and power % 2 == 0 and not self.is_positive_leaf(leaf):
            if leaf.kind == "base":
                inside = self.inside_power(leaf, slots, S.One)
            else:
                inside = self.like(form, [(S.One, [(leaf, slots, S.One)])])
            return self.power(modulus(self, inside), power * exponent)
        return self.like(form, [(S.One, [(leaf, slots, power * exponent)])])

    def is_positive_leaf(self, leaf):
        return sign_of_part(self, [(leaf, (), S.One)]) == POSITIVE

    def scalar_number(self, value):
        if value.is_number:
            return self.number(value)
        return self.leaf_form(Leaf(f"number({value})", "symbol"), ())

    def integer_power_of_sum(self, form, exponent):
        """A negative power of a sum: numbers and common factors in front, then one leaf for each factor of the rest."""
        denominators = denominators_of(form)
        if denominators:
            cleared = self.like(form, [(c, f + denominators) for c, f in form.terms.values()])
            front = self.like(form, [(S.One, [(leaf, slots, -p * exponent) for leaf, slots, p in denominators])])
            return self.times_like(form, front, self.power(cleared, exponent))
        lead = lead_of(form)[0]
        content = content_of(form)
        primitive = self.like(form, [(c / lead, f + inverted(content)) for c, f in form.terms.values()])
        front = self.like(form, [(S.One, [(leaf, slots, p * exponent) for leaf, slots, p in content])])
        parts = [self.scalar_number(lead**exponent), front]
        factors = self.factors_of(primitive)
        if factors is None:
            parts.append(self.power_of_irreducible(primitive, exponent))
        else:
            number, factors = factors
            parts.append(self.scalar_number(number**exponent))
            for factor, multiplicity in factors:
                if len(factor.terms) == 1:
                    parts.append(self.power(factor, exponent * multiplicity))
                else:
                    scale = lead_of(factor)[0]
                    parts.append(self.scalar_number(scale ** (exponent * multiplicity)))
                    parts.append(self.power_of_irreducible(self.scale(1 / scale, factor), exponent * multiplicity))
        return self.times_like(form, *parts)

    def power_of_irreducible(self, form, exponent):
        """(2H − 1)⁻¹ = 2H − 1 for a step; else a leaf."""
        step = self.step_of_sign(form)
        if step is not None:
            sign = self.scale(S(2), form)
            return self.scale(S(2) ** -exponent, self.number(S.One, form) if exponent % 2 == 0 else sign)
        return self.function("base", [form], exponent, "base")

    def step_of_sign(self, form):
        """The step H where the form is H − ½, else None."""
        if len(form.terms) != 2 or form.terms.get("", (None,))[0] != -S.Half:
            return None
        other = next((c, f) for key, (c, f) in form.terms.items() if key != "")
        coefficient, factors = other
        plain = coefficient == 1 and len(factors) == 1 and factors[0][0].label == "Heaviside" and factors[0][2] == 1
        return factors[0] if plain else None

    def real_power_of_sum(self, form, exponent):
        """A broken power of a sum: a positive number and positive common factors in front, the rest a leaf."""
        denominators = denominators_of(form)
        if denominators and all(is_nonnegative(self, self.like(form, [(S.One, [d])])) for d in denominators):
            cleared = self.like(form, [(c, f + denominators) for c, f in form.terms.values()])
            front = [self.power(self.like(form, [(S.One, [d])]), -exponent) for d in denominators]
            return self.times_like(form, *front, self.power(cleared, exponent))
        content = [part for part in content_of(form) if sign_of_part(self, [part]) == POSITIVE]
        if content:
            rest = self.like(form, [(c, f + inverted(content)) for c, f in form.terms.values()])
            front = [self.power(self.like(form, [(S.One, [part])]), exponent) for part in content]
            return self.times_like(form, *front, self.power(rest, exponent))
        scale = abs(lead_of(form)[0])
        leaf = self.function("base", [self.scale(1 / scale, form)], exponent, "base")
        return self.times_like(form, self.scalar_number(scale**exponent), leaf)

    # -------------------------------------------------------- factors of a sum

    def factors_of(self, form):
        """(number, [(factor, multiplicity)]) of a short sum with rational coefficients, None where there is but one."""
        if len(form.terms) > MOST_FACTORED or not all(c.is_Rational for c, _ in form.terms.values()):
            return None
        polynomial, meanings = self.as_polynomial(form)
        if polynomial is None or len(meanings) > MOST_GENERATORS or _is_linear(polynomial, meanings):
            return None
        number, factors = factor_list(polynomial, *meanings)
        if len(factors) == 1 and factors[0][1] == 1:
            return None
        return number, [(self.from_polynomial(form, factor, meanings), power) for factor, power in factors]

    def as_polynomial(self, form):
        """(polynomial, {generator: the factors that it stands for}), (None, None) where a power is no number."""
        roots, shown = {}, {}
        for _, factors in form.terms.values():
            for part in parts_of(factors):
                key, power = _generator(part)
                if not power.is_Rational:
                    return None, None
                roots[key] = lcm(roots.get(key, 1), int(power.q))
                shown[key] = part
        names = dict(zip(roots, symbols(f"g0:{len(roots)}", seq=True), strict=True))
        total = S.Zero
        for c, factors in form.terms.values():
            for part in parts_of(factors):
                key, power = _generator(part)
                c *= names[key] ** (power * roots[key])
            total += c
        if not total.is_polynomial(*names.values()):
            return None, None
        meanings = {}
        for key, name in names.items():
            part = shown[key]
            meanings[name] = part if summed_in(part) else [(part[0][0], part[0][1], S.One / roots[key])]
        return total, meanings

    def from_polynomial(self, form, polynomial, meanings):
        terms = []
        for powers, c in polynomial.as_poly(*meanings).terms():
            factors = []
            for power, part in zip(powers, meanings.values(), strict=True):
                if summed_in(part):
                    for _ in range(power):
                        factors += self.with_fresh_sums(part)
                elif power:
                    factors.append((part[0][0], part[0][1], part[0][2] * power))
            terms.append((c, factors))
        return self.like(form, terms)


def _generator(part):
    """(what it is, its power) of a factor or of factors under a sum."""
    if summed_in(part):
        return term_key(part), S.One
    leaf, slots, power = part[0]
    return term_key([(leaf, slots, S.One)]), power


def _is_linear(polynomial, generators):
    """Whether a polynomial without content is linear, and so cannot be factored, in a generator with a number."""
    return any(
        (slope := polynomial.coeff(g, 1)).is_number and slope != 0 and polynomial.as_poly(g).degree() == 1
        for g in generators
    )
