"""The trace trick step by step, as a person writes it: from dJ to dJ = tr(Gᵀ dX), every line checked.

The intermediate quantities keep their names. From J downwards, the differential of one quantity after the other is
inserted, and the trace turned until that differential stands last: tr(Gᵀ(B∘dU)) = tr((G∘B)ᵀ dU).
"""

import re
from contextlib import suppress
from fractions import Fraction
from itertools import islice

from sympy import (
    Add,
    Expr,
    HadamardPower,
    HadamardProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    Mul,
    Q,
    Rational,
    S,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
)
from sympy import assuming as assumed
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from .arithmetic import Undefined, to_mpf
from .differential import differential_terms
from .doors import a_name_table, an_expression, shown, some_variables, symmetric_symbols
from .gradient import adjoints, scalar, understood, zero_like
from .hypotheses import Hypotheses
from .nodes import arguments, record
from .nodes.entrywise import Functions, softmax_parts
from .nodes.slopes import T, Y, slope_body
from .normal_form import proved_equal
from .notation import KNOWN, write
from .points import Sampler
from .shapes import alike, flipped, is_one_by_one, is_symmetric, shape, size, transposed
from .sharing import one_object, postorder
from .slopes import difference_quotient, rows_of
from .steps import Derivation, Step, text_of
from .values import Evaluation
from .writing import hadamard, product, scaled, split, total

NAMED_NODES = 4  # the gradient of a quantity gets a name where it has so many nodes and is used more than once,
NAMED_SIGNS = 24  # or where its text is longer than this: with the trace around it, a line of a narrow screen


def derive(J, X, names=None, symmetric=False, assuming=()):
    """The derivation of the gradient of the scalar J with respect to X, line by line.

    Parameters
    ----------
    J, X : as for `gradient`; X may be a tuple of matrix symbols, then one derivation gives all the gradients.
    names : {name: expression} for the quantities that the lines keep as names, ``{"y": y, "u": u}``; the name is a
        str or a matrix symbol of the expression's shape. Without it the arguments and values of functions get names.
    symmetric : as for `gradient`; if X is symmetric, the last line says so.
    assuming : equations, as for `check`; the last line is the gradient as short as they make it.

    Raises what `gradient` raises, and ArithmeticError if a line does not follow from the one before.
    """
    J, variables, hypotheses = an_expression(J, "J"), some_variables(X, "X"), Hypotheses(assuming)
    symbols = {*symmetric_symbols(symmetric, *variables), *hypotheses.symmetric}
    with assumed(*map(Q.symmetric, symbols)):
        return _Deriver(J, variables, a_name_table(names, "names"), hypotheses).derivation()


# ---------------------------------------------------------------- names


