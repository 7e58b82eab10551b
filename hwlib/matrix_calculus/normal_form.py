"""When are two matrix expressions the same, for all sizes: a normal form in index notation.

Every expression is read as a sum of terms, a term as a number times factors with indices: tr(AᵀB) is
Σᵢⱼ Aᵢⱼ Bᵢⱼ, diag(x)A is xᵢ Aᵢⱼ, A∘B is Aᵢⱼ Bᵢⱼ, a one is no factor at all. In this notation associativity,
transposes, cyclic traces, commuting Hadamard factors and distribution cost nothing: two terms are equal when one
is the other with its summed indices renamed. Functions, inverses and powers of sums are factors of their own,
known by the normal form of what is inside them. A few identities are applied on the way: A·A⁻¹ = I,
exp(a + b) = exp(a)exp(b), D·D⁻¹ = 1 for a sum D, sin² + cos² = 1.

Equal normal forms prove equality wherever both sides are defined; different ones prove nothing.
"""

from hashlib import blake2b
from itertools import count, permutations

from sympy import (
    Abs,
    Add,
    Adjoint,
    Determinant,
    DiagMatrix,
    Expr,
    FunctionMatrix,
    HadamardPower,
    HadamardProduct,
    Heaviside,
    Identity,
    Inverse,
    KroneckerDelta,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    Max,
    Min,
    Mul,
    OneMatrix,
    Piecewise,
    Pow,
    S,
    Sum,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    cos,
    cot,
    csc,
    exp,
    log,
    sec,
    sign,
    sin,
    srepr,
    sympify,
    tan,
)
from sympy.core.relational import GreaterThan, LessThan, StrictGreaterThan, StrictLessThan
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.matrixbase import MatrixBase

from .rules import T
from .writing import is_symmetric, same_size

MOST_STEPS = 4000  # rewriting steps and products of terms, before the form is given up as too large


def normal_form(expr):
    """The normal form of a matrix or scalar expression: equal forms are a proof of equality for all sizes.

    Returns a hashable value. Raises NotImplementedError where an expression has no such form or a too large one.
    """
    reader = _Reader()
    return reader.form(sympify(expr)).key()


def proved_equal(left, right):
    """Whether the normal form of left − right is zero (scalars, or matrices of one shape)."""
    reader = _Reader()
    left, right = (reader.form(sympify(side)) for side in (left, right))
    if left.rows not in ((), (ZERO,)) or right.rows not in ((), (ZERO,)):
        left, right = reader.aligned([left, right])
    return not reader.add(left, reader.scale(S.NegativeOne, right)).terms


# An index is an int (summed over), a str (free), ("=", value) for a fixed one, ("&", i, j) for a Kronecker pair.
ZERO = ("=", S.Zero)


class _Leaf:
    """A factor's head: a symbol, or a function, inverse or power known by the form of what is inside it."""

    def __init__(self, key, kind, inside=None, symmetric=False, label=None):
        self.key, self.kind, self.inside, self.symmetric, self.label = key, kind, inside, symmetric, label


class _Form:
    """A sum of terms {canonical key: (coefficient, factors)} over free row and column indices."""

    def __init__(self, rows, cols, terms, sizes=()):
        self.rows, self.cols, self.terms, self.sizes = rows, cols, terms, sizes

    def key(self):
        return (len(self.rows), len(self.cols), frozenset((key, c) for key, (c, _) in self.terms.items()))

    def text(self):
        return "+".join(sorted(f"{c}*{key}" for key, (c, _) in self.terms.items()))


def _largest(forms):
    return max(forms, key=lambda form: (len(form.rows) + len(form.cols), len(_free_names(form))))


def _free_names(form):
    return [index for index in (*form.rows, *form.cols) if isinstance(index, str)]


DELTA = _Leaf("δ", "delta", symmetric=True)


def _digest(text):
    return blake2b(text.encode(), digest_size=9).hexdigest()


def _indices(index):
    """The plain indices of an index."""
    if isinstance(index, tuple) and index[0] == "&":
        for part in index[1:]:
            yield from _indices(part)
    else:
        yield index


def _renamed(index, names):
    if isinstance(index, tuple) and index[0] == "&":
        return ("&", *[_renamed(part, names) for part in index[1:]])
    return names.get(index, index)


def _rename(factors, names):
    return [(leaf, tuple(_renamed(slot, names) for slot in slots), power) for leaf, slots, power in factors]


def _summed(factors):
    """The summed indices of a list of factors."""
    return {i for _, slots, _ in factors for slot in slots for i in _indices(slot) if isinstance(i, int)}


def _free(factors):
    return {i for _, slots, _ in factors for slot in slots for i in _indices(slot) if isinstance(i, str)}


# ---------------------------------------------------------------- one name for a term, whatever its indices


def _term_key(factors):
    """The same text for two products of factors exactly when they differ in the names of summed indices only."""
    return "·".join(sorted(_component_key(component) for component in _components(factors)))


def _components(factors):
    """The factors in groups that share summed indices."""
    groups = []
    for factor in factors:
        own = _summed([factor])
        joined, rest = [factor], []
        for indices, members in groups:
            if indices & own:
                own, joined = own | indices, members + joined
            else:
                rest.append((indices, members))
        groups = [*rest, (own, joined)]
    return [members for _, members in groups]


def _component_key(factors):
    summed = _summed(factors)
    if not summed:
        return "·".join(sorted(_factor_text(factor, {}) for factor in factors))
    return _least_text(factors, dict.fromkeys(summed, "?"))


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
                for part, index in enumerate(_indices(slot)):
                    if index in seen:
                        own = {**colors, index: "@" + colors[index]}
                        seen[index].append(f"{0 if leaf.symmetric else place}.{part}:{_factor_text(factor, own)}")
        finer = {index: _digest(colors[index] + "|".join(sorted(seen[index]))) for index in colors}
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


