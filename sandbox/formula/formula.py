"""A formula: read once, worked out for many records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args
from lark.exceptions import VisitError

from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.evaluator import FORMS, FUNCTIONS, Evaluator, Record, Resolve
from drawbar.sandbox.formula.syntax import Constant, Expression, Invocation, Operation, Reference, Value

LONGEST_FORMULA = 3_900
"""Characters (formula field limits, 2026)."""
NOBODY: Mapping[str, object] = MappingProxyType({})
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
WORDS: Mapping[str, Value] = MappingProxyType({"TRUE": True, "FALSE": False, "NULL": None})


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that reads well; `fields` are the fields and parent paths it looks at, `globals` the `$` names."""

    text: str
    expression: Expression
    fields: frozenset[str]
    globals: frozenset[str]

    def evaluate(
        self,
        values: Mapping[str, object],
        *,
        now: datetime,
        user: Mapping[str, object] = NOBODY,
        is_new: bool = False,
        prior: Mapping[str, object] | None = None,
        resolve: Resolve | None = None,
        blank_as_zero: bool = True,
    ) -> object:
        """Work the formula out for one record.

        `values` and `prior` map field names to Python values (Decimal, int, float, bool, date, aware datetime, text or
        None), `user` maps globals as the formula writes them (`$User.Id`, `$Permission.X`) to values, `resolve` gives
        what is not in `values` by its path. Numbers come back as Decimal. Raises FormulaError when there is no result.
        """
        record = Record(
            values=_by_lower_name(values),
            prior=None if prior is None else _by_lower_name(prior),
            user=_by_lower_name(user),
            now=now,
            is_new=is_new,
            resolve=resolve,
            blank_as_zero=blank_as_zero,
        )
        return Evaluator(record).value(self.expression)


def _by_lower_name(values: Mapping[str, object]) -> dict[str, object]:
    return {name.lower(): value for name, value in values.items()}


@lru_cache(maxsize=1024)
def parse_formula(text: str) -> Formula:
    """Read a formula; FormulaError, with the position, when it is wrong or uses an unknown function."""
    if len(text) > LONGEST_FORMULA:
        raise FormulaError(
            f"Formula is too long ({len(text)} characters). Maximum length is {LONGEST_FORMULA} characters"
        )
    expression = _parsed(text)
    names = [each.name for each in _references(expression)]
    return Formula(
        text=text,
        expression=expression,
        fields=frozenset(name for name in names if not name.startswith("$")),
        globals=frozenset(name for name in names if name.startswith("$")),
    )


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    return Lark.open("grammar.lark", rel_to=__file__, parser="lalr", maybe_placeholders=False)


def _parsed(text: str) -> Expression:
    try:
        expression = _SyntaxTree().transform(_grammar().parse(text))
    except UnexpectedToken as error:
        ended = error.token.type == "$END"
        position = len(text) if ended else error.token.start_pos or 0
        raise FormulaError(
            "Syntax error. Missing something" if ended else f"Syntax error. Found '{error.token}'", position
        ) from error
    except UnexpectedCharacters as error:
        position = cast("int", error.pos_in_stream)  # lark declares it None
        raise FormulaError(f"Syntax error. Found '{text[position]}'", position) from error
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc from error
        raise
    if not isinstance(expression, Constant | Reference | Operation | Invocation):
        raise TypeError(expression)
    return expression


def _references(expression: Expression) -> Iterator[Reference]:
    if isinstance(expression, Reference):
        yield expression
    elif isinstance(expression, Operation):
        yield from _references(expression.left)
        yield from _references(expression.right)
    elif isinstance(expression, Invocation):
        for argument in expression.arguments:
            yield from _references(argument)


@v_args(inline=True)
class _SyntaxTree(Transformer[Token, Expression]):
    """Turns the parse tree into the dataclasses of `syntax`."""

    def number(self, token: Token) -> Constant:
        return Constant(Decimal(str(token)), token.start_pos or 0)

    def text(self, token: Token) -> Constant:
        letters = iter(token[1:-1])
        content = "".join(_escaped(next(letters)) if letter == "\\" else letter for letter in letters)
        return Constant(content or None, token.start_pos or 0)

    def reference(self, token: Token) -> Constant | Reference:
        position = token.start_pos or 0
        if token.upper() in WORDS:
            return Constant(WORDS[token.upper()], position)
        return Reference(str(token), position)

    def operation(self, left: Expression, operator: Token, right: Expression) -> Operation:
        return Operation(str(operator), left, right, operator.start_pos or 0)

    def conjunction(self, left: Expression, right: Expression) -> Invocation:
        return Invocation("AND", (left, right), left.position)

    def disjunction(self, left: Expression, right: Expression) -> Invocation:
        return Invocation("OR", (left, right), left.position)

    def negation(self, term: Expression) -> Invocation:
        return Invocation("NOT", (term,), term.position)

    def negative(self, sign: Token, term: Expression) -> Operation:
        position = sign.start_pos or 0
        return Operation("-", Constant(Decimal(0), position), term, position)

    def positive(self, _sign: Token, term: Expression) -> Expression:
        return term

    def invocation(self, name: Token, *arguments: Expression) -> Invocation:
        function, position = name.upper(), name.start_pos or 0
        known = FORMS.get(function) or FUNCTIONS.get(function)
        if known is None:
            raise FormulaError(f"Unknown function {name}", position)
        if len(arguments) < known.fewest or (known.most is not None and len(arguments) > known.most):
            received = f"Expected {known.fewest}, received {len(arguments)}"
            raise FormulaError(f"Incorrect number of parameters for function '{function}()'. {received}", position)
        return Invocation(function, arguments, position)


def _escaped(letter: str) -> str:
    return ESCAPES.get(letter, letter)