class _Deriver:
    def __init__(self, J, variables, names, hypotheses):
        self.hypotheses = hypotheses
        self.variables, self.steps, self.gradients = variables, [], {}
        self.J, given = _with_names_written_out(J, names)
        taken = {symbol.name for symbol in self.J.atoms(MatrixSymbol)} | {str(s) for s in self.J.free_symbols}
        self.given = given or _own_names(self.J, variables, taken)
        self.parts, self.root = self._parts()
        self.taken = taken | {name.name for name in self.given}
        self.adjoints = {}
        self.d = {v: _named_like(v, f"d{v.name}") for v in (*variables, *self.parts)}

    def _parts(self):
        """{name: its expression in terms of the other names}, outermost last, and J in terms of the names."""
        parts = {}
        root = self._named(self.J, parts)
        self.arising = {name: self._named(node, {}, name) for name, node in self.given.items() if name not in parts}
        active = {name for name, part in parts.items() if self._depends(part, parts)}
        constants = {name: part for name, part in parts.items() if name not in active}
        parts = {name: part.xreplace(constants) for name, part in parts.items() if name in active}
        return parts, root.xreplace(constants)

    def _named(self, expr, parts, but=None):
        """The expression with the given names but one put in; parts collects what they stand for."""
        symbols = {alike(node): name for name, node in self.given.items() if name != but}
        written = {}
        for node in postorder(expr, lambda node: [arg for arg in node.args if isinstance(arg, Expr)]):
            args = [written.get(arg, arg) for arg in node.args]
            here = node.func(*args) if any(a is not b for a, b in zip(args, node.args, strict=True)) else node
            name = symbols.get(alike(node)) if node.is_Matrix else None
            other = (
                symbols.get(alike(flipped(node)))
                if name is None and isinstance(node, (MatAdd, HadamardProduct, ElementwiseApplyFunction))
                else None
            )
            if name is not None:
                parts[name] = here
                here = name
            elif other is not None:
                parts.setdefault(other, flipped(here))
                here = Transpose(other)
            written[node] = here
        return written[expr]

    def shortened(self, expr):
        """The expression with the names of quantities that arise only in the derivation, such as a softmax."""
        for name, target in self.arising.items():
            if isinstance(target, HadamardProduct):
                wanted = set(map(alike, target.args))
                for node in expr.atoms(HadamardProduct):
                    rest = [arg for arg in node.args if alike(arg) not in wanted]
                    if len(rest) == len(node.args) - len(wanted):
                        expr = expr.xreplace({node: hadamard(name, *rest) if rest else name})
            else:
                expr = expr.xreplace({node: name for node in expr.atoms(type(target)) if alike(node) == alike(target)})
        return expr

    def _depends(self, part, parts):
        symbols = part.free_symbols
        return bool(symbols & set(self.variables)) or any(self._depends(parts[s], parts) for s in symbols if s in parts)

    # ------------------------------------------------------------ lines

    def derivation(self):
        J = _scalar_name("J", self.J)
        self.line(J, [self.root], "given, with names for its parts" if self.parts else "given", "given")
        for name, part in (*self.arising.items(), *reversed(self.parts.items())):
            self.line(name, [part], f"definition of {name.name}", "given")
        dJ = _scalar_name("dJ", self.J)
        if not any(v in self.root.free_symbols for v in (*self.parts, *self.variables)):
            return self._constant(dJ)
        waiting = [v for v in (*reversed(self.parts), *self.variables)]
        before = self._first_line(dJ)
        targets = [v for v in waiting if v in self.root.free_symbols]
        frontier = {v: self.shortened(a) for v, a in adjoints(self.root, S.One, targets).items()}
        before = self.turned(dJ, frontier, before, self.root)
        for name in reversed(self.parts):
            if name in frontier:
                before = self.inserted(dJ, name, frontier, before)
        self._read_off(frontier)
        used = set().union(*[term.atoms(MatrixSymbol) for step in self.steps for term in step.terms])
        unused = [name.name for name in self.arising if name not in used]
        if unused:
            raise ValueError(f"names: {', '.join(unused)} occurs nowhere in the derivation of J = {self.J}")
        return Derivation(self.steps, self.gradients)

    def _constant(self, dJ):
        self.line(dJ, [S.Zero], "J does not depend on " + " or ".join(v.name for v in self.variables), "given")
        for variable in self.variables:
            self.gradients[variable] = zero_like(variable)
            self.line(_partial(variable), [zero_like(variable)], "read off", "proved")
        return Derivation(self.steps, self.gradients)

    def _first_line(self, dJ):
        try:
            terms = differential_terms(self.root, self.d)
        except NotImplementedError:
            return None
        checked = self.checked_by_differences(self.root, Add(*terms))
        self.line(dJ, terms, _rules_of(self.root, self.d), checked)
        return terms

    def inserted(self, dJ, name, frontier, before):
        """The differential of a named quantity, put into dJ, and the trace turned."""
        part, adjoint = self.parts[name], self._named_adjoint(name, frontier)
        symbols = part.free_symbols
        targets = [v for v in (*reversed(self.parts), *self.variables) if v in symbols]
        inner, seed = part, adjoint
        if softmax_parts(part):
            inner, seed = softmax_parts(part)[0], record(part).adjoint(part, 0, adjoint, name)
        further = {v: self.shortened(a.xreplace({part: name})) for v, a in adjoints(inner, seed, targets).items()}
        try:
            own = differential_terms(part, self.d, name)
        except NotImplementedError:
            own = None
        if own is not None:
            checked = self.checked_by_differences(part, total(*own).xreplace({name: part}))
            self.line(self.d[name], own, _rules_of(part, self.d), checked)
            replaced = [
                term
                for v, a in frontier.items()
                for term in (_trace_terms(a, self.d[v]) if v != name else [_inserted(adjoint, total(*own))])
            ]
            if before is not None:
                self.line(
                    dJ,
                    replaced,
                    f"d{name.name} inserted",
                    self.checked_equal(Add(*before).xreplace({self.d[name]: total(*own)}), Add(*replaced)),
                )
            before = replaced
        del frontier[name]
        for v, a in further.items():
            frontier[v] = total(frontier[v], a) if v in frontier else a
        return self.turned(dJ, frontier, before, part)

    def _named_adjoint(self, name, frontier):
        """The adjoint of a quantity; one that is long, or used more than once, gets a name of its own."""
        adjoint = frontier[name]
        inside = self.parts[name].free_symbols & {*self.parts, *self.variables}
        further = inside & set(self.parts)
        again = size(adjoint) >= NAMED_NODES if len(inside) > 1 else further and len(text_of(adjoint)) > NAMED_SIGNS
        if len(self.parts) < 3 or not again:
            return adjoint
        label = "G" + re.sub(r"\D", "", name.name)
        while label in self.taken:
            label += "'"
        self.taken.add(label)
        symbol = MatrixSymbol(label, *name.shape)
        self.line(symbol, [adjoint], f"a name for the gradient with respect to {name.name}", "given")
        self.adjoints[symbol] = adjoint
        frontier[name] = symbol
        return symbol

    def turned(self, dJ, frontier, before, node):
        """The line dJ = Σ tr(Gᵀ dV), unless it stands there already."""
        terms = [term for v, adjoint in frontier.items() for term in _trace_terms(adjoint, self.d[v])]
        if before is not None and list(map(_plain, before)) == list(map(_plain, terms)):
            return terms
        if before is None:
            checked = self.checked_by_differences(node, Add(*terms)) if node is self.root else "given"
        else:
            checked = self.checked_equal(Add(*before), Add(*terms))
        self.line(dJ, terms, _turn(node, terms), checked)
        return terms

    def _read_off(self, frontier):
        for variable in self.variables:
            found = frontier.get(variable, zero_like(variable))
            if is_symmetric(variable) and not is_one_by_one(variable):
                found = scaled(Rational(1, 2), total(found, transposed(found)))
                rule = f"read off, and made symmetric as {variable.name} is"
            else:
                form = "tr(G'dX)" if variable.is_Matrix else "G dX"
                rule = f"read off: dJ = {form}".replace("dX", f"d{variable.name}")
            self.line(_partial(variable), [found], rule, "proved")
            self.gradients[variable] = self._under_hypotheses(variable, found)

    def _under_hypotheses(self, variable, found):
        """The gradient written out; a last line has it as short as the hypotheses make it."""
        written, shorter = self.written_out(found), self.hypotheses.shortened(found)
        if shorter == found:
            return written
        short = self.written_out(shorter)
        if not proved_equal(written, short, self.hypotheses.conditions):
            raise ArithmeticError(f"{short} does not follow from {written} where {self.hypotheses}")
        self.line(_partial(variable), [shorter], f"by the hypothesis {self.hypotheses}", "proved")
        return short

    def written_out(self, expr):
        return _put_in(self._without_adjoints(expr), self.parts)

    def _without_adjoints(self, expr):
        """The expression without the names that arose on the way."""
        return _put_in(expr, {**self.adjoints, **self.arising})

    def line(self, left, terms, rule, checked):
        self.steps.append(Step(len(self.steps) + 1, left, tuple(terms), rule, checked))

    # ------------------------------------------------------------ checks

    def checked_equal(self, before, after):
        """How the equality of two lines was established; ArithmeticError if they differ."""
        for sides in self._with_ever_fewer_names(before, after):
            with suppress(NotImplementedError):
                if proved_equal(*sides):
                    return "proved"
        if all(abs(to_mpf(a) - to_mpf(b)) <= 1e-25 * (1 + abs(to_mpf(a))) for a, b in _values(*sides)):
            return "sampled"
        raise ArithmeticError(f"the lines {shown(before)} and {shown(after)} of the derivation differ")

    def _with_ever_fewer_names(self, *sides):
        newest = dict(list(self.adjoints.items())[-1:])  # older names stand in both lines, and need no writing out
        yield [_put_in(_put_in(side, newest), self.arising) for side in sides]
        sides = [self._without_adjoints(side) for side in sides]
        yield sides
        yield [_put_in(side, self.parts) for side in sides]  # a name may stand beside what it names

    def checked_by_differences(self, node, line):
        """How the line was found to be the differential of node; ArithmeticError if it is not."""
        found = is_slope(line, node, self.d)
        if found is False:
            raise ArithmeticError(f"{line} is not the differential of {shown(node)}")
        return "given" if found is None else "differences"