# ---------------------------------------------------------------- reading an expression


class _Reader:
    """Reads expressions into forms; one reader for all that is compared."""

    def __init__(self):
        self.fresh, self.size_of, self.known, self.steps = count(), {}, {}, 0

    def step(self):
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise NotImplementedError("normal_form: the expanded expression is too large")

    def form(self, expr):
        if expr not in self.known:
            self.known[expr] = self.read(expr)
        return self.known[expr]

    def read(self, expr):
        if not expr.is_Matrix:
            return self.scalar(expr, {}, {})
        reader = _READERS.get(type(expr))
        if reader is not None:
            return reader(self, expr)
        if isinstance(expr, MatrixBase):
            return self.symbol(expr, _digest(srepr(expr)))
        return self.symbol(expr, self.opaque_text(expr))

    def opaque_text(self, expr):
        """A name for a node that the form does not look into: its type, and the forms of its arguments."""
        parts = [
            self.form(arg).text() if isinstance(arg, Expr) and not arg.is_Atom else srepr(arg) for arg in expr.args
        ]
        return f"{type(expr).__name__}({_digest('|'.join(parts))})"

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
            key = _term_key(factors)
            old = collected.get(key, (S.Zero, None))[0]
            value = old + coefficient
            if not value.is_Rational:
                value = value.expand()
            collected[key] = (value, factors)
        return _Form(rows, cols, {key: term for key, term in collected.items() if term[0] != 0}, sizes)

    def number(self, value, like=None):
        rows, cols, sizes = (like.rows, like.cols, like.sizes) if like else ((), (), ())
        return _Form(rows, cols, {"": (value, [])} if value != 0 else {}, sizes)

    def add(self, *forms):
        like = _largest(forms)
        return self.make(like.rows, like.cols, [term for form in forms for term in form.terms.values()], like.sizes)

    def scale(self, number, form):
        return _Form(form.rows, form.cols, {key: (number * c, f) for key, (c, f) in form.terms.items()}, form.sizes)

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
        shaped = _largest(forms)
        return self.make(
            shaped.rows if rows is None else rows,
            shaped.cols if cols is None else cols,
            terms,
            shaped.sizes if sizes is None else sizes,
        )

    def with_fresh_sums(self, factors):
        return _rename(factors, {index: self.new_sum(self.size_of[index]) for index in _summed(factors)})

    def new_sum(self, size):
        index = next(self.fresh)
        self.size_of[index] = size
        return index

    def with_indices(self, form, names):
        """The terms of a form with its free indices replaced, its summed ones fresh."""
        return [(c, _rename(self.with_fresh_sums(factors), names)) for c, factors in form.terms.values()]

    def aligned(self, forms):
        """Forms of one shape over the same free indices; a Kronecker pair splits the index of the others."""
        by_rows, by_cols = max(forms, key=lambda form: len(form.rows)), max(forms, key=lambda form: len(form.cols))
        rows, cols, sizes = by_rows.rows, by_cols.cols, (by_rows.sizes[0], by_cols.sizes[1])
        aligned = []
        for form in forms:
            names = {
                **_split(form.rows, form.sizes[0], rows, sizes[0]),
                **_split(form.cols, form.sizes[1], cols, sizes[1]),
            }
            aligned.append(self.make(rows, cols, self.with_indices(form, names), sizes))
        return aligned

    def contracted(self, terms, indices):
        """The terms summed over these indices: one that does not occur counts its size."""
        result = []
        for coefficient, factors in terms:
            missing = [self.size_of[k] for k in indices if k not in _summed(factors)]
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

    # -------------------------------------------------------- leaves

    def leaf_form(self, leaf, slots, rows=(), cols=(), sizes=(), power=S.One):
        return self.make(rows, cols, [(S.One, [(leaf, tuple(slots), power)])], sizes)

    def symbol(self, expr, text):
        rows, cols = self.free_indices(expr.shape)
        leaf = _Leaf(text, "symbol", symmetric=is_symmetric(expr) and not isinstance(rows[0], tuple))
        return self.leaf_form(leaf, (*rows, *cols), rows, cols, tuple((n,) for n in expr.shape))

    def free_indices(self, shape):
        rows, cols = shape
        return (("r0",) if not same_size(rows, 1) else (ZERO,)), (("c0",) if not same_size(cols, 1) else (ZERO,))

    def function(self, label, forms, power=S.One, kind="function"):
        """A leaf for label(forms…), over the free indices that occur in them, in the order of least text."""
        free = sorted(set().union(*[_free(factors) for form in forms for _, factors in form.terms.values()], set()))
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
        leaf = _Leaf(f"{label}<{_digest(text)}>", kind, inside, symmetric, label)
        like = _largest(forms)
        return self.leaf_form(leaf, order, like.rows, like.cols, like.sizes, power)

    # -------------------------------------------------------- scalars and entries

    def scalar(self, expr, env, indices):
        """The form of a scalar expression whose symbols may stand for forms (env) or for indices."""
        if expr in env:
            return env[expr]
        if expr.is_number and not expr.has(MatrixElement):
            return self.number(expr)
        handler = next((h for t, h in _SCALARS if isinstance(expr, t)), None)
        if handler is not None:
            return handler(self, expr, env, indices)
        if isinstance(expr, Symbol):
            return self.leaf_form(_Leaf(f"{expr.name}{_assumptions(expr)}", "symbol"), ())
        if getattr(expr, "is_Matrix", False):
            return self.form(expr)
        if not isinstance(expr, Expr):
            raise NotImplementedError(f"normal_form: {type(expr).__name__} {expr}")
        if expr.has(*env) and not expr.is_Function:  # a derivative of an unknown function, say
            if len(env) != 1:
                raise NotImplementedError(f"normal_form: {type(expr).__name__} {expr}")
            ((symbol, form),) = env.items()
            return self.function(srepr(expr.subs(symbol, T)), [form])
        if not expr.args:
            return self.leaf_form(_Leaf(srepr(expr), "symbol"), ())
        return self.function(str(expr.func), [self.scalar(arg, env, indices) for arg in expr.args])

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
        positive = [f for f in factors if f[0].label == "exp" and not _summed([f])]
        rest = [f for f in factors if f not in positive]
        parts = []
        for leaf, slots, power in positive:
            names = {f"x{k}": slot for k, slot in enumerate(slots)}
            parts.append(
                self.make(
                    (),
                    (),
                    [
                        (power * c, _rename(self.with_fresh_sums(inner), names))
                        for c, inner in leaf.inside[0].terms.values()
                    ],
                )
            )
        if coefficient.is_positive and coefficient != 1:
            parts.append(self.number(log(coefficient)))
            coefficient = S.One
        scale = S.One
        if len(rest) == 1 and rest[0][2].is_Integer and rest[0][2] % 2 and coefficient == 1 and not _summed(rest):
            scale, rest = rest[0][2], [(rest[0][0], rest[0][1], S.One)]
        if rest or coefficient != 1:
            inside = self.make(form.rows, form.cols, [(coefficient, rest)], form.sizes)
            parts.append(self.scale(scale, self.function("log", [inside])))
        if not parts:
            return self.number(S.Zero, form)
        return self.make(form.rows, form.cols, [t for part in parts for t in part.terms.values()], form.sizes)

    def logarithm_of_sum(self, form):
        """log(e⁻ᵘ + 1) = −u + log(1 + eᵘ): an exp that all terms share comes out."""
        shared = [f for f in _content(form) if f[0].label == "exp"]
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
        summed = [f for component in _components(factors) if _summed(component) for f in component]
        plain = [(f[0], f[1], f[2] * exponent) for f in factors if f not in summed]
        parts = [self.make(form.rows, form.cols, [(coefficient**exponent, plain)], form.sizes)]
        for component in _components(summed):
            inner = self.make((), (), [(S.One, component)])
            parts.append(self.function("base", [inner], exponent, "base"))
        return self.times(*parts, rows=form.rows, cols=form.cols, sizes=form.sizes)

    def real_power(self, form, coefficient, factors, exponent):
        """(c e^u a)ᵖ = cᵖ e^{pu} aᵖ for c > 0; of what is left, one plain factor keeps its name."""
        positive = [f for f in factors if f[0].label == "exp" and not _summed([f])]
        rest = [f for f in factors if f not in positive]
        number = S.One
        if coefficient.is_positive:
            number, coefficient = coefficient**exponent, S.One
        plain = [(leaf, slots, power * exponent) for leaf, slots, power in positive]
        squares = [part for part in _components(rest) if all(p.is_Integer and p % 2 == 0 for _, _, p in part)]
        rest = [f for f in rest if not any(f in part for part in squares)]
        parts = [self.root_of_square(form, part, exponent) for part in squares]
        if len(rest) == 1 and coefficient == 1 and rest[0][2] == 1 and not _summed(rest):
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
        if _summed(factors):
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
        return self.leaf_form(_Leaf(f"number({value})", "symbol"), ())

    def power_of_sum(self, form, exponent):
        """A negative or broken power of a sum: numbers and common factors in front, the rest a leaf."""
        if exponent.is_Integer:
            denominators = _denominators(form)
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
        lead = _lead(form)[0]
        scale = lead if exponent.is_Integer else abs(lead)
        content = _content(form) if exponent.is_Integer else []
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

    # -------------------------------------------------------- reducing one term

    def reduced(self, coefficient, factors):
        """(coefficient, factors) of a term that no identity changes, or the list of terms that replaces it."""
        if coefficient == 0:
            return []
        carried_out = self.without_deltas(factors)
        if carried_out is None:
            return []
        factors, sizes = carried_out
        if sizes:
            return self.with_sizes([(coefficient, factors)], sizes)
        factors = _combined(factors)
        for position, (leaf, slots, power) in enumerate(factors):
            others = factors[:position] + factors[position + 1 :]
            rewritten = self.rewritten(leaf, slots, power, others)
            if rewritten is not None:
                return [(coefficient * c, f) for c, f in rewritten]
        return coefficient, factors

    def without_deltas(self, factors):
        """δᵢⱼ carried out: a summed index becomes the other one, δᵢᵢ its size; None where a term is zero.

        Returns (factors, sizes that multiply the term).
        """
        kept, sizes = [], []
        pending, rest = [f for f in factors if f[0] is DELTA], [f for f in factors if f[0] is not DELTA]
        while pending:
            _, (i, j), _ = pending.pop()
            if i == j:
                elsewhere = _summed(rest + pending + kept)
                sizes += [self.size_of[k] for k in _indices(i) if isinstance(k, int) and k not in elsewhere]
            elif _kind(i) == _kind(j) == "&":
                pending.extend((DELTA, pair, S.One) for pair in zip(i[1:], j[1:], strict=True))
            elif _kind(i) == _kind(j) == "=" and (i[1] - j[1]).is_number:
                return None
            else:
                i, j = sorted((i, j), key=lambda index: ("&", "=", "free", "summed").index(_kind(index)))
                if _kind(i) == _kind(j) == "free":
                    i, j = sorted((i, j))
                if _kind(j) != "summed":
                    kept = _rename(kept, {j: i}) + [(DELTA, (i, j), S.One)]
                else:
                    kept = _rename(kept, {j: i})
                if _kind(j) in ("free", "summed"):
                    rest, pending = _rename(rest, {j: i}), _rename(pending, {j: i})
        return rest + kept, sizes

    def rewritten(self, leaf, slots, power, others):
        """The terms that replace others · leaf[slots]^power, or None."""
        if leaf.label == "Heaviside" and power.is_Integer and power > 1:
            return [(S.One, others + [(leaf, slots, S.One)])]
        if leaf.label == "Abs" and power.is_Integer and power != 1:
            odd = power % 2
            return self.expanded(self.inside_power(leaf, slots, power - odd), others + [(leaf, slots, S.One)] * odd)
        if leaf.label == "sin" and power.is_Integer and power > 1:
            cosine = self.sibling("cos", leaf)
            low = [(leaf, slots, power - 2)] if power > 2 else []
            return [(S.One, others + low), (S.NegativeOne, others + low + [(cosine, slots, S(2))])]
        if leaf.kind == "base" and power.is_Rational and power >= 1:
            whole = int(power)
            rest = [(leaf, slots, power - whole)] if power != whole else []
            return self.expanded(self.inside_power(leaf, slots, S(whole)), others + rest)
        if leaf.kind == "base" and power.is_Rational and power < 0:
            return self.cancelled_sum(leaf, slots, power, others)
        if leaf.kind in ("inverse", "mpow"):
            return self.cancelled_inverse(leaf, slots, others)
        return None

    def sibling(self, label, leaf):
        return _Leaf(label + leaf.key[len(leaf.label) :], leaf.kind, leaf.inside, leaf.symmetric, label)

    def inside_power(self, leaf, slots, power):
        names = {f"x{k}": slot for k, slot in enumerate(slots)}
        inside = _Form((), (), {str(k): term for k, term in enumerate(self.with_indices(leaf.inside[0], names))})
        return self.power(self.make((), (), inside.terms.values()), S(power))

    def expanded(self, form, others):
        return [(c, others + self.with_fresh_sums(factors)) for c, factors in form.terms.values()]

    def cancelled_sum(self, leaf, slots, power, others):
        """lead(D)·Dᵖ = Dᵖ⁺¹ − rest(D)·Dᵖ, and the same for a term t of D where a negative power meets Dᵖ."""
        names = {f"x{k}": slot for k, slot in enumerate(slots)}
        terms = list(leaf.inside[0].terms.values())
        lead = _lead(leaf.inside[0])
        others_left = self.match(lead[1], others, names, taken=_summed([(leaf, slots, power)]))
        if others_left is not None:
            self.step()
            result = [(1 / lead[0], others_left + ([(leaf, slots, power + 1)] if power != -1 else []))]
            for c, factors in terms:
                if factors is not lead[1]:
                    result.append(
                        (
                            -c / lead[0],
                            others_left + _rename(self.with_fresh_sums(factors), names) + [(leaf, slots, power)],
                        )
                    )
            return result
        lonely = self.lonely_term(terms, names, others)
        if lonely is None:
            return None
        c, factors = lonely
        inverse = [(f, s, -p) for f, s, p in _rename(factors, names)]
        result = [(1 / c, others + inverse + ([(leaf, slots, power + 1)] if power != -1 else []))]
        for d, more in terms:
            if more is not factors:
                result.append(
                    (-d / c, others + inverse + _rename(self.with_fresh_sums(more), names) + [(leaf, slots, power)])
                )
        return result

    def lonely_term(self, terms, names, others):
        """The one term of D without the factor that stands among others with a negative power, or None."""
        for leaf, slots, power in others:
            if not (power.is_Rational and power < 0) or leaf.kind == "base":
                continue
            without = [
                (c, f)
                for c, f in terms
                if not any(_same(g, s, leaf, slots) and p.is_positive for g, s, p in _rename(f, names))
            ]
            if len(without) == 1 and len(terms) > 1 and not _summed(without[0][1]):
                return without[0]
        return None

    def cancelled_inverse(self, leaf, slots, others):
        """M·M⁻¹ = I on either side, for M a sum by its leading term; and Mᵏ·Mˡ = Mᵏ⁺ˡ."""
        for k, other in enumerate(others):
            if other[0].kind in ("inverse", "mpow") and other[0].inside_text == leaf.inside_text:
                joined = self.joined_powers((leaf, slots), other, others[:k] + others[k + 1 :])
                if joined is not None:
                    return joined
        lead = _lead(leaf.inside[0])
        terms = leaf.inside[0].terms.values()
        if leaf.kind == "mpow" and len(terms) > 1:
            return None
        for inner, outer, near, far in (("x1", "x0", slots[0], slots[1]), ("x0", "x1", slots[1], slots[0])):
            if not isinstance(near, int) or near == far:
                continue
            names = {inner: near}
            left = self.match(lead[1], others, names, {near}, set(_indices(far)) | {near})
            if left is None or names.get(outer) in (None, near):
                continue
            self.step()
            end = names[outer]
            if leaf.kind == "mpow":
                ends = (end, far) if inner == "x1" else (far, end)
                return [(1 / lead[0], left + [self.matrix_power(leaf, ends, leaf.exponent + 1)])]
            result = [(1 / lead[0], left + [(DELTA, (end, far), S.One)])]
            for c, factors in terms:
                if factors is not lead[1]:
                    middle = self.new_sum(self.size_of[near])
                    fresh = _rename(self.with_fresh_sums(factors), {inner: middle, outer: end})
                    ends = (middle, far) if inner == "x1" else (far, middle)
                    result.append((-c / lead[0], left + fresh + [(leaf, ends, S.One)]))
            return result
        return None

    def joined_powers(self, first, other, rest):
        (leaf, slots), (right, right_slots, power) = first, other
        if power != 1:
            return None
        pairs = [(slots, right_slots)]
        if leaf.symmetric:
            pairs += [(slots[::-1], right_slots), (slots, right_slots[::-1]), (slots[::-1], right_slots[::-1])]
        for (i, k), (k2, j) in pairs:
            if k == k2 and isinstance(k, int) and k not in _summed(rest) and k not in (i, j):
                exponent = leaf.exponent + right.exponent
                if leaf.kind == right.kind == "inverse":
                    return None
                return [(S.One, rest + [self.matrix_power(leaf, (i, j), exponent)])]
        return None

    def matrix_power(self, leaf, slots, exponent):
        """The factor for the power of the matrix that an inverse or power leaf belongs to."""
        exponent = exponent.expand()
        if exponent == 0:
            return (DELTA, slots, S.One)
        if exponent == 1 and len(leaf.inside[0].terms) == 1:
            ((_, factors),) = leaf.inside[0].terms.values()
            if len(factors) == 1:
                return _rename(factors, {"x0": slots[0], "x1": slots[1]})[0]
        return (self.power_leaf(leaf.inside_text, leaf.inside, leaf.symmetric, exponent), slots, S.One)

    def power_leaf(self, text, inside, symmetric, exponent):
        kind = "inverse" if exponent == -1 else "mpow"
        leaf = _Leaf(f"{kind}{exponent}<{_digest(text)}>", kind, inside, symmetric, kind)
        leaf.inside_text, leaf.exponent = text, exponent
        return leaf

    def match(self, pattern, others, names, private=frozenset(), taken=frozenset()):
        """The factors left when pattern (with names for its free indices) is taken out of others, or None.

        The summed indices of the pattern, and those in private, must occur nowhere outside it, so not in taken.
        Fills in names.
        """
        pattern = sorted(pattern, key=lambda f: -len(f[1]))
        return self.match_from(pattern, others, names, _summed(pattern), private, taken)

    def match_from(self, pattern, others, names, bound, private, taken):
        if not pattern:
            images = [names[index] for index in bound]
            free = {i for key, value in names.items() if key not in bound for i in _indices(value)}
            outside = _summed(others)
            fits = (
                all(isinstance(i, int) for i in images)
                and len(set(images)) == len(images)
                and not set(images) & (outside | free | taken)
                and not private & outside
            )
            return others if fits else None
        leaf, slots, power = pattern[0]
        for position, (other, other_slots, other_power) in enumerate(others):
            if other.key != leaf.key or not _covers(other_power, power):
                continue
            orders = [other_slots, other_slots[::-1]] if leaf.symmetric and len(slots) == 2 else [other_slots]
            for order in orders:
                trial = dict(names)
                if not _unify(slots, order, trial):
                    continue
                rest = others[:position] + others[position + 1 :]
                if other_power != power:
                    if bound & {i for slot in slots for i in _indices(slot)}:
                        continue
                    rest = rest + [(other, other_slots, other_power - power)]
                left = self.match_from(pattern[1:], rest, trial, bound, private, taken)
                if left is not None:
                    names.update(trial)
                    return left
        return None


