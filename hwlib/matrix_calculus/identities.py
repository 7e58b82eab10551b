"""The identities that change a single term: δ carried out, A·A⁻¹ = I, D·D⁻¹ = 1 for a sum D, u·H(u)² = u·H(u)."""

from sympy import S

from .algebra import Algebra
from .terms import (
    DELTA,
    Form,
    Leaf,
    combined,
    digest,
    kind_of,
    lead_of,
    plain_indices,
    rename,
    same_factor,
    summed_in,
    term_key,
    turns,
)


class Identities(Algebra):
    """Terms reduced as far as one factor, met with the others, allows."""

    # -------------------------------------------------------- reducing one term

    def reduced(self, coefficient, factors):
        """(coefficient, factors) of a term that no identity changes, or the list of terms that replaces it."""
        if coefficient == 0:
            return []
        before = summed_in(factors)
        carried_out = self.without_deltas(factors)
        if carried_out is None:
            return []
        factors, gone = carried_out
        factors = combined(factors)
        lost = before - gone - summed_in(factors)
        if lost:
            return self.with_sizes([(coefficient, factors)], [self.size_of[k] for k in lost])
        before = summed_in(factors)
        for position, (leaf, slots, power) in enumerate(factors):
            others = factors[:position] + factors[position + 1 :]
            rewritten = self.rewritten(leaf, slots, power, others)
            if rewritten is not None:
                terms, gone = rewritten
                return self.counted([(coefficient * c, f) for c, f in terms], before - gone)
        for rule in self.rules:
            ruled = self.by_rule(rule, factors) if not turns(rule) else self.turned(rule, factors)
            if ruled is not None:
                terms, gone = ruled
                return self.counted([(coefficient * c, f) for c, f in terms], before - gone)
        return coefficient, factors

    def by_rule(self, rule, factors):
        """What replaces the factors where a rule's leading term is among them, and the sums that are gone; or None."""
        (number, lead), rest = rule
        names = {}
        left = self.match(lead, factors, names)
        if left is None:
            return None
        self.step()
        terms = [(-c / number, left + rename(self.with_fresh_sums(more), names)) for c, more in rest]
        return terms, {names[index] for index in summed_in(lead)}

    def turned(self, rule, factors):
        """As by_rule for A = cA': the first A whose transpose gives a lesser text, or that makes the term zero."""
        (_, ((leaf, _, _),)), _ = rule
        key = term_key(factors)
        for position, factor in enumerate(factors):
            if factor[0].key != leaf.key:
                continue
            ruled = self.by_rule(rule, [factor])
            if ruled is None:
                continue
            (coefficient, turned), gone = ruled[0][0], ruled[1]
            new = factors[:position] + turned + factors[position + 1 :]
            if term_key(new) == key and coefficient != 1:
                return [], gone
            if term_key(new) < key:
                return [(coefficient, new)], gone
        return None

    def counted(self, terms, indices):
        """Terms in which a summed index that no factor carries any more counts its size."""
        result = []
        for c, factors in terms:
            lost = indices - summed_in(factors)
            result += self.with_sizes([(c, factors)], [self.size_of[k] for k in lost]) if lost else [(c, factors)]
        return result

    def without_deltas(self, factors):
        """δᵢⱼ carried out: a summed index becomes the other one; None where a term is zero.

        Returns (factors, summed indices that have become others).
        """
        kept, gone = [], set()
        pending, rest = [f for f in factors if f[0] is DELTA], [f for f in factors if f[0] is not DELTA]
        while pending:
            _, (i, j), _ = pending.pop()
            if i == j:
                continue
            if kind_of(i) == kind_of(j) == "&":
                pending.extend((DELTA, pair, S.One) for pair in zip(i[1:], j[1:], strict=True))
            elif kind_of(i) == kind_of(j) == "=" and (i[1] - j[1]).is_number:
                return None
            else:
                i, j = sorted((i, j), key=lambda index: ("&", "=", "free", "summed").index(kind_of(index)))
                if kind_of(i) == kind_of(j) == "free":
                    i, j = sorted((i, j))
                if kind_of(j) != "summed":
                    kept = rename(kept, {j: i}) + [(DELTA, (i, j), S.One)]
                else:
                    kept = rename(kept, {j: i})
                    gone.add(j)
                if kind_of(j) in ("free", "summed"):
                    rest, pending = rename(rest, {j: i}), rename(pending, {j: i})
        return rest + kept, gone

    def rewritten(self, leaf, slots, power, others):
        """(terms that replace others · leaf[slots]^power, summed indices that are summed away in them), or None."""
        if leaf.label == "Heaviside" and power.is_Integer and power > 1:
            return self.lower_step(leaf, slots, power, others)
        if leaf.kind == "base" and power.is_Rational and power >= 1:
            whole = int(power)
            rest = [(leaf, slots, power - whole)] if power != whole else []
            return self.expanded(self.inside_power(leaf, slots, S(whole)), others + rest), set()
        if leaf.kind == "base" and power.is_Rational and power < 0:
            return self.cancelled_sum(leaf, slots, power, others)
        if leaf.kind in ("inverse", "mpow"):
            return self.cancelled_inverse(leaf, slots, others)
        return None

    def lower_step(self, leaf, slots, power, others):
        """H² = H where u ≠ 0, u·H² = u·H, and H³ = (3H² − H)/2 always."""
        if leaf.key in self.decided or self.vanishes_with(leaf, slots, others):
            return [(S.One, others + [(leaf, slots, S.One)])], set()
        if power > 2:
            lower = [(S(3) / 2, others + [(leaf, slots, power - 1)]), (-S.Half, others + [(leaf, slots, power - 2)])]
            return lower, set()
        names = {f"x{k}": slot for k, slot in enumerate(slots)}
        number, lead = lead_of(leaf.inside[0])
        left = self.match(lead, others, names, taken=summed_in([(leaf, slots, power)]))
        if left is None:
            return None
        result = []
        for c, factors in leaf.inside[0].terms.values():
            term = left + rename(self.with_fresh_sums(factors), names)
            result.append((c / number, term + [(leaf, slots, S.One)]))
            if factors is not lead:
                result.append((-c / number, term + [(leaf, slots, power)]))
        return result, {names[k] for k in summed_in(lead)}

    def vanishes_with(self, step, slots, others):
        """Whether one of the other factors is a power of the step's argument, so that it is 0, or this is not."""
        text = step.key[len(step.label) :]
        single = None
        if len(step.inside[0].terms) == 1:
            ((_, factors),) = step.inside[0].terms.values()
            single = rename(factors, {f"x{k}": slot for k, slot in enumerate(slots)})[0] if len(factors) == 1 else None
        return any(
            power.is_Rational
            and (
                (leaf.kind == "base" and leaf.key == f"base{text}" and leaf_slots == slots)
                or (single is not None and same_factor(leaf, leaf_slots, single[0], single[1]))
            )
            for leaf, leaf_slots, power in others
        )

    def inside_power(self, leaf, slots, power):
        names = {f"x{k}": slot for k, slot in enumerate(slots)}
        inside = Form((), (), {str(k): term for k, term in enumerate(self.with_indices(leaf.inside[0], names))})
        return self.power(self.make((), (), inside.terms.values()), S(power))

    def expanded(self, form, others):
        return [(c, others + self.with_fresh_sums(factors)) for c, factors in form.terms.values()]

    def cancelled_sum(self, leaf, slots, power, others):
        """lead(D)·Dᵖ = Dᵖ⁺¹ − rest(D)·Dᵖ, and the same for a term t of D where a negative power meets Dᵖ."""
        names = {f"x{k}": slot for k, slot in enumerate(slots)}
        terms = list(leaf.inside[0].terms.values())
        lead = lead_of(leaf.inside[0])
        others_left = self.match(lead[1], others, names, taken=summed_in([(leaf, slots, power)]))
        if others_left is not None:
            self.step()
            result = [(1 / lead[0], others_left + ([(leaf, slots, power + 1)] if power != -1 else []))]
            for c, factors in terms:
                if factors is not lead[1]:
                    result.append(
                        (
                            -c / lead[0],
                            others_left + rename(self.with_fresh_sums(factors), names) + [(leaf, slots, power)],
                        )
                    )
            return result, {names[k] for k in summed_in(lead[1])}
        lonely = self.lonely_term(terms, names, others)
        if lonely is None:
            return None
        c, factors = lonely
        inverse = [(f, s, -p) for f, s, p in rename(factors, names)]
        result = [(1 / c, others + inverse + ([(leaf, slots, power + 1)] if power != -1 else []))]
        for d, more in terms:
            if more is not factors:
                result.append(
                    (-d / c, others + inverse + rename(self.with_fresh_sums(more), names) + [(leaf, slots, power)])
                )
        return result, set()

    def lonely_term(self, terms, names, others):
        """The one term of D without the factor that stands among others with a negative power, or None."""
        for leaf, slots, power in others:
            if not (power.is_Rational and power < 0) or leaf.kind == "base":
                continue
            without = [
                (c, f)
                for c, f in terms
                if not any(same_factor(g, s, leaf, slots) and p.is_positive for g, s, p in rename(f, names))
            ]
            if len(without) == 1 and len(terms) > 1 and not summed_in(without[0][1]):
                return without[0]
        return None

    def cancelled_inverse(self, leaf, slots, others):
        """M·M⁻¹ = I on either side, for M a sum by its leading term; and Mᵏ·Mˡ = Mᵏ⁺ˡ."""
        for k, other in enumerate(others):
            if other[0].kind in ("inverse", "mpow") and other[0].inside_text == leaf.inside_text:
                joined = self.joined_powers((leaf, slots), other, others[:k] + others[k + 1 :])
                if joined is not None:
                    return joined
        lead = lead_of(leaf.inside[0])
        terms = leaf.inside[0].terms.values()
        if leaf.kind == "mpow" and len(terms) > 1:
            return None
        for inner, outer, near, far in (("x1", "x0", slots[0], slots[1]), ("x0", "x1", slots[1], slots[0])):
            if not isinstance(near, int) or near == far:
                continue
            names = {inner: near}
            left = self.match(lead[1], others, names, {near}, set(plain_indices(far)) | {near})
            if left is None or names.get(outer) in (None, near):
                continue
            self.step()
            end, gone = names[outer], {near} | {names[k] for k in summed_in(lead[1])}
            if leaf.kind == "mpow":
                ends = (end, far) if inner == "x1" else (far, end)
                return [(1 / lead[0], left + [self.matrix_power(leaf, ends, leaf.exponent + 1)])], gone
            result = [(1 / lead[0], left + [(DELTA, (end, far), S.One)])]
            for c, factors in terms:
                if factors is not lead[1]:
                    middle = self.new_sum(self.size_of[near])
                    fresh = rename(self.with_fresh_sums(factors), {inner: middle, outer: end})
                    ends = (middle, far) if inner == "x1" else (far, middle)
                    result.append((-c / lead[0], left + fresh + [(leaf, ends, S.One)]))
            return result, gone
        return None

    def joined_powers(self, first, other, rest):
        (leaf, slots), (right, right_slots, power) = first, other
        if power != 1:
            return None
        pairs = [(slots, right_slots)]
        if leaf.symmetric:
            pairs += [(slots[::-1], right_slots), (slots, right_slots[::-1]), (slots[::-1], right_slots[::-1])]
        for (i, k), (k2, j) in pairs:
            if k == k2 and isinstance(k, int) and k not in summed_in(rest) and k not in (i, j):
                exponent = leaf.exponent + right.exponent
                if leaf.kind == right.kind == "inverse":
                    return None
                return [(S.One, rest + [self.matrix_power(leaf, (i, j), exponent)])], {k}
        return None

    def matrix_power(self, leaf, slots, exponent):
        """The factor for the power of the matrix that an inverse or power leaf belongs to."""
        exponent = exponent.expand()
        if exponent == 0:
            return (DELTA, slots, S.One)
        if exponent == 1 and len(leaf.inside[0].terms) == 1:
            ((_, factors),) = leaf.inside[0].terms.values()
            if len(factors) == 1:
                return rename(factors, {"x0": slots[0], "x1": slots[1]})[0]
        return (self.power_leaf(leaf.inside_text, leaf.inside, leaf.symmetric, exponent, leaf.size), slots, S.One)

    def power_leaf(self, text, inside, symmetric, exponent, size):
        kind = "inverse" if exponent == -1 else "mpow"
        leaf = Leaf(f"{kind}{exponent}<{digest(text)}>", kind, inside, symmetric, kind)
        leaf.inside_text, leaf.exponent, leaf.size = text, exponent, size
        return leaf

    def match(self, pattern, others, names, private=frozenset(), taken=frozenset()):
        """The factors left when pattern (with names for its free indices) is taken out of others, or None.

        The summed indices of the pattern, and those in private, must occur nowhere outside it, so not in taken.
        Fills in names.
        """
        pattern = sorted(pattern, key=lambda f: -len(f[1]))
        return self.match_from(pattern, others, names, summed_in(pattern), private, taken)

    def match_from(self, pattern, others, names, bound, private, taken):
        if not pattern:
            images = [names[index] for index in bound]
            free = {i for key, value in names.items() if key not in bound for i in plain_indices(value)}
            outside = summed_in(others)
            fits = (
                all(isinstance(i, int) for i in images)
                and len(set(images)) == len(images)
                and not set(images) & (outside | free | taken)
                and not private & outside
            )
            return others if fits else None
        leaf, slots, power = pattern[0]
        for position, (other, other_slots, other_power) in enumerate(others):
            if other.key != leaf.key or not covers(other_power, power):
                continue
            orders = [other_slots, other_slots[::-1]] if leaf.symmetric and len(slots) == 2 else [other_slots]
            for order in orders:
                trial = dict(names)
                if not unify(slots, order, trial):
                    continue
                rest = others[:position] + others[position + 1 :]
                if other_power != power:
                    if bound & {i for slot in slots for i in plain_indices(slot)}:
                        continue
                    rest = rest + [(other, other_slots, other_power - power)]
                left = self.match_from(pattern[1:], rest, trial, bound, private, taken)
                if left is not None:
                    names.update(trial)
                    return left
        return None


def unify(slots, actual, names):
    for slot, value in zip(slots, actual, strict=True):
        if isinstance(slot, tuple):
            if slot != value:
                return False
        elif names.setdefault(slot, value) != value:
            return False
    return True


def covers(power, wanted):
    if power == wanted:
        return True
    return power.is_Rational and wanted.is_Rational and power > wanted > 0
