"""Functions of a form, entry by entry: exp, log, powers, steps and moduli, taken apart where that is always allowed."""

from sympy import S, exp, log

from .algebra import MOST_STEPS
from .identities import Identities
from .terms import Leaf, components_of, content_of, denominators_of, lead_of, rename, summed_in


class Functions(Identities):
    """exp(a + b) = exp(a)exp(b), (c eᵘ a)ᵖ = cᵖ eᵖᵘ aᵖ for c > 0, and their like."""

    def exponential(self, form):
        """exp of a sum is the product of the exps of its terms."""
        result = self.number(S.One, form)
        for coefficient, factors in form.terms.values():
            if not factors:
                result = self.scale(exp(coefficient), result)
                continue
            if len(factors) == 1 and factors[0][0].label == "log" and factors[0][2] == 1:
                leaf, slots, _ = factors[0]
                inside = self.make(
                    (), (), self.with_indices(leaf.inside[0], {f"x{k}": slot for k, slot in enumerate(slots)})
                )
                part = self.power(inside, coefficient)
            else:
                one = self.make(form.rows, form.cols, [(S.One, factors)], form.sizes)
                part = self.function("exp", [one], power=coefficient)
            result = self.times(result, part, rows=form.rows, cols=form.cols, sizes=form.sizes)
        return result

    def logarithm(self, form):
        """log takes apart what is known to be positive: numbers, exps, and an odd power of one factor."""
        if len(form.terms) != 1:
            return self.logarithm_of_sum(form)
        ((coefficient, factors),) = form.terms.values()
        positive = [f for f in factors if f[0].label == "exp" and not summed_in([f])]
        rest = [f for f in factors if f not in positive]
        parts = []
        for leaf, slots, power in positive:
            names = {f"x{k}": slot for k, slot in enumerate(slots)}
            parts.append(
                self.make(
                    (),
                    (),
                    [
                        (power * c, rename(self.with_fresh_sums(inner), names))
                        for c, inner in leaf.inside[0].terms.values()
                    ],
                )
            )
        if coefficient.is_positive and coefficient != 1:
            parts.append(self.number(log(coefficient)))
            coefficient = S.One
        scale = S.One
        if len(rest) == 1 and rest[0][2].is_Integer and rest[0][2] % 2 and coefficient == 1 and not summed_in(rest):
            scale, rest = rest[0][2], [(rest[0][0], rest[0][1], S.One)]
        if rest or coefficient != 1:
            inside = self.make(form.rows, form.cols, [(coefficient, rest)], form.sizes)
            parts.append(self.scale(scale, self.function("log", [inside])))
        if not parts:
            return self.number(S.Zero, form)
        return self.make(form.rows, form.cols, [t for part in parts for t in part.terms.values()], form.sizes)

    def logarithm_of_sum(self, form):
        """log(e⁻ᵘ + 1) = −u + log(1 + eᵘ): an exp that all terms share comes out."""
        shared = [f for f in content_of(form) if f[0].label == "exp"]
        if not shared:
            return self.function("log", [form])
        inverse = [(leaf, slots, -power) for leaf, slots, power in shared]
        rest = self.make(form.rows, form.cols, [(c, f + inverse) for c, f in form.terms.values()], form.sizes)
        parts = [
            self.logarithm(self.make(form.rows, form.cols, [(S.One, shared)], form.sizes)),
            self.function("log", [rest]),
        ]
        return self.make(form.rows, form.cols, [t for part in parts for t in part.terms.values()], form.sizes)

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
            if len(form.terms) ** int(exponent) > MOST_STEPS:
                raise NotImplementedError("normal_form: the expanded power is too large")
            return self.times(*[form] * int(exponent))
        if len(form.terms) == 1:
            ((coefficient, factors),) = form.terms.values()
            if exponent.is_Integer:
                return self.integer_power(form, coefficient, factors, exponent)
            return self.real_power(form, coefficient, factors, exponent)
        return self.power_of_sum(form, exponent)

    def integer_power(self, form, coefficient, factors, exponent):
        summed = [f for component in components_of(factors) if summed_in(component) for f in component]
        plain = [(f[0], f[1], f[2] * exponent) for f in factors if f not in summed]
        parts = [self.make(form.rows, form.cols, [(coefficient**exponent, plain)], form.sizes)]
        for component in components_of(summed):
            inner = self.make((), (), [(S.One, component)])
            parts.append(self.function("base", [inner], exponent, "base"))
        return self.times(*parts, rows=form.rows, cols=form.cols, sizes=form.sizes)

    def real_power(self, form, coefficient, factors, exponent):
        """(c e^u a)ᵖ = cᵖ e^{pu} aᵖ for c > 0; of what is left, one plain factor keeps its name."""
        positive = [f for f in factors if f[0].label == "exp" and not summed_in([f])]
        rest = [f for f in factors if f not in positive]
        number = S.One
        if coefficient.is_positive:
            number, coefficient = coefficient**exponent, S.One
        plain = [(leaf, slots, power * exponent) for leaf, slots, power in positive]
        squares = [part for part in components_of(rest) if all(p.is_Integer and p % 2 == 0 for _, _, p in part)]
        rest = [f for f in rest if not any(f in part for part in squares)]
        parts = [self.root_of_square(form, part, exponent) for part in squares]
        if len(rest) == 1 and coefficient == 1 and rest[0][2] == 1 and not summed_in(rest):
            plain.append((rest[0][0], rest[0][1], exponent))
            rest = []
        number_form = self.number(number) if number.is_Rational else self.scalar_number(number)
        parts += [number_form, self.make(form.rows, form.cols, [(S.One, plain)], form.sizes)]
        if rest or coefficient != 1:
            inner = self.make(form.rows, form.cols, [(coefficient, rest)], form.sizes)
            parts.append(self.function("base", [inner], exponent, "base"))
        return self.times(*parts, rows=form.rows, cols=form.cols, sizes=form.sizes)

    def root_of_square(self, form, factors, exponent):
        """(a²)ᵖ = |a|²ᵖ, and (Σ a²)ᵖ by itself: neither is negative."""
        if summed_in(factors):
            return self.function(
                "base", [self.make(form.rows, form.cols, [(S.One, factors)], form.sizes)], exponent, "base"
            )
        parts = []
        for leaf, slots, power in factors:
            one = self.make(form.rows, form.cols, [(S.One, [(leaf, slots, S.One)])], form.sizes)
            parts.append(self.function("Abs", [one], power * exponent))
        return self.times(*parts, rows=form.rows, cols=form.cols, sizes=form.sizes)

    def scalar_number(self, value):
        if value.is_number:
            return self.number(value)
        return self.leaf_form(Leaf(f"number({value})", "symbol"), ())

    def power_of_sum(self, form, exponent):
        """A negative or broken power of a sum: numbers and common factors in front, the rest a leaf."""
        if exponent.is_Integer:
            denominators = denominators_of(form)
            if denominators:
                cleared = self.make(
                    form.rows, form.cols, [(c, f + denominators) for c, f in form.terms.values()], form.sizes
                )
                front = self.make(
                    form.rows,
                    form.cols,
                    [(S.One, [(leaf, slots, -power * exponent) for leaf, slots, power in denominators])],
                    form.sizes,
                )
                return self.times(
                    front, self.power(cleared, exponent), rows=form.rows, cols=form.cols, sizes=form.sizes
                )
        lead = lead_of(form)[0]
        scale = lead if exponent.is_Integer else abs(lead)
        content = content_of(form) if exponent.is_Integer else []
        inverse = [(leaf, slots, -power) for leaf, slots, power in content]
        primitive = self.make(
            form.rows, form.cols, [(c / scale, f + inverse) for c, f in form.terms.values()], form.sizes
        )
        front = self.make(
            form.rows,
            form.cols,
            [(S.One, [(leaf, slots, power * exponent) for leaf, slots, power in content])],
            form.sizes,
        )
        number = scale**exponent
        return self.times(
            self.scalar_number(number),
            front,
            self.function("base", [primitive], exponent, "base"),
            rows=form.rows,
            cols=form.cols,
            sizes=form.sizes,
        )


def step(reader, form):
    """H(u), with the leading coefficient of u made 1: H(−u) = 1 − H(u) but for u = 0."""
    if not form.terms:
        return reader.number(S.Half, form)
    lead = lead_of(form)[0]
    if not lead.is_positive and not lead.is_negative:
        return reader.function("Heaviside", [form])
    leaf = reader.function("Heaviside", [reader.scale(1 / lead, form)])
    if lead.is_positive:
        return leaf
    return reader.add(reader.number(S.One, leaf), reader.scale(S.NegativeOne, leaf))


def choose(reader, step, yes, no):
    """step·yes + (1 − step)·no."""
    difference = reader.add(yes, reader.scale(S.NegativeOne, no))
    return reader.add(no, reader.times(step, difference))