def _unify(slots, actual, names):
    for slot, value in zip(slots, actual, strict=True):
        if isinstance(slot, tuple):
            if slot != value:
                return False
        elif names.setdefault(slot, value) != value:
            return False
    return True


def _covers(power, wanted):
    if power == wanted:
        return True
    return power.is_Rational and wanted.is_Rational and power > wanted > 0


def _same(leaf, slots, other, other_slots):
    return leaf.key == other.key and (slots == other_slots or (leaf.symmetric and slots == other_slots[::-1]))


def _kind(index):
    return "summed" if isinstance(index, int) else "free" if isinstance(index, str) else index[0]


def _assumptions(symbol):
    """A name for the assumptions of a symbol that differ from the usual ones."""
    given = {key: value for key, value in symbol.assumptions0.items() if key != "commutative"}
    return (
        ""
        if not given
        else "'"
        + _digest(str(sorted(given.items())))[:4]
        + (str(symbol.dummy_index) if hasattr(symbol, "dummy_index") else "")
    )


def _combined(factors):
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


def _lead(form):
    """The leading term of a sum: no identity, of highest degree, no sum inside where that can be, last by its text."""

    def rank(item):
        key, (_, factors) = item
        degree = sum(power for _, _, power in factors if power.is_Rational)
        plain = not any(leaf is DELTA for leaf, _, _ in factors)
        return (len(factors) > 0, plain, not _summed(factors), degree, len(factors), key)

    return max(form.terms.items(), key=rank)[1]


