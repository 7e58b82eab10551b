"""Sums and products of forms: like terms collected, summed indices kept apart."""

from itertools import count, permutations
from time import monotonic

from sympy import S, sympify

from .shapes import same_size
from .terms import (
    DELTA,
    ZERO,
    Form,
    Leaf,
    digest,
    free_in,
    largest,
    lead_of,
    rename,
    summed_in,
    term_key,
)

STEPS_A_LOOK = 50  # rewriting steps between two looks at the clock
MOST_STEPS = 4000  # rewriting steps and products of terms, before the form is given up as too large


class Algebra:
    """Adds and multiplies forms; one for all that is compared."""

    def __init__(self, deadline=None):
        self.fresh, self.size_of, self.known, self.steps, self.deadline = count(), {}, {}, 0, deadline
        self.most_steps = MOST_STEPS
        self.rules = []  # (leading term, the other terms) of what is given as zero
        self.decided = set()  # the keys of steps whose argument is not zero
        self.facts = {kind: set() for kind in ("positive", "nonnegative", "nonzero", "invertible")}
        self.leaves_known = {kind: set() for kind in self.facts}

    def step(self):
        self.steps += 1
        if self.steps > self.most_steps:
            raise NotImplementedError("normal_form: the expanded expression is too large")
        if self.steps % STEPS_A_LOOK == 0 and self.out_of_time():
            raise NotImplementedError("normal_form: out of time")

    def out_of_time(self):
        return self.deadline is not None and monotonic() > self.deadline

    # -------------------------------------------------------- forms

    def make(self, rows, cols, terms, sizes=()):
        """The form of (coefficient, factors) pairs, every term reduced and like terms collected."""
        collected = {}
        pending = list(terms)
        while pending:
            coefficient, factors = pending.pop()
            self.step()
            more = self.reduced(coefficient, factors)
            if isinstance(more, list):
                pending.extend(more)
                continue
            coefficient, factors = more
            key = term_key(factors)
            old = collected.get(key, (S.Zero, None))[0]
            value = old + coefficient
            if not value.is_Rational:
                value = value.expand()
            collected[key] = (value, factors)
        return Form(rows, cols, {key: term for key, term in collected.items() if term[0] != 0}, sizes)

    def number(self, value, like=None):
        rows, cols, sizes = (like.rows, like.cols, like.sizes) if like else ((), (), ())
        return Form(rows, cols, {"": (value, [])} if value != 0 else {}, sizes)

    def add(self, *forms):
        like = largest(forms)
        return self.make(like.rows, like.cols, [term for form in forms for term in form.terms.values()], like.sizes)

    def scale(self, number, form):
        return Form(form.rows, form.cols, {key: (number * c, f) for key, (c, f) in form.terms.items()}, form.sizes)

    def times(self, *forms, rows=None, cols=None, sizes=None):
        """The product of the entries of forms; free indices of the same name are the same index."""
        terms = [(S.One, [])]
        for form in forms:
            products = []
            for c, factors in terms:
                for d, more in form.terms.values():
                    self.step()
                    products.append((c * d, factors + self.with_fresh_sums(more)))
            terms = products
        shaped = largest(forms)
        return self.make(
            shaped.rows if rows is None else rows,
            shaped.cols if cols is None else cols,
            terms,
            shaped.sizes if sizes is None else sizes,
        )

    def with_fresh_sums(self, factors):
        return rename(factors, {index: self.new_sum(self.size_of[index]) for index in summed_in(factors)})

    def new_sum(self, size):
        index = next(self.fresh)
        self.size_of[index] = size
        return index

    def with_indices(self, form, names):
        """The terms of a form with its free indices replaced, its summed ones fresh."""
        return [(c, rename(self.with_fresh_sums(factors), names)) for c, factors in form.terms.values()]

    def aligned(self, forms):
        """Forms of one shape over the same free indices; a Kronecker pair splits the index of the others."""
        by_rows, by_cols = max(forms, key=lambda form: len(form.rows)), max(forms, key=lambda form: len(form.cols))
        rows, cols, sizes = by_rows.rows, by_cols.cols, (by_rows.sizes[0], by_cols.sizes[1])
        aligned = []
        for form in forms:
            names = {
                **split_names(form.rows, form.sizes[0], rows, sizes[0]),
                **split_names(form.cols, form.sizes[1], cols, sizes[1]),
            }
            aligned.append(self.make(rows, cols, self.with_indices(form, names), sizes))
        return aligned

    def contracted(self, terms, indices):
        """The terms summed over these indices: one that does not occur counts its size."""
        result = []
        for coefficient, factors in terms:
            missing = [self.size_of[k] for k in indices if k not in summed_in(factors)]
            result += self.with_sizes([(coefficient, factors)], missing) if missing else [(coefficient, factors)]
        return result

    def with_sizes(self, terms, sizes):
        for size in sizes:
            terms = [
                (c * d, factors + more)
                for c, factors in terms
                for d, more in self.scalar(sympify(size), {}, {}).terms.values()
            ]
        return terms

    def matrix_product(self, left, right):
        """The form of the product of two matrices."""
        sizes = left.sizes[1] if len(left.cols) >= len(right.rows) else right.sizes[0]
        longer = left.cols if len(left.cols) >= len(right.rows) else right.rows
        summed = [
            self.new_sum(size) if isinstance(index, str) else ZERO for index, size in zip(longer, sizes, strict=True)
        ]
        names = [
            split_names(own, own_sizes, summed, sizes)
            for own, own_sizes in ((left.cols, left.sizes[1]), (right.rows, right.sizes[0]))
        ]
        terms = []
        for c, factors in self.with_indices(left, names[0]):
            for d, more in self.with_indices(right, names[1]):
                self.step()
                terms.append((c * d, factors + more))
        # each term gets summed indices of its own
        separate = []
        for c, factors in self.contracted(terms, [k for k in summed if isinstance(k, int)]):
            separate.append((c, self.with_fresh_sums(factors)))
        return self.make(left.rows, right.cols, separate, (left.sizes[0], right.sizes[1]))

    # -------------------------------------------------------- what is known of signs

    def knows(self, kind, form):
        """Whether a form is one of those given as positive, not negative, or not zero."""
        return bool(self.facts[kind]) and self.name_of(form) in self.facts[kind]

    def name_of(self, form):
        """One name for all positive multiples of a form, whatever its free indices are called."""
        scale = abs(lead_of(form)[0])
        ((_, ((leaf, _, _),)),) = self.function("", [self.scale(1 / scale, form)]).terms.values()
        return leaf.key

    # -------------------------------------------------------- leaves

    def leaf_form(self, leaf, slots, rows=(), cols=(), sizes=(), power=S.One):
        return self.make(rows, cols, [(S.One, [(leaf, tuple(slots), power)])], sizes)

    def free_indices(self, shape):
        rows, cols = shape
        return (("r0",) if not same_size(rows, 1) else (ZERO,)), (("c0",) if not same_size(cols, 1) else (ZERO,))

    def open_sizes(self, forms):
        """In words the sizes that the texts of forms leave open: those of free indices that only δ carries.

        What else carries an index has its size in its own name: exp(I) of size n is not exp(I) of size m.
        """
        factors = [factor for form in forms for _, term in form.terms.values() for factor in term]
        carried = free_in([factor for factor in factors if factor[0] is not DELTA])
        left_open = [free_in([factor]) for factor in factors if factor[0] is DELTA and not free_in([factor]) & carried]
        if not left_open:
            return ""
        known = {
            index: size
            for form in forms
            for indices, sizes in zip((form.rows, form.cols), form.sizes, strict=False)
            for index, size in zip(indices, sizes, strict=True)
        }
        if not set().union(*left_open) <= set(known):
            raise NotImplementedError("normal_form: an identity whose size is not known here")
        return "@" + ",".join(sorted({str(S(known[index]).expand()) for indices in left_open for index in indices}))

    def function(self, label, forms, power=S.One, kind="function"):
        """A leaf for label(forms…), over the free indices that occur in them, in the order of least text."""
        free = sorted(set().union(*[free_in(factors) for form in forms for _, factors in form.terms.values()], set()))
        best, symmetric = None, False
        for order in permutations(free):
            names = {index: f"x{place}" for place, index in enumerate(order)}
            inside = [self.make((), (), self.with_indices(form, names)) for form in forms]
            text = "|".join(form.text() for form in inside)
            if best is None or text < best[0]:
                best = (text, order, inside)
            elif text == best[0]:
                symmetric = len(free) == 2
        text, order, inside = best
        leaf = Leaf(f"{label}<{digest(text + self.open_sizes(forms))}>", kind, inside, symmetric, label)
        like = largest(forms)
        return self.leaf_form(leaf, order, like.rows, like.cols, like.sizes, power)


def split_names(own, own_sizes, common, sizes):
    """Names that turn one side's indices into the common ones; a single index becomes a Kronecker pair."""
    if len(own) == len(common):
        if not all(map(same_size, own_sizes, sizes)):
            if len(own) > 1:
                raise NotImplementedError("normal_form: Kronecker products of different splits")
            raise ValueError(f"normal_form: sizes {own_sizes[0]} and {sizes[0]} cannot agree")
        return {old: new for old, new in zip(own, common, strict=True) if isinstance(old, str)}
    if len(own) != 1 or not isinstance(own[0], str):
        raise NotImplementedError("normal_form: Kronecker products of different splits")
    return {own[0]: ("&", *common)}
