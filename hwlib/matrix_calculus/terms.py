"""The terms of the normal form: factors with indices, and one name for all terms that differ in summed indices only.

A term is a number times factors with indices: tr(AᵀB) is Σᵢⱼ Aᵢⱼ Bᵢⱼ. An index is an int (summed over), a str
(free), ("=", value) for a fixed one, ("&", i, j) for a Kronecker pair.
"""

from hashlib import blake2b

from sympy import S

ZERO = ("=", S.Zero)


class Leaf:
    """A factor's head: a symbol, or a function, inverse or power known by the form of what is inside it."""

    def __init__(self, key, kind, inside=None, symmetric=False, label=None, positive=False):
        self.key, self.kind, self.inside, self.symmetric, self.label = key, kind, inside, symmetric, label
        self.positive = positive


class Form:
    """A sum of terms {canonical key: (coefficient, factors)} over free row and column indices."""

    def __init__(self, rows, cols, terms, sizes=()):
        self.rows, self.cols, self.terms, self.sizes = rows, cols, terms, sizes

    def with_terms_of(self, other):
        """Other terms over these indices."""
        return Form(self.rows, self.cols, other.terms, self.sizes)

    def key(self):
        return (len(self.rows), len(self.cols), frozenset((key, c) for key, (c, _) in self.terms.items()))

    def text(self):
        return "+".join(sorted(f"{c}*{key}" for key, (c, _) in self.terms.items()))


def as_scalar(form):
    return Form((), (), form.terms)


def largest(forms):
    return max(forms, key=lambda form: (len(form.rows) + len(form.cols), len(free_names(form))))


def free_names(form):
    return [index for index in (*form.rows, *form.cols) if isinstance(index, str)]


DELTA = Leaf("δ", "delta", symmetric=True)


def digest(text):
    return blake2b(text.encode(), digest_size=9).hexdigest()


def plain_indices(index):
    """The plain indices of an index."""
    if isinstance(index, tuple) and index[0] == "&":
        for part in index[1:]:
            yield from plain_indices(part)
    else:
        yield index


def renamed(index, names):
    if isinstance(index, tuple) and index[0] == "&":
        return ("&", *[renamed(part, names) for part in index[1:]])
    return names.get(index, index)


def rename(factors, names):
    return [(leaf, tuple(renamed(slot, names) for slot in slots), power) for leaf, slots, power in factors]


def inverted(factors):
    return [(leaf, slots, -power) for leaf, slots, power in factors]


def summed_in(factors):
    """The summed indices of a list of factors."""
    return {i for _, slots, _ in factors for slot in slots for i in plain_indices(slot) if isinstance(i, int)}


def free_in(factors):
    return {i for _, slots, _ in factors for slot in slots for i in plain_indices(slot) if isinstance(i, str)}


# ---------------------------------------------------------------- one name for a term, whatever its indices


def term_key(factors):
    """The same text for two products of factors exactly when they differ in the names of summed indices only."""
    return "·".join(sorted(_component_key(component) for component in components_of(factors)))


def components_of(factors):
    """The factors in groups that share summed indices."""
    return _groups(factors, lambda factor: summed_in([factor]))


def components_of_free(factors):
    """The factors in groups that share any indices."""
    return _groups(factors, lambda factor: summed_in([factor]) | free_in([factor]))


def _groups(factors, indices_of):
    groups = []
    for factor in factors:
        own = indices_of(factor)
        joined, rest = [factor], []
        for indices, members in groups:
            if indices & own:
                own, joined = own | indices, members + joined
            else:
                rest.append((indices, members))
        groups = [*rest, (own, joined)]
    return [members for _, members in groups]


def _component_key(factors):
    summed = summed_in(factors)
    if not summed:
        return "·".join(sorted(_factor_text(factor, {}) for factor in factors))
    return f"({_least_text(factors, dict.fromkeys(summed, '?'))})"  # Σ xᵢyᵢ is not Σ xᵢ Σ yᵢ


def _least_text(factors, colors):
    """The least text over all orders of the summed indices that refinement by neighbors cannot tell apart."""
    colors = _refined(factors, colors)
    classes = {}
    for index, color in colors.items():
        classes.setdefault(color, []).append(index)
    tied = [members for _, members in sorted(classes.items()) if len(members) > 1]
    if not tied:
        order = {index: f"#{k}" for k, (_, index) in enumerate(sorted((c, i) for i, c in colors.items()))}
        return "·".join(sorted(_factor_text(factor, order) for factor in factors))
    return min(_least_text(factors, {**colors, index: colors[index] + "!"}) for index in tied[0])