def _denominators(form):
    """The powers of sums that clear the negative powers of sums in the terms, without sums inside."""
    worst = {}
    for _, factors in form.terms.values():
        for leaf, slots, power in factors:
            if leaf.kind == "base" and power.is_Integer and power < 0 and not _summed([(leaf, slots, power)]):
                old = worst.get((leaf.key, slots), (leaf, S.Zero))[1]
                worst[leaf.key, slots] = (leaf, min(old, power))
    return [(leaf, slots, -power) for (_, slots), (leaf, power) in worst.items()]


def _content(form):
    """The factors, without sums, that all terms share, with the least power."""
    shared = None
    for _, factors in form.terms.values():
        plain = {
            (leaf.key, slots): (leaf, power)
            for leaf, slots, power in factors
            if power.is_Rational and not _summed([(leaf, slots, power)])
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


def _split(own, own_sizes, common, sizes):
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


# ---------------------------------------------------------------- scalar nodes


def _add(reader, expr, env, indices):
    return reader.add(*[reader.scalar(arg, env, indices) for arg in expr.args])


def _mul(reader, expr, env, indices):
    forms = [reader.scalar(arg, env, indices) for arg in expr.args]
    like = _largest(forms)
    return reader.times(*forms, rows=like.rows, cols=like.cols, sizes=like.sizes)


def _pow(reader, expr, env, indices):
    base, exponent = expr.args
    if exponent.has(*env, *_MATRIX_NODES) if env else exponent.has(*_MATRIX_NODES):
        logarithm = reader.logarithm(reader.scalar(base, env, indices))
        return reader.exponential(reader.times(reader.scalar(exponent, env, indices), logarithm))
    return reader.power(reader.scalar(base, env, indices), exponent)


def _exp(reader, expr, env, indices):
    return reader.exponential(reader.scalar(expr.args[0], env, indices))


def _log(reader, expr, env, indices):
    return reader.logarithm(reader.scalar(expr.args[0], env, indices))


def _in_other_functions(target):
    return lambda reader, expr, env, indices: reader.scalar(target(expr), env, indices)


def _heaviside(reader, expr, env, indices):
    return _step(reader, reader.scalar(expr.args[0], env, indices))


def _step(reader, form):
    """H(u), with the leading coefficient of u made 1: H(−u) = 1 − H(u) but for u = 0."""
    if not form.terms:
        return reader.number(S.Half, form)
    lead = _lead(form)[0]
    if not lead.is_positive and not lead.is_negative:
        return reader.function("Heaviside", [form])
    leaf = reader.function("Heaviside", [reader.scale(1 / lead, form)])
    if lead.is_positive:
        return leaf
    return reader.add(reader.number(S.One, leaf), reader.scale(S.NegativeOne, leaf))


def _absolute(reader, expr, env, indices):
    form = reader.scalar(expr.args[0], env, indices)
    if not form.terms:
        return form
    lead = _lead(form)[0]
    return reader.scale(abs(lead), reader.function("Abs", [reader.scale(1 / lead, form)]))


def _choose(reader, step, yes, no):
    """step·yes + (1 − step)·no."""
    difference = reader.add(yes, reader.scale(S.NegativeOne, no))
    return reader.add(no, reader.times(step, difference))


def _maximum(reader, expr, env, indices):
    forms = [reader.scalar(arg, env, indices) for arg in expr.args]
    best, least = forms[0], isinstance(expr, Min)
    for form in forms[1:]:
        larger, smaller = (form, best) if least else (best, form)
        best = _choose(reader, _step(reader, reader.add(larger, reader.scale(S.NegativeOne, smaller))), best, form)
    return best


def _piecewise(reader, expr, env, indices):
    result = None
    for value, condition in reversed(expr.args):
        form = reader.scalar(value, env, indices)
        if condition == True:  # noqa: E712  SymPy's own true
            result = form
        elif result is not None and isinstance(condition, (StrictGreaterThan, GreaterThan, StrictLessThan, LessThan)):
            result = _choose(
                reader, _step(reader, reader.scalar(condition.gts - condition.lts, env, indices)), form, result
            )
        else:
            raise NotImplementedError(f"normal_form: Piecewise with the condition {condition}")
    return result


def _trace(reader, expr, env, indices):
    form = reader.form(expr.arg)
    if form.rows == (ZERO,):
        return _as_scalar(form)
    names, summed = {}, []
    if len(form.rows) != len(form.cols):
        raise NotImplementedError("normal_form: Kronecker products of different splits")
    for i, j, size in zip(form.rows, form.cols, form.sizes[0], strict=True):
        k = reader.new_sum(size)
        summed.append(k)
        names.update({i: k, j: k})
    return reader.make((), (), reader.contracted(reader.with_indices(form, names), summed))


def _as_scalar(form):
    return _Form((), (), form.terms)


def _determinant(reader, expr, env, indices):
    matrix = expr.arg
    form = reader.form(matrix)
    if form.rows == (ZERO,):
        return _as_scalar(form)
    if not form.terms:
        return reader.number(S.Zero)
    chain = _chain(reader, form, matrix.rows)
    if chain is None:
        lead = _lead(form)[0]
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
            else _Form((), (), {"": (S.One, [(leaf, ("x0", "x1"), S.One)])})
        )
        exponent = leaf.exponent if leaf.kind in ("inverse", "mpow") else S.One
        parts.append(reader.power(_determinant_leaf(reader, base), exponent))
    return reader.times(*parts, rows=(), cols=(), sizes=())


