"""Formulas of rule files (公式), compiled to expressions over a table, in three-valued logic.

A formula has numbers, names, `+ - * /`, comparisons (`L <= m1 < 1.5 * L`), `and`, `or`, `not`, and three functions:
`at_least(x)` is `x` or, where it is unknown, the smallest it can be; `coalesce(a, b)` is the first that is known;
`is_known(x)` is never unknown itself. A result is unknown where it depends on an unknown value: `unknown and no` is
no, `unknown or yes` is yes. A quotient by zero is unknown.
"""

import ast
import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import polars as pl

__all__ = ["Formula", "FormulaError", "Kind", "Name", "compiled"]

Kind = Literal["number", "flag"]
LONGEST = 500


class FormulaError(ValueError):
    """A formula that cannot be used; the message says what to change."""


@dataclass(frozen=True)
class Name:
    """What a formula may refer to: a number or a flag, and the smallest it can be."""

    kind: Kind
    minimum: float | None = None


@dataclass(frozen=True)
class Formula:
    """A compiled formula.

    Attributes:
        text: As written.
        kind: `number` or `flag`.
        names: Columns it reads, by name.
        expression: What to evaluate.
    """

    text: str
    kind: Kind
    names: frozenset[str]
    expression: pl.Expr = field(compare=False, repr=False)


_Part = tuple[Kind, pl.Expr]

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda above, below: pl.when(below != 0).then(above / below),
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def compiled(text: str, names: Mapping[str, Name], kind: Kind | None = None) -> Formula:
    """Compile a formula.

    Args:
        text: The formula.
        names: What it may refer to.
        kind: What it must give; either where absent.

    Raises:
        FormulaError: It cannot be read, refers to something unknown, or mixes numbers and flags.

    >>> table = pl.DataFrame({"a": [1.0, None], "b": [3.0, 3.0]})
    >>> either = compiled("a > 0 or b > 5", {"a": Name("number"), "b": Name("number")})
    >>> table.select(either.expression).to_series().to_list()
    [True, None]
    """
    if len(text) > LONGEST:
        raise FormulaError(f"it has {len(text)} characters; {LONGEST} are the most, so split it into derived values")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" near character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise FormulaError(
            f"{text!r} cannot be read{place}: write something like `E_med >= 10_000 and n > 1`"
        ) from None
    compiler = _Compiler(names)
    found, expression = compiler.part(tree.body)
    if kind is not None and found != kind:
        wanted = "a condition, which is true or false" if kind == "flag" else "a number"
        raise FormulaError(f"{text!r} gives a {found}; {wanted}, is wanted here")
    return Formula(text, found, frozenset(compiler.used), expression)


class _Compiler:
    def __init__(self, names: Mapping[str, Name]) -> None:
        self.names = names
        self.used: set[str] = set()

    def part(self, node: ast.expr) -> _Part:
        """A part of a formula with its kind."""
        match node:
            case ast.Constant(value=bool()):
                raise FormulaError("write the condition itself instead of True or False")
            case ast.Constant(value=int() | float() as value):
                return "number", pl.lit(float(value))
            case ast.Name(id=name):
                return self._name(name)
            case ast.BoolOp(op=joint, values=values):
                flags = [self._of("flag", value) for value in values]
                join = operator.and_ if isinstance(joint, ast.And) else operator.or_
                return "flag", functools.reduce(join, flags)
            case ast.UnaryOp(op=ast.Not(), operand=value):
                return "flag", ~self._of("flag", value)
            case ast.UnaryOp(op=ast.USub(), operand=value):
                return "number", -self._of("number", value)
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
                return "number", _ARITHMETIC[type(sign)](self._of("number", left), self._of("number", right))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARISONS for op in ops):
                sides = [self._of("number", side) for side in (left, *others)]
                steps = [_COMPARISONS[type(op)](sides[i], sides[i + 1]) for i, op in enumerate(ops)]
                return "flag", functools.reduce(operator.and_, steps)
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
                return self._call(function, arguments)
        raise FormulaError(
            f"`{ast.unparse(node)}` is not allowed: use numbers, names, + - * /, comparisons, and, or, not"
        )

    def _of(self, kind: Kind, node: ast.expr) -> pl.Expr:
        found, expression = self.part(node)
        if found != kind:
            raise FormulaError(f"`{ast.unparse(node)}` is a {found} where a {kind} is needed")
        return expression

    def _name(self, name: str) -> _Part:
        if name not in self.names:
            near = get_close_matches(name, self.names, 1)
            told = f"; do you mean {near[0]}?" if near else f"; known are {', '.join(sorted(self.names))}"
            raise FormulaError(f"there is no value named {name}{told}")
        self.used.add(name)
        kind = self.names[name].kind
        return kind, pl.col(name).cast(pl.Float64 if kind == "number" else pl.Boolean)

    def _call(self, function: str, arguments: list[ast.expr]) -> _Part:
        if function == "is_known" and len(arguments) == 1:
            return "flag", self.part(arguments[0])[1].is_not_null()
        if function == "coalesce" and len(arguments) > 1:
            return "number", pl.coalesce([self._of("number", item) for item in arguments])
        if function == "at_least" and len(arguments) == 1 and isinstance(arguments[0], ast.Name):
            name = arguments[0].id
            value, declared = self._of("number", arguments[0]), self.names[name]
            if declared.minimum is None:
                raise FormulaError(f"at_least({name}): no smallest value of {name} is declared")
            return "number", value.fill_null(declared.minimum)
        raise FormulaError(
            f"`{function}` with {len(arguments)} values is not known: at_least(name), coalesce(a, b), is_known(x)"
        )
