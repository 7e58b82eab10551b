"""The same formula as a program of another language: the NumPy program, translated node by node of its syntax tree.

What a matrix node is in code stands in its record, once, as NumPy; here stand the names that the others have for it.
"""

from __future__ import annotations

import ast

from .doors import an_expression
from .numpy_code import to_numpy
from .tex import latex

LANGUAGES = ("numpy", "jax", "torch", "julia", "latex")


def to_code(expr, symbols, language="numpy"):
    """The text of a program that computes an expression, or its LaTeX.

    Parameters
    ----------
    expr, symbols : as for `to_numpy`.
    language : "numpy", "jax", "torch", "julia" or "latex". The programs are a function `formula` of the symbols, in
        their order: 2-D arrays of the symbols' shapes, and numbers for scalars.

    Raises what `to_numpy` raises, ValueError for another language, NotImplementedError for what a language lacks.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    if language == "latex":
        return latex(an_expression(expr, "expr"))
    source = to_numpy(expr, symbols).source
    if language == "numpy":
        return f"import numpy as np\n\n\n{source}"
    tree = ast.parse(source)
    if language == "julia":
        return _Julia().function(tree.body[0])
    if language == "jax":
        return f"import jax.numpy as jnp\n\n\n{ast.unparse(_Jax().visit(tree))}"
    kinds = ["matrix" if s.is_Matrix else "whole" if s.is_integer else "real" for s in _listed(symbols)]
    return f"import torch\n\n\n{ast.unparse(_Torch(tree.body[0], kinds).visit(tree))}"


def _listed(symbols):
    return list(symbols) if isinstance(symbols, (list, tuple, set, frozenset, dict)) else [symbols]


def _called(node):
    """The dotted name of a function of NumPy that is called, such as linalg.inv; else None."""
    text = ast.unparse(node.func)
    return text.removeprefix("np.") if text.startswith("np.") else None


def _without_float(node):
    """A number is not made a Python float: it keeps its place in the graph that the language differentiates."""
    return node.args[0] if isinstance(node, ast.Call) and ast.unparse(node.func) == "float" else node


class _Jax(ast.NodeTransformer):
    def visit_Name(self, node):
        return ast.Name("jnp", node.ctx) if node.id == "np" else node

    def visit_Call(self, node):
        return self.generic_visit(_without_float(node))


class _Torch(ast.NodeTransformer):
    """PyTorch takes tensors only, and asks for the type of those that are made anew."""

    MADE = ("ones", "zeros", "eye")
    LACKED = ("fromfunction", "block", "equal")

    def __init__(self, function, kinds):
        """kinds: of each argument "matrix", "real", or "whole" for one that stays a number, as an exponent has to."""
        names = {kind: [a.arg for a, k in zip(function.args.args, kinds, strict=True) if k == kind] for kind in kinds}
        arrays = names.get("matrix", [])
        self.type = f"dtype={arrays[0]}.dtype" if arrays else "dtype=torch.float64"
        self.scalars = names.get("real", [])
        self.numbers = set(names.get("whole", []))  # names of whole numbers, sizes too

    def visit_FunctionDef(self, node):
        for line in node.body:
            if isinstance(line, ast.Assign) and ".shape[" in ast.unparse(line.value):
                self.numbers.add(line.targets[0].id)
        node = self.generic_visit(node)
        made = [ast.parse(f"{name} = torch.as_tensor({name}, {self.type})").body[0] for name in self.scalars]
        node.body[:0] = made
        return node

    def visit_Name(self, node):
        return ast.Name("torch", node.ctx) if node.id == "np" else node

    def visit_Call(self, node):
        name = _called(node)
        if name is None:
            node = self.generic_visit(_without_float(node))
            for keyword in getattr(node, "keywords", ()):
                keyword.arg = {"axis": "dim", "keepdims": "keepdim"}.get(keyword.arg, keyword.arg)
            return node
        if name in self.LACKED:
            raise NotImplementedError(f"PyTorch has no {name}")
        plain = [self._is_number(argument) for argument in node.args]
        node = self.generic_visit(node)
        if name == "vdot":
            left, right = map(ast.unparse, node.args)
            return ast.parse(f"({left} * {right}).sum()", mode="eval").body
        if name in self.MADE:
            return ast.parse(f"{ast.unparse(node)[:-1]}, {self.type})", mode="eval").body
        if name == "array":
            rows = ast.unparse(node.args[0])
            return ast.parse(f"torch.tensor({rows}, {self.type})", mode="eval").body
        if name not in ("broadcast_to", "einsum", "linalg.matrix_power"):
            node.args = [self._tensor(a) if number else a for a, number in zip(node.args, plain, strict=True)]
        return node

    def _is_number(self, node):
        """Whether an argument is made of numbers and sizes alone."""
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        return names <= self.numbers | {"np"} and not isinstance(node, (ast.Tuple, ast.List))

    def _tensor(self, node):
        return ast.parse(f"torch.as_tensor({ast.unparse(node)}, {self.type})", mode="eval").body


class _Julia:
    """Julia's text of the tree. Every operation between arrays is broadcast but the product of matrices."""

    OPERATORS = {ast.Add: ".+", ast.Sub: ".-", ast.Mult: ".*", ast.Div: "./", ast.Pow: ".^", ast.MatMult: "*"}
    NAMES = {
        "maximum": "max", "minimum": "min", "arctan": "atan", "arcsin": "asin", "arccos": "acos",
        "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    }  # fmt: skip
    ENTRYWISE = ("exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min")

    def function(self, tree):
        arguments = ", ".join(argument.arg for argument in tree.args.args)
        lines = [self.line(line) for line in tree.body]
        return "\n".join(["using LinearAlgebra", "", f"function formula({arguments})", *lines, "end"])

    def line(self, line):
        if isinstance(line, ast.Return):
            return f"    return {self.text(line.value)}"
        return f"    {line.targets[0].id} = {self.text(line.value)}"

    def text(self, node):
        return getattr(self, f"_{type(node).__name__}", self._unknown)(node)

    def _unknown(self, node):
        raise NotImplementedError(f"no Julia for {ast.unparse(node)}")

    def _Name(self, node):
        return node.id

    def _Constant(self, node):
        return repr(node.value)

    def _BinOp(self, node):
        return f"({self.text(node.left)} {self.OPERATORS[type(node.op)]} {self.text(node.right)})"

    def _UnaryOp(self, node):
        return f"(-{self.text(node.operand)})"

    def _Attribute(self, node):
        if node.attr == "T":
            return f"{self.text(node.value)}'"
        return {"pi": "π", "e": "ℯ", "nan": "NaN"}.get(node.attr) or self._unknown(node)

    def _Subscript(self, node):
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return f"size({self.text(node.value.value)}, {node.slice.value + 1})"
        if isinstance(node.slice, ast.Tuple) and all(not isinstance(part, ast.Slice) for part in node.slice.elts):
            places = ", ".join(
                str(part.value + 1) if isinstance(part, ast.Constant) else f"{self.text(part)} + 1"
                for part in node.slice.elts
            )
            return f"{self.text(node.value)}[{places}]"
        return self._unknown(node)

    def _Call(self, node):
        name = _called(node)
        if name is None:
            return self._method(node)
        if name == "einsum":
            left, right = map(self.text, node.args[1:])
            return f"sum({left} .* transpose({right}))"
        if name in ("ones", "zeros"):
            return f"{name}({', '.join(map(self.text, node.args[0].elts))})"
        if name == "broadcast_to":
            return f"({self.text(node.args[0])} .* ones({', '.join(map(self.text, node.args[1].elts))}))"
        if name == "diag" and ast.unparse(node.args[0]).endswith(".ravel()"):
            return f"diagm({self.text(node.args[0])})"
        arguments = [self.text(argument) for argument in node.args]
        plain = {
            "linalg.inv": "inv({})", "linalg.det": "det({})", "linalg.solve": r"({} \ {})", "trace": "tr({})",
            "linalg.matrix_power": "({}^{})", "eye": "Matrix(1.0I, {0}, {0})", "kron": "kron({}, {})",
            "diag": "diag({})", "vdot": "dot({}, {})", "heaviside": "ifelse.({0} .== 0, {1}, {0} .> 0)",
        }.get(name)  # fmt: skip
        if plain:
            return plain.format(*arguments)
        name = self.NAMES.get(name, name)
        if name in self.ENTRYWISE or name in self.NAMES.values():
            return f"{name}.({', '.join(arguments)})"
        return self._unknown(node)

    def _method(self, node):
        if ast.unparse(node.func) == "float":
            return self.text(node.args[0])
        if not isinstance(node.func, ast.Attribute):
            return self._unknown(node)
        here = self.text(node.func.value)
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if node.func.attr == "sum" and "axis" in given:
            return f"sum({here}, dims={given['axis'].value + 1})"
        if node.func.attr == "sum" and not node.args:
            return f"sum({here})"
        if node.func.attr == "ravel":
            return f"vec({here})"
        if node.func.attr == "reshape":
            sizes = (":" if ast.unparse(size) == "-1" else self.text(size) for size in node.args)
            return f"reshape({here}, {', '.join(sizes)})"
        return self._unknown(node)