def is_slope(line, node, d):
    """Whether a line is the slope of node in the direction of the differentials d, by differences at a point.

    None where no point was found at which both have a value.
    """
    inner = [v for v in d if v in node.free_symbols]
    probe = MatrixSymbol("probe_", *shape(node)) if node.is_Matrix else None
    J = Trace(MatMul(Transpose(probe), node)) if probe else node
    slope_line = Trace(MatMul(Transpose(probe), line)) if probe else line
    sampler = Sampler(J, slope_line, *[d[v] for v in inner])
    for point in islice(sampler.generic_points(), 12):
        try:
            quotient = sum(to_mpf(difference_quotient(J, v, rows_of(point[d[v]]), point)) for v in inner)
            value = to_mpf(Evaluation(point).scalar(slope_line))
        except Undefined:
            continue
        return abs(quotient - value) <= Fraction(1, 10**15) * (1 + abs(quotient))
    return None


def _put_in(expr, meanings):
    """The expression with names written out, and the names in their meanings too; every node once."""
    written = {}
    for node in postorder(expr, lambda node: [meanings[node]] if node in meanings else node.args):
        if node in meanings:
            written[node] = written[meanings[node]]
        else:
            args = [written[arg] for arg in node.args]
            changed = any(new is not old for new, old in zip(args, node.args, strict=True))
            written[node] = node.func(*args) if changed else node
    return one_object(written[expr])