def _refined(factors, colors):
    while True:
        seen = {index: [] for index in colors}
        for factor in factors:
            leaf, slots, _ = factor
            for place, slot in enumerate(slots):
                for part, index in enumerate(plain_indices(slot)):
                    if index in seen:
                        own = {**colors, index: "@" + colors[index]}
                        seen[index].append(f"{0 if leaf.symmetric else place}.{part}:{_factor_text(factor, own)}")
        finer = {index: digest(colors[index] + "|".join(sorted(seen[index]))) for index in colors}
        if len(set(finer.values())) == len(set(colors.values())):
            return finer
        colors = finer


def _factor_text(factor, names):
    leaf, slots, power = factor
    texts = [_slot_text(slot, names) for slot in slots]
    if leaf.symmetric:
        texts.sort()
    return f"{leaf.key}[{','.join(texts)}]" + ("" if power == 1 else f"^{power}")


def _slot_text(slot, names):
    if isinstance(slot, tuple):
        return f"={slot[1]}" if slot[0] == "=" else "(" + "&".join(_slot_text(part, names) for part in slot[1:]) + ")"
    return str(names.get(slot, slot))


def kind_of(index):
    return "summed" if isinstance(index, int) else "free" if isinstance(index, str) else index[0]


def combined(factors):
    """Equal factors as one with their exponents added."""
    powers, kept = {}, {}
    for leaf, slots, power in factors:
        if leaf is DELTA:
            power = S.One
        if leaf.symmetric and len(slots) == 2:
            slots = tuple(sorted(slots, key=str))
        key = (leaf.key, slots)
        kept[key] = leaf
        powers[key] = S.One if leaf is DELTA else powers.get(key, S.Zero) + power
    return [(kept[key], key[1], _expanded(power)) for key, power in powers.items() if _expanded(power) != 0]


def _expanded(power):
    return power if power.is_Rational else power.expand()


def lead_of(form):
    """The leading term of a sum: no identity, of highest degree, no sum inside where that can be, last by its text."""

    def rank(item):
        key, (_, factors) = item
        degree = sum(power for _, _, power in factors if power.is_Rational)
        plain = not any(leaf is DELTA for leaf, _, _ in factors)
        return (len(factors) > 0, plain, not summed_in(factors), degree, len(factors), key)

    return max(form.terms.items(), key=rank)[1]


def rule_of(form):
    """(leading term, other terms) of a form that is zero, so that rewriting by it ends; None if it has no such term.

    First an inverse, then a symbol that stands in no other term, then the longest product, of matrices before numbers.
    All free indices of the others stand in it.
    """
    terms = list(form.terms.values())
    free = set().union(*(free_in(factors) for _, factors in terms))

    def rank(term):
        _, factors = term
        alone = len(factors) == 1 and not summed_in(factors) and factors[0][2] == 1
        elsewhere = {leaf.key for other in terms if other is not term for leaf, _, _ in other[1]}
        return (
            alone and factors[0][0].kind == "inverse",
            alone and factors[0][0].kind == "symbol" and factors[0][0].key not in elsewhere,
            sum(abs(power) if power.is_Rational else 1 for _, _, power in factors),
            bool(summed_in(factors)),
            term_key(factors),
        )

    able = [t for t in terms if free_in(t[1]) >= free and t[1] and not any(leaf is DELTA for leaf, _, _ in t[1])]
    if not able:
        return None
    lead = max(able, key=rank)
    return lead, [term for term in terms if term is not lead]


def turns(rule):
    """Whether a rule is A = cA': rewriting by it would go on forever."""
    (_, lead), rest = rule
    return len(lead) == len(rest) == 1 and [f[0].key for f in lead] == [f[0].key for f in rest[0][1]]


def denominators_of(form):
    """The powers of sums that clear the negative powers of sums in the terms, without sums inside."""
    worst = {}
    for _, factors in form.terms.values():
        for leaf, slots, power in factors:
            if leaf.kind == "base" and power.is_Integer and power < 0 and not summed_in([(leaf, slots, power)]):
                old = worst.get((leaf.key, slots), (leaf, S.Zero))[1]
                worst[leaf.key, slots] = (leaf, min(old, power))
    return [(leaf, slots, -power) for (_, slots), (leaf, power) in worst.items()]


def content_of(form):
    """The factors, without sums, that all terms share, with the least power."""
    shared = None
    for _, factors in form.terms.values():
        plain = {
            (leaf.key, slots): (leaf, power)
            for leaf, slots, power in factors
            if power.is_Rational and leaf is not DELTA and not summed_in([(leaf, slots, power)])
        }
        if shared is None:
            shared = plain
        else:
            shared = {
                key: (shared[key][0], min(shared[key][1], plain[key][1]))
                if key in plain and key in shared
                else ((shared.get(key) or plain[key])[0], min((shared.get(key) or plain[key])[1], S.Zero))
                for key in {**shared, **plain}
            }
    return [(leaf, key[1], power) for key, (leaf, power) in shared.items() if power != 0]


def same_factor(leaf, slots, other, other_slots):
    return leaf.key == other.key and (slots == other_slots or (leaf.symmetric and slots == other_slots[::-1]))