def _determinant_leaf(reader, form):
    text, inside, _, _ = _oriented(reader, form)
    leaf = _Leaf(f"det<{_digest(text)}>", "function", [inside], label="det")
    return reader.leaf_form(leaf, ())


def _entry(reader, expr, env, indices):
    matrix, *places = expr.args
    form = reader.form(matrix)
    names = {}
    for slots, sizes, place in ((form.rows, form.sizes[0], places[0]), (form.cols, form.sizes[1], places[1])):
        index = indices.get(place, ("=", place))
        if place not in indices and place.has(*indices):
            raise NotImplementedError(f"normal_form: an entry {expr} whose index is an expression in a summed one")
        if isinstance(index, str) and (len(slots) != 1 or not same_size(reader.size_of[index], sizes[0])):
            raise NotImplementedError(f"normal_form: a sum over a part of the indices in {expr}")
        if len(slots) != 1:
            raise NotImplementedError("normal_form: an entry of a Kronecker product")
        if isinstance(slots[0], str):
            names[slots[0]] = index
    return reader.make((), (), reader.with_indices(form, names))


def _sum(reader, expr, env, indices):
    """A sum over all values of an index of entries."""
    inner, names = dict(indices), {}
    for symbol, low, high in expr.limits:
        if low != 0:
            raise NotImplementedError(f"normal_form: a sum that does not start at 0 in {expr}")
        inner[symbol] = f"s{next(reader.fresh)}"
        names[inner[symbol]] = reader.new_sum(high + 1)
        reader.size_of[inner[symbol]] = high + 1
    _only_as_indices(expr.function, inner)
    body = reader.scalar(expr.function, env, inner)
    terms = [(c, _rename(factors, names)) for c, factors in body.terms.values()]
    return reader.make((), (), reader.contracted(terms, list(names.values())))