def _values(before, after):
    sampler, found = Sampler(before, after), 0
    for point in sampler.generic_points():
        try:
            yield Evaluation(point).scalar(before), Evaluation(point).scalar(after)
        except Undefined:
            continue
        found += 1
        if found == 3:
            return


def _with_names_written_out(J, names):
    """J and the named expressions without names, one node for what is the same: (J, {symbol: expression})."""
    named = {}
    for expr, name in names.items():
        if not expr.is_Matrix:
            raise ValueError(f"names: needs matrix expressions, but {expr} is a scalar")
        named[name if isinstance(name, MatrixSymbol) else MatrixSymbol(name, *expr.shape)] = expr
    for _ in named:
        J, named = (
            J.xreplace(named),
            {name: expr.xreplace({k: v for k, v in named.items() if k != name}) for name, expr in named.items()},
        )
    for name in named:
        if any(expr.has(name) for expr in (J, *named.values())):
            raise ValueError(f"names: {name} is defined by itself")
    J, parts = scalar(J), {}
    for name, expr in named.items():
        parts[name] = understood(expr)
        if isinstance(parts[name], Transpose) and not isinstance(expr, Transpose):
            raise ValueError(f"names: name the transpose of {name.name} instead, which is {parts[name].arg}")
    return J, parts


