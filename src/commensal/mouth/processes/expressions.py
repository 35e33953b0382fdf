"""The little arithmetic that the tables are written in: numbers, names, + - * / and, in rate laws, named factors.

    coefficients    hexose = -1 / yield_sugar; lactate = 2
    rate laws       mu_sugar * biomass * monod(hexose, half_sugar) * cardinal(growth)

Text is parsed, never executed.
"""

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from commensal.mouth.errors import ParameterError

OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b if b else math.nan,
}
TEXT_MAX_CHARS = 400


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a rate law: a name alone, or a named factor with its arguments (names or numbers)."""

    name: str
    arguments: tuple[str, ...] = ()


def evaluate(text: str, values: Mapping[str, float]) -> float:
    """A number from an arithmetic expression over `values`.

    Raises:
        ParameterError: not an expression, an unknown name, or no finite result.

    >>> evaluate("-1 / yield_sugar", {"yield_sugar": 0.5})
    -2.0
    """
    result = _value(_parsed(text), text, values)
    if not math.isfinite(result):
        raise ParameterError(f"{text!r}: expected a finite number, got {result}")
    return result


@lru_cache(maxsize=1024)
def factors(text: str) -> tuple[Factor, ...]:
    """The factors of a rate law, in order.

    Raises:
        ParameterError: anything but a product of names, numbers and named factors.

    >>> [one.name for one in factors("mu * biomass * monod(hexose, half)")]
    ['mu', 'biomass', 'monod']
    """
    return tuple(_factors(_parsed(text), text))


def pairs(text: str) -> dict[str, str]:
    """What stands behind each name in `a = ...; b = ...`.

    Raises:
        ParameterError: another form, or a name twice.
    """
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name.isidentifier() and equals and value) or name in found:
            raise ParameterError(f"{text!r}: expected `name = amount; ...`, each name once, got {part.strip()!r}")
        found[name] = value
    return found


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.expr:
    if len(text) > TEXT_MAX_CHARS:
        raise ParameterError(f"expected at most {TEXT_MAX_CHARS} characters, got {len(text)}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ParameterError(f"{text!r}: expected arithmetic over names and numbers") from error


def _value(node: ast.expr, text: str, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=float() | int() as value) if not isinstance(value, bool):
            return float(value)
        case ast.Name(id=name):
            if name not in values:
                raise ParameterError(f"{text!r}: expected one of {', '.join(sorted(values)) or 'no names'}, got {name}")
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, text, values)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](_value(left, text, values), _value(right, text, values))
    raise ParameterError(f"{text!r}: expected numbers, names, + - * and / only")


def _factors(node: ast.expr, text: str) -> list[Factor]:
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _factors(left, text) + _factors(right, text)
        case ast.Name(id=name):
            return [Factor(name)]
        case ast.Constant(value=float() | int()):
            return [Factor(ast.unparse(node))]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if all(
            isinstance(one, ast.Name | ast.Constant) for one in arguments
        ):
            return [Factor(name, tuple(ast.unparse(one) for one in arguments))]
    raise ParameterError(f"{text!r}: expected a product of names, numbers and factors such as monod(hexose, half)")