def _only_as_indices(node, indices):
    """NotImplementedError if a summed symbol stands anywhere but as an index of an entry."""
    if isinstance(node, MatrixElement):
        node = node.args[0]
    elif isinstance(node, KroneckerDelta):
        return
    if node in indices:
        raise NotImplementedError(f"normal_form: the summed index {node} outside of entries")
    for arg in node.args:
        _only_as_indices(arg, indices)


def _kronecker_delta(reader, expr, env, indices):
    slots = tuple(indices.get(arg, ("=", arg)) for arg in expr.args)
    return reader.leaf_form(DELTA, slots)


def _dot_product(reader, expr, env, indices):
    left, right = (arg if arg.cols == 1 else Transpose(arg) for arg in expr.args)
    return _as_scalar(reader.form(MatMul(Transpose(left), right)))


_MATRIX_NODES = (Trace, Determinant, MatrixElement, DotProduct, Sum)

_SCALARS = [
    (Add, _add),
    (Mul, _mul),
    (exp, _exp),
    (Pow, _pow),
    (log, _log),
    (Trace, _trace),
    (Determinant, _determinant),
    (MatrixElement, _entry),
    (DotProduct, _dot_product),
    (Sum, _sum),
    (KroneckerDelta, _kronecker_delta),
    (sign, _in_other_functions(lambda e: e.args[0] / Abs(e.args[0]))),
    (Abs, _absolute),
    (Heaviside, _heaviside),
    ((Max, Min), _maximum),
    (Piecewise, _piecewise),
    (HyperbolicFunction, _in_other_functions(lambda e: e.rewrite(exp))),
    (tan, _in_other_functions(lambda e: sin(e.args[0]) / cos(e.args[0]))),
    (cot, _in_other_functions(lambda e: cos(e.args[0]) / sin(e.args[0]))),
    (sec, _in_other_functions(lambda e: 1 / cos(e.args[0]))),
    (csc, _in_other_functions(lambda e: 1 / sin(e.args[0]))),
]


