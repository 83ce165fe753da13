"""Reads SOQL text into its syntax tree, or refuses it as a real org does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args
from lark.exceptions import VisitError

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.soql.date_literals import DATE_LITERALS
from drawbar.sandbox.soql.refusals import QueryRefusals
from drawbar.sandbox.soql.syntax import (
    Call,
    ChildQuery,
    Comparison,
    Condition,
    DateLiteral,
    Inclusion,
    Junction,
    Literal,
    LiteralKind,
    LiteralValue,
    Membership,
    Negation,
    Operand,
    Ordering,
    Path,
    Query,
    Selected,
    Source,
)

LONGEST_QUERY = 100_000
"""Characters (SOQL and SOSL limits, 2026)."""
DEEPEST_NESTING = 60
LARGEST_OFFSET = 2000
TOO_COMPLICATED = "Query is either selecting too many fields or the filter conditions are too complicated."
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "%": "%", "_": "_"}
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
WORDS: dict[str, tuple[LiteralKind, LiteralValue]] = {
    "NULL": ("null", None),
    "TRUE": ("boolean", True),
    "FALSE": ("boolean", False),
}
FOR_PURPOSES = frozenset({"VIEW", "REFERENCE", "UPDATE"})
SCOPES = frozenset({"EVERYTHING", "MINE"})
MODES = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})
TRACKING = frozenset({"TRACKING", "VIEWSTAT"})


def parse_query(text: str) -> Query:
    """Read a query; MALFORMED_QUERY with the place of the first word that does not fit."""
    refusals = QueryRefusals(text)
    _check_size(text, refusals)
    try:
        tree = _grammar().parse(text)
        query = _SyntaxTree(refusals).transform(tree)
    except UnexpectedToken as error:
        ended = error.token.type == "$END"
        position = len(text) if ended else error.token.start_pos or 0
        raise refusals.unexpected(position, "<EOF>" if ended else str(error.token)) from error
    except UnexpectedCharacters as error:
        raise _unreadable(text, cast("int", error.pos_in_stream), refusals) from error
    except VisitError as error:
        if isinstance(error.orig_exc, SalesforceError):
            raise error.orig_exc from error
        raise
    if not isinstance(query, Query):
        raise TypeError(query)
    return query


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    return Lark.open("grammar.lark", rel_to=__file__, parser="lalr", start="query", maybe_placeholders=False)


def _check_size(text: str, refusals: QueryRefusals) -> None:
    if len(text) > LONGEST_QUERY:
        raise SalesforceError("MALFORMED_QUERY", f"SOQL statements cannot be longer than {LONGEST_QUERY} characters.")
    depth = 0
    for match in re.finditer(r"'(?:\\.|[^'\\])*'|[()]", text, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth > DEEPEST_NESTING:
            raise refusals.at(match.start(), "QUERY_TOO_COMPLICATED", TOO_COMPLICATED)


def _unreadable(text: str, position: int, refusals: QueryRefusals) -> SalesforceError:
    if text[position] == "'":
        message = f"line 1:{len(text)} mismatched character '<EOF>' expecting '''"
        return refusals.malformed(position, message)
    return refusals.unexpected(position, text[position])


def _start(token: Token) -> int:
    return token.start_pos or 0


@v_args(inline=True)
class _SyntaxTree(Transformer[Token, object]):
    """Turns the parse tree into the dataclasses of `syntax`, bottom up."""

    def __init__(self, refusals: QueryRefusals) -> None:
        super().__init__()
        self._refusals = refusals

    def query(self, *parts: object) -> Query:
        selections = tuple(part for part in parts if isinstance(part, Selected | ChildQuery))
        source = next(part for part in parts if isinstance(part, Source))
        clauses: dict[str, Any] = dict(part for part in parts if isinstance(part, tuple))
        return Query(selections, source, **clauses)

    def selected(self, operand: Operand, alias: str | None = None) -> Selected:
        return Selected(operand, alias)

    def child_query(self, query: Query) -> ChildQuery:
        return ChildQuery(query, query.source.position)

    def type_of(self, keyword: Token, *_parts: object) -> None:
        raise self._refusals.malformed(_start(keyword), "TYPEOF is not supported by this org")

    def path(self, *names: Token) -> Path:
        return Path(tuple(map(str, names)), _start(names[0]))

    def call(self, name: Token, *arguments: Operand) -> Call:
        return Call(str(name), arguments, _start(name))

    def alias(self, name: Token) -> str:
        return str(name)

    def source(self, name: Token, alias: str | None = None) -> Source:
        return Source(str(name), alias, _start(name))

    def where(self, condition: Condition) -> tuple[str, Condition]:
        return "where", condition

    def having(self, condition: Condition) -> tuple[str, Condition]:
        return "having", condition

    def group_by(self, *operands: Operand) -> tuple[str, tuple[Operand, ...]]:
        return "group_by", operands

    def order_by(self, *orderings: Ordering) -> tuple[str, tuple[Ordering, ...]]:
        return "order_by", orderings

    def ordering(self, operand: Operand, *modifiers: str) -> Ordering:
        return Ordering(operand, descending="DESC" in modifiers, nulls_last="LAST" in modifiers)

    def direction(self, word: Token) -> str:
        return word.type

    def nulls(self, word: Token) -> str:
        return word.type

    def limit(self, number: Token) -> tuple[str, int]:
        return "limit", self._count(number)

    def offset(self, number: Token) -> tuple[str, int]:
        count = self._count(number)
        if count > LARGEST_OFFSET:
            message = f"Maximum SOQL offset allowed is {LARGEST_OFFSET}"
            raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message)
        return "offset", count

    def _count(self, number: Token) -> int:
        if not number.isdigit():
            raise self._refusals.unexpected(_start(number), str(number))
        return int(number)

    def all_rows(self) -> tuple[str, bool]:
        return "all_rows", True

    def scope(self, word: Token) -> tuple[str, bool]:
        self._known(SCOPES, word)
        return "mine", word.upper() == "MINE"

    def with_mode(self, word: Token) -> None:
        self._known(MODES, word)

    def for_clause(self, *words: Token) -> None:
        for word in words:
            self._known(FOR_PURPOSES, word)

    def update_clause(self, *words: Token) -> None:
        for word in words:
            self._known(TRACKING, word)

    def _known(self, words: frozenset[str], word: Token) -> None:
        if word.upper() not in words:
            raise self._refusals.unexpected(_start(word), str(word))

    def group(self, condition: Condition) -> Condition:
        return condition

    def all_of(self, *terms: Condition) -> Junction:
        return Junction("AND", terms)

    def any_of(self, *terms: Condition) -> Junction:
        return Junction("OR", terms)

    def negation(self, term: Condition) -> Negation:
        return Negation(term)

    def comparison(self, operand: Operand, operator: Token, value: Literal) -> Comparison:
        spelling = operator.upper()
        return Comparison(operand, "!=" if spelling == "<>" else spelling, value)

    def unary(self, operand: Operand, partial: Membership | Inclusion) -> Condition:
        if isinstance(partial, Membership):
            return Membership(operand, partial.negated, partial.candidates)
        return Inclusion(operand, partial.negated, partial.combinations)

    def inside(self, _word: Token, values: tuple[Literal, ...]) -> Membership:
        return Membership(NOWHERE, negated=False, candidates=values)

    def outside(self, _word: Token, values: tuple[Literal, ...]) -> Membership:
        return Membership(NOWHERE, negated=True, candidates=values)

    def inside_query(self, _word: Token, query: Query) -> Membership:
        return Membership(NOWHERE, negated=False, candidates=query)

    def outside_query(self, _word: Token, query: Query) -> Membership:
        return Membership(NOWHERE, negated=True, candidates=query)

    def includes(self, _word: Token, values: tuple[Literal, ...]) -> Inclusion:
        return Inclusion(NOWHERE, negated=False, combinations=values)

    def excludes(self, _word: Token, values: tuple[Literal, ...]) -> Inclusion:
        return Inclusion(NOWHERE, negated=True, combinations=values)

    def values(self, *values: Literal) -> tuple[Literal, ...]:
        return values

    def value(self, token: Token) -> Literal:
        position = _start(token)
        if token.type == "STRING":
            return Literal("string", self._unescaped(token), position, pattern=self._unescaped(token, keep="%_"))
        if token.type == "NUMBER":
            return Literal("number", Decimal(str(token)), position)
        try:
            return _moment(token, position)
        except ValueError as error:
            raise self._refusals.malformed(position, f"Invalid {token.type.lower()}: {token}") from error

    def word(self, name: Token, count: Token | None = None) -> Literal:
        spelling = name.upper()
        if count is None and spelling in WORDS:
            kind, value = WORDS[spelling]
            return Literal(kind, value, _start(name))
        if spelling not in DATE_LITERALS or DATE_LITERALS[spelling].counted != (count is not None):
            raise self._refusals.unexpected(_start(name), str(name))
        number = None if count is None else self._count(count)
        return Literal("date literal", DateLiteral(spelling, number), _start(name))

    def bind(self, name: Token) -> None:
        raise self._refusals.malformed(_start(name) - 1, "Bind variables only allowed in Apex code")

    def _unescaped(self, token: Token, keep: str = "") -> str:
        def replaced(match: re.Match[str]) -> str:
            code = match.group(1)
            if code in keep:
                return match.group()
            if code == "\\" and keep:
                return "\\\\"
            if len(code) > 1:
                return chr(int(code[1:], 16))
            if code not in ESCAPES:
                message = f"Invalid string literal {token}. Illegal character sequence '\\{code}' in string literal."
                raise self._refusals.malformed(_start(token), message)
            return ESCAPES[code]

        return ESCAPE.sub(replaced, token[1:-1])


NOWHERE = Path((), 0)
"""Stands for the operand until `unary` knows it."""


def _moment(token: Token, position: int) -> Literal:
    if token.type == "DATE":
        return Literal("date", date.fromisoformat(token), position)
    if token.type == "TIME":
        return Literal("time", time.fromisoformat(token.upper().rstrip("Z")).isoformat("milliseconds") + "Z", position)
    return Literal("datetime", datetime.fromisoformat(token.upper()).astimezone(UTC), position)
