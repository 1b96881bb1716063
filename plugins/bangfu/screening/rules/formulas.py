"""Formulas of rule files (公式), compiled to expressions over a table, in three-valued logic.

A formula has numbers, names, `+ - * /`, comparisons (`L <= m1 < 1.5 * L`), `and`, `or`, `not`, and one function:
`at_least(x)` is `x` or, where it is unknown, the smallest it can be. A result is unknown where it depends on an unknown
value: `unknown and no` is no, `unknown or yes` is yes. A quotient by zero is unknown.

So a value that goes missing makes an answer unknown or leaves it; it never turns a no into a yes. `at_least` keeps
that, since it is refused where less of the value would make a condition truer: nobody is poor for lack of data.
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
Slopes = Mapping[str, int]
"""How a part moves with what stands in `at_least`: 1 up, -1 down, 0 either way."""
LONGEST = 500


class FormulaError(ValueError):
    """A formula that cannot be used; the message says what to change."""


@dataclass(frozen=True)
class Name:
    """What a formula may refer to.

    Attributes:
        kind: A number or a flag.
        minimum: The smallest it can be.
        never_negative: Whether a product with it keeps its direction; not so for derived values.
        slopes: How it moves with what stands in `at_least`.
    """

    kind: Kind
    minimum: float | None = None
    never_negative: bool = True
    slopes: Slopes = field(default_factory=dict)


@dataclass(frozen=True)
class Formula:
    """A compiled formula.

    Attributes:
        text: As written.
        kind: `number` or `flag`.
        names: Columns it reads, by name.
        slopes: How it moves with what stands in `at_least`.
        expression: What to evaluate.
    """

    text: str
    kind: Kind
    names: frozenset[str]
    slopes: Slopes
    expression: pl.Expr = field(compare=False, repr=False)


@dataclass(frozen=True)
class _Part:
    kind: Kind
    expression: pl.Expr
    slopes: Slopes = field(default_factory=dict)
    never_negative: bool = False


_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda above, below: pl.when(below != 0).then(above / below),
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], pl.Expr]] = {
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
        FormulaError: It cannot be read, refers to something unknown, mixes numbers and flags, or would hold for lack of
            data.

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
    found = compiler.part(tree.body)
    if kind is not None and found.kind != kind:
        wanted = "a condition, which is true or false" if kind == "flag" else "a number"
        raise FormulaError(f"{text!r} gives a {found.kind}; {wanted}, is wanted here")
    if found.kind == "flag":
        for name, slope in found.slopes.items():
            if slope != 1:
                raise FormulaError(
                    f"{text!r} could hold because {name} is unknown; use at_least({name}) only where more of it makes the "
                    f"condition truer, and {name} itself elsewhere"
                )
    return Formula(text, found.kind, frozenset(compiler.used), found.slopes, found.expression)


class _Compiler:
    def __init__(self, names: Mapping[str, Name]) -> None:
        self.names = names
        self.used: set[str] = set()

    def part(self, node: ast.expr) -> _Part:
        """A part of a formula."""
        match node:
            case ast.Constant(value=bool()):
                raise FormulaError("write the condition itself instead of True or False")
            case ast.Constant(value=int() | float() as value):
                return _Part("number", _number(float(value)), never_negative=True)
            case ast.Name(id=name):
                known = self._known(name)
                kind: pl.DataType | type[pl.DataType] = pl.Float64 if known.kind == "number" else pl.Boolean
                return _Part(known.kind, pl.col(name).cast(kind), known.slopes, known.never_negative)
            case ast.BoolOp(op=joint, values=values):
                flags = [self._of("flag", value) for value in values]
                join = operator.and_ if isinstance(joint, ast.And) else operator.or_
                return _Part("flag", functools.reduce(join, (flag.expression for flag in flags)), _joined(*flags))
            case ast.UnaryOp(op=ast.Not(), operand=value):
                flag = self._of("flag", value)
                return _Part("flag", ~flag.expression, _turned(flag.slopes))
            case ast.UnaryOp(op=ast.USub(), operand=value):
                number = self._of("number", value)
                return _Part("number", -number.expression, _turned(number.slopes))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
                return self._computed(self._of("number", left), sign, self._of("number", right))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARISONS for op in ops):
                sides = [self._of("number", side) for side in (left, *others)]
                steps = [_compared(sides[i], op, sides[i + 1]) for i, op in enumerate(ops)]
                return _Part(
                    "flag", functools.reduce(operator.and_, (step.expression for step in steps)), _joined(*steps)
                )
            case ast.Call(func=ast.Name(id="at_least"), args=[ast.Name(id=name)], keywords=[]):
                bounded, known = self._of("number", node.args[0]), self.names[name]
                if known.minimum is None:
                    raise FormulaError(f"at_least({name}): no smallest value of {name} is declared")
                return _Part("number", bounded.expression.fill_null(known.minimum), {name: 1}, known.minimum >= 0)
        raise FormulaError(
            f"`{ast.unparse(node)}` is not allowed: use numbers, names, + - * /, comparisons, and, or, not, at_least(name)"
        )

    def _of(self, kind: Kind, node: ast.expr) -> _Part:
        found = self.part(node)
        if found.kind != kind:
            raise FormulaError(f"`{ast.unparse(node)}` is a {found.kind} where a {kind} is needed")
        return found

    def _known(self, name: str) -> Name:
        if name not in self.names:
            near = get_close_matches(name, self.names, 1)
            told = f"; do you mean {near[0]}?" if near else f"; known are {', '.join(sorted(self.names))}"
            raise FormulaError(f"there is no value named {name}{told}")
        self.used.add(name)
        return self.names[name]

    def _computed(self, left: _Part, sign: ast.operator, right: _Part) -> _Part:
        expression = _ARITHMETIC[type(sign)](left.expression, right.expression)
        both = left.never_negative and right.never_negative
        match sign:
            case ast.Add():
                return _Part("number", expression, _joined(left, right), both)
            case ast.Sub():
                return _Part("number", expression, _joined(left, _Part("number", expression, _turned(right.slopes))))
            case ast.Mult():
                mine, others = _kept(left.slopes, right.never_negative), _kept(right.slopes, left.never_negative)
                return _Part(
                    "number",
                    expression,
                    _joined(_Part("number", expression, mine), _Part("number", expression, others)),
                    both,
                )
        slopes = {**_kept(left.slopes, right.never_negative), **dict.fromkeys(right.slopes, 0)}
        return _Part("number", expression, slopes, both)


def _number(value: float) -> pl.Expr:
    """A number in every row: polars 2.1 gives a single row for a literal beside a column of one value."""
    return pl.repeat(value, pl.len(), dtype=pl.Float64)


def _compared(left: _Part, sign: ast.cmpop, right: _Part) -> _Part:
    expression = _COMPARISONS[type(sign)](left.expression, right.expression)
    match sign:
        case ast.Gt() | ast.GtE():
            left_slopes, right_slopes = left.slopes, _turned(right.slopes)
        case ast.Lt() | ast.LtE():
            left_slopes, right_slopes = _turned(left.slopes), right.slopes
        case _:
            left_slopes, right_slopes = dict.fromkeys(left.slopes, 0), dict.fromkeys(right.slopes, 0)
    return _Part(
        "flag", expression, _joined(_Part("flag", expression, left_slopes), _Part("flag", expression, right_slopes))
    )


def _joined(*parts: _Part) -> Slopes:
    """Slopes of a sum, or of conditions together: where two directions meet, neither is certain."""
    made: dict[str, int] = {}
    for part in parts:
        for name, slope in part.slopes.items():
            made[name] = slope if made.get(name, slope) == slope else 0
    return made


def _turned(slopes: Slopes) -> Slopes:
    return {name: -slope for name, slope in slopes.items()}


def _kept(slopes: Slopes, never_negative: bool) -> Slopes:
    return slopes if never_negative else dict.fromkeys(slopes, 0)