# ---------------------------------------------------------------- matrix nodes


def _product(reader, expr):
    scalars = [reader.scalar(arg, {}, {}) for arg in expr.args if not arg.is_Matrix]
    matrices = [reader.form(arg) for arg in expr.args if arg.is_Matrix]
    result = matrices[0]
    for form in matrices[1:]:
        result = _matrix_product(reader, result, form)
    if not scalars:
        return result
    return reader.times(*scalars, result, rows=result.rows, cols=result.cols, sizes=result.sizes)


def _matrix_product(reader, left, right):
    sizes = left.sizes[1] if len(left.cols) >= len(right.rows) else right.sizes[0]
    longer = left.cols if len(left.cols) >= len(right.rows) else right.rows
    summed = [
        reader.new_sum(size) if isinstance(index, str) else ZERO for index, size in zip(longer, sizes, strict=True)
    ]
    names = [
        _split(own, own_sizes, summed, sizes)
        for own, own_sizes in ((left.cols, left.sizes[1]), (right.rows, right.sizes[0]))
    ]
    terms = []
    for c, factors in reader.with_indices(left, names[0]):
        for d, more in reader.with_indices(right, names[1]):
            reader.step()
            terms.append((c * d, factors + more))
    # each term gets summed indices of its own
    separate = []
    for c, factors in reader.contracted(terms, [k for k in summed if isinstance(k, int)]):
        separate.append((c, reader.with_fresh_sums(factors)))
    return reader.make(left.rows, right.cols, separate, (left.sizes[0], right.sizes[1]))


def _sum_of_matrices(reader, expr):
    return reader.add(*reader.aligned([reader.form(arg) for arg in expr.args]))


def _transpose(reader, expr):
    form = reader.form(expr.arg)
    names = {index: index.replace("r", "?") for index in form.rows if isinstance(index, str)}
    names.update({index: index.replace("c", "r") for index in form.cols if isinstance(index, str)})
    back = {new: new.replace("?", "c") for new in names.values() if new.startswith("?")}
    terms = [(c, _rename(_rename(factors, names), back)) for c, factors in form.terms.values()]
    rows = tuple(index.replace("c", "r") if isinstance(index, str) else index for index in form.cols)
    cols = tuple(index.replace("r", "c") if isinstance(index, str) else index for index in form.rows)
    return reader.make(rows, cols, terms, form.sizes[::-1])


def _shaped(reader, expr):
    rows, cols = reader.free_indices(expr.shape)
    return _Form(rows, cols, {}, tuple((n,) for n in expr.shape))


def _identity(reader, expr):
    shape = _shaped(reader, expr)
    if shape.rows == (ZERO,):
        return reader.number(S.One, shape)
    return reader.leaf_form(DELTA, ("r0", "c0"), shape.rows, shape.cols, shape.sizes)


def _ones(reader, expr):
    return reader.number(S.One, _shaped(reader, expr))


def _hadamard(reader, expr):
    forms = reader.aligned([reader.form(arg) for arg in expr.args])
    return reader.times(*forms, rows=forms[0].rows, cols=forms[0].cols, sizes=forms[0].sizes)


def _hadamard_power(reader, expr):
    base, exponent = expr.args
    while isinstance(base, HadamardPower) and base.exp.is_Integer and exponent.is_Integer:
        base, exponent = base.base, base.exp * exponent
    if not exponent.is_Matrix and not exponent.has(*_MATRIX_NODES):
        return reader.power(reader.form(base), exponent)
    forms = [reader.form(arg) if arg.is_Matrix else reader.scalar(arg, {}, {}) for arg in (base, exponent)]
    if base.is_Matrix and exponent.is_Matrix:
        forms = reader.aligned(forms)
    return reader.exponential(reader.times(forms[1], reader.logarithm(forms[0])))