def _own_names(J, variables, taken):
    """Names for the functions that depend on the variables, and for what they are functions of."""
    depends = {}
    for node in postorder(J, lambda node: node.args):
        depends[node] = node in variables or any(depends[arg] for arg in node.args)
    nodes = []
    for node in postorder(J, lambda node: arguments(node) if depends[node] and node not in variables else ()):
        if depends[node] and (isinstance(node, ElementwiseApplyFunction) or softmax_parts(node)):
            argument = (softmax_parts(node) or (getattr(node, "expr", None),))[0]
            if not isinstance(argument, MatrixSymbol) and argument not in nodes:
                nodes.append(argument)
            if node not in nodes:
                nodes.append(node)
    nodes = [node for node in nodes if not (isinstance(node, ElementwiseApplyFunction) and softmax_parts(node.expr))]
    kinds = [_letter(node) for node in nodes]
    result = {}
    for node, kind in zip(nodes, kinds, strict=True):
        letter = kind if 1 in shape(node) else kind.upper()
        number = int(sum(k == kind for k in kinds) > 1)
        name = f"{letter}1" if number else letter
        while name in taken:
            number += 1
            name = f"{letter}{number}"
        taken.add(name)
        result[MatrixSymbol(name, *shape(node))] = node
    return result


def _letter(node):
    return "s" if softmax_parts(node) else "y" if isinstance(node, ElementwiseApplyFunction) else "u"


def _scalar_name(name, J):
    return Symbol(name) if Symbol(name) not in J.free_symbols else Symbol(name + "'")


def _partial(variable):
    return _named_like(variable, f"∂J/∂{variable.name}")


def _named_like(variable, name):
    """Another symbol of a variable's shape."""
    return MatrixSymbol(name, *variable.shape) if variable.is_Matrix else Symbol(name, real=True)


# ---------------------------------------------------------------- words and terms


def _trace_terms(adjoint, d):
    """tr(Gᵀ dV), one term."""
    if not adjoint.is_Matrix:
        return [adjoint * d]
    coefficient, core = split(adjoint)
    if isinstance(core, ZeroMatrix):
        return [S.Zero]
    return [coefficient * Trace(product(transposed(core), d))]


def _inserted(adjoint, differential_of):
    """tr(Gᵀ(…)) with a differential inserted, its sums kept."""
    coefficient, core = split(adjoint)
    inner, rest = split(differential_of)
    left = transposed(core)
    factors = [factor for side in (left, rest) for factor in (side.args if isinstance(side, MatMul) else (side,))]
    return coefficient * inner * Trace(MatMul(*factors))


def _plain(term):
    return term.xreplace({part: alike(part) for part in term.atoms(MatAdd, HadamardProduct)})


def _rules_of(node, d):
    """The titles of the rules that the differential of a node takes, outermost first."""
    titles = []

    def visit(part):
        if part in d or not part.free_symbols & set(d):
            return
        known = record(part)
        title = _function_title(part) if type(known) is Functions else known.reason(part)
        if title and title not in titles:
            titles.append(title)
        for arg in arguments(part):
            visit(arg)

    visit(node)
    facts = [title for title in titles if "=" in title]
    kept = [title for title in titles if title not in facts]
    if kept:
        listed = " and ".join(filter(None, [", ".join(kept[:-1]), kept[-1]]))
        facts.insert(0, f"{listed} rule{'s' * (len(kept) > 1)}")
    return "; ".join(facts)


def _function_title(node):
    """What the slope of a function is, as sigmoid' = sigmoid*(1 - sigmoid) or log'(t) = 1/t."""
    value = node.function(T)
    name, body = KNOWN.get(value, "f"), slope_body(value)
    if body.has(T):
        return f"{name}'(t) = {write(body)}"
    factors = [write(factor, {Y: name}) for factor in sorted(Mul.make_args(body), key=lambda f: f.count_ops())]
    return f"{name}' = {'*'.join(f'({f})' if ' ' in f and len(factors) > 1 else f for f in factors)}"


def _turn(node, terms):
    """Why the trace may be turned."""
    reasons = []
    if node.atoms(HadamardProduct, HadamardPower, ElementwiseApplyFunction):
        reasons.append("tr(A'(B .* C)) = tr((A .* B)'C)")
    if not isinstance(node, (ElementwiseApplyFunction, HadamardProduct, HadamardPower)):
        scalars = all(is_one_by_one(part.arg) for term in terms for part in term.atoms(Trace))
        reasons.append("a scalar is its own transpose" if scalars else "tr is cyclic, and tr(A') = tr(A)")
    return "; ".join(reasons)