def _applied(reader, expr):
    return _like(reader.form(expr.expr), reader.scalar(expr.function(T), {T: reader.form(expr.expr)}, {}))


def _like(shape, form):
    return _Form(shape.rows, shape.cols, form.terms, shape.sizes)


def _diagonal_matrix(reader, expr):
    vector = reader.form(expr.args[0] if expr.args[0].cols == 1 else Transpose(expr.args[0]))
    shape = _shaped(reader, expr)
    if shape.rows == (ZERO,):
        return vector
    terms = [(c, factors + [(DELTA, ("r0", "c0"), S.One)]) for c, factors in vector.terms.values()]
    return reader.make(shape.rows, shape.cols, terms, shape.sizes)


def _diagonal_of(reader, expr):
    form = reader.form(expr.args[0])
    if len(form.rows) > 1 or len(form.cols) > 1:
        raise NotImplementedError("normal_form: the diagonal of a Kronecker product")
    return reader.make(form.rows, (ZERO,), reader.with_indices(form, {"c0": "r0"}), (form.sizes[0], (S.One,)))


def _diagonal_part(reader, expr):
    return reader.form(HadamardProduct(Identity(expr.rows), expr.args[0]))


def _kronecker(reader, expr):
    forms = [reader.form(arg) for arg in expr.args]
    terms, sides = [(S.One, [])], ([], [])
    for form in forms:
        names = {}
        for side, own, sizes, letter in (
            (sides[0], form.rows, form.sizes[0], "r"),
            (sides[1], form.cols, form.sizes[1], "c"),
        ):
            for index, size in zip(own, sizes, strict=True):
                if isinstance(index, str):
                    names[index] = f"{letter}{len(side)}"
                    side.append((names[index], size))
        terms = [(c * d, factors + more) for c, factors in terms for d, more in reader.with_indices(form, names)]
    rows, cols = (tuple(index for index, _ in side) or (ZERO,) for side in sides)
    sizes = tuple(tuple(size for _, size in side) or (S.One,) for side in sides)
    return reader.make(rows, cols, terms, sizes)


def _function_matrix(reader, expr):
    shape = _shaped(reader, expr)
    row, column = expr.lamda.signature
    _only_as_indices(expr.lamda.expr, (row, column))
    form = reader.scalar(expr.lamda.expr, {}, {row: shape.rows[0], column: shape.cols[0]})
    return _like(shape, form)


def _inverse(reader, expr):
    return _matrix_power(reader, expr, expr.arg, S.NegativeOne)


def _power(reader, expr):
    exponent = expr.exp
    if not exponent.is_Integer:
        return _matrix_power(reader, expr, expr.base, exponent)
    if exponent == 0:
        return reader.form(Identity(expr.rows))
    base = expr.base if exponent > 0 else Inverse(expr.base)
    return reader.form(MatMul(*[base] * abs(int(exponent)))) if abs(exponent) != 1 else reader.form(base)


def _matrix_power(reader, expr, base, exponent):
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
        scalars = [f for part in _components(factors) if not {"r0", "c0"} & set(_free(part)) for f in part]
        if scalars:
            inner = reader.make(form.rows, form.cols, [(S.One, [f for f in factors if f not in scalars])], form.sizes)
            return reader.times(
                reader.power(reader.make((), (), [(coefficient, scalars)]), exponent),
                _power_of_form(reader, expr, inner, exponent),
                rows=form.rows,
                cols=form.cols,
                sizes=form.sizes,
            )
    chain = _chain(reader, form, expr.rows)
    if chain is not None and (exponent == -1 or len(chain[1]) == 1):
        coefficient, factors = chain
        parts = [_leaf_power(reader, leaf, slots, exponent) for leaf, slots, _ in factors]
        if exponent == -1:  # reversed: each factor runs from its end to its start
            parts = [(leaf, slots[::-1], power) for leaf, slots, power in parts]
            swap = {"r0": "c0", "c0": "r0"}
            parts = _rename(parts, swap)
        result = reader.make(form.rows, form.cols, [(S.One, parts)], form.sizes)
        return reader.times(
            reader.scalar(coefficient**exponent, {}, {}), result, rows=form.rows, cols=form.cols, sizes=form.sizes
        )
    lead = _lead(form)[0]
    text, inside, slots, symmetric = _oriented(reader, reader.scale(1 / lead, form))
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


def _oriented(reader, form):
    """(text, form over x0 and x1, slots, symmetric): of a matrix and its transpose the one with the lesser text."""
    names = {index: f"x{k}" for k, index in enumerate(("r0", "c0"))}
    if not any("r0" in _free(f) or "c0" in _free(f) for _, f in form.terms.values()):
        names = {}
    one = reader.make((), (), reader.with_indices(form, names))
    other = reader.make((), (), reader.with_indices(one, {"x0": "x1", "x1": "x0"}))
    if one.text() <= other.text():
        return one.text(), one, ("r0", "c0"), one.text() == other.text()
    return other.text(), other, ("c0", "r0"), False


def _chain(reader, form, size):
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


_READERS = {
    MatMul: _product,
    MatAdd: _sum_of_matrices,
    Transpose: _transpose,
    Adjoint: _transpose,
    Identity: _identity,
    OneMatrix: _ones,
    ZeroMatrix: _shaped,
    MatrixSymbol: lambda reader, expr: reader.symbol(expr, f"{expr.name}{expr.shape}"),
    HadamardProduct: _hadamard,
    HadamardPower: _hadamard_power,
    ElementwiseApplyFunction: _applied,
    DiagMatrix: _diagonal_matrix,
    DiagonalOf: _diagonal_of,
    DiagonalMatrix: _diagonal_part,
    KroneckerProduct: _kronecker,
    FunctionMatrix: _function_matrix,
    Inverse: _inverse,
    MatPow: _power,
}
