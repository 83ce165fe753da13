"""Turns the arguments `where` and `orderBy` of a GraphQL query into conditions and orderings of SOQL.

The words are those of Salesforce's GraphQL API Developer Guide, chapters Field Operators, Boolean Operators and Order
(read 2026-11): `{Amount__c: {gt: 5}}`, `{and: [...]}`, `{Account: {Name: {like: "A%"}}}`, dates as `{value: "..."}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from drawbar.sandbox.schema import Field, Schema, SObject
from drawbar.sandbox.soql.syntax import Comparison, Condition, Junction, Literal, Membership, Negation, Ordering, Path
from drawbar.sandbox.uiapi.errors import GraphQLRefusal

OPERATORS = {"eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "like": "LIKE"}
MEMBERSHIPS = {"in": False, "nin": True}
NUMBERS = frozenset({"int", "double", "currency", "percent"})
DIRECTIONS = {"ASC": False, "DESC": True}
NULLS = {"FIRST": False, "LAST": True}


@dataclass(frozen=True, slots=True)
class Place:
    """An object that arguments speak of, and the relationships that lead to it from the object of the query."""

    schema: Schema
    sobject: SObject
    path: tuple[str, ...] = ()

    def parent(self, name: str) -> Place | None:
        """Give the place that a relationship (`Account`, `Lease_Account__r`) leads to; None when there is none."""
        lookup = self.sobject.relationship(name)
        found = (self.schema.get(each) for each in lookup.reference_to) if lookup else iter(())
        target = next((each for each in found if each is not None), None)
        return Place(self.schema, target, (*self.path, name)) if target else None

    def field(self, name: str) -> Field:
        """Find a field; refused by name when the object has none. GraphQL minds the case of names, unlike SOQL."""
        found = self.sobject.field(name)
        if found is None or found.name != name:
            raise GraphQLRefusal(f"Field '{name}' in type '{self.sobject.name}' is undefined")
        return found

    def operand(self, name: str) -> Path:
        return Path((*self.path, name), 0)


def condition(place: Place, where: object) -> Condition | None:
    """Read `where`; None when it narrows nothing."""
    terms = tuple(_terms(place, _members(where, "where")))
    if len(terms) > 1:
        return Junction("AND", terms)
    return terms[0] if terms else None


def _terms(place: Place, where: Mapping[str, object]) -> Iterator[Condition]:
    for name, wanted in where.items():
        if name in ("and", "or"):
            found = (condition(place, each) for each in _listed(wanted, name))
            parts = tuple(each for each in found if each is not None)
            if parts:
                yield Junction("AND" if name == "and" else "OR", parts)
        elif name == "not":
            inner = condition(place, wanted)
            if inner is not None:
                yield Negation(inner)
        elif (parent := place.parent(name)) is not None:
            yield from _terms(parent, _members(wanted, name))
        else:
            yield from _tests(place, place.field(name), _members(wanted, name))


def _tests(place: Place, field: Field, operators: Mapping[str, object]) -> Iterator[Condition]:
    operand = place.operand(field.name)
    for name, value in operators.items():
        if name in OPERATORS:
            yield Comparison(operand, OPERATORS[name], _literal(field, value))
        elif name in MEMBERSHIPS:
            candidates = tuple(_literal(field, each) for each in _listed(value, field.name))
            yield Membership(operand, negated=MEMBERSHIPS[name], candidates=candidates)
        else:
            raise GraphQLRefusal(f"Operator '{name}' of field '{field.name}' is not known")


def _literal(field: Field, value: object) -> Literal:
    if field.type in ("date", "datetime") and value is not None:
        value = _members(value, field.name).get("value")
    if value is None:
        return Literal("null", None, 0)
    try:
        return _READERS.get(field.type, _string)(value)
    except (ValueError, ArithmeticError, TypeError) as error:
        raise GraphQLRefusal(f"'{value}' is no value for field '{field.name}' of type {field.type}") from error


def _string(value: object) -> Literal:
    if not isinstance(value, str):
        raise TypeError(value)
    return Literal("string", value, 0, pattern=value)


def _number(value: object) -> Literal:
    if isinstance(value, bool):
        raise TypeError(value)
    return Literal("number", Decimal(str(value)), 0)


def _flag(value: object) -> Literal:
    if not isinstance(value, bool):
        raise TypeError(value)
    return Literal("boolean", value, 0)


def _day(value: object) -> Literal:
    return Literal("date", date.fromisoformat(str(value)), 0)


def _moment(value: object) -> Literal:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(value)
    return Literal("datetime", moment, 0)


_READERS: Mapping[str, Callable[[object], Literal]] = {
    **dict.fromkeys(NUMBERS, _number),
    "boolean": _flag,
    "date": _day,
    "datetime": _moment,
}


def orderings(place: Place, order_by: object) -> tuple[Ordering, ...]:
    """Read `orderBy`: `{Name: {order: DESC, nulls: LAST}}`, in the order of the fields."""
    return tuple(_orderings(place, _members(order_by, "orderBy")))


def _orderings(place: Place, order_by: Mapping[str, object]) -> Iterator[Ordering]:
    for name, wanted in order_by.items():
        parent = place.parent(name)
        if parent is not None:
            yield from _orderings(parent, _members(wanted, name))
            continue
        field = place.field(name)
        how = _members(wanted, name)
        order, nulls = how.get("order") or "ASC", how.get("nulls") or "FIRST"
        if order not in DIRECTIONS or nulls not in NULLS:
            raise GraphQLRefusal(f"orderBy of '{name}' takes order ASC or DESC and nulls FIRST or LAST")
        yield Ordering(place.operand(field.name), descending=DIRECTIONS[order], nulls_last=NULLS[nulls])


def _members(value: object, name: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise GraphQLRefusal(f"'{name}' takes an object")
    return cast("Mapping[str, object]", value)


def _listed(value: object, name: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise GraphQLRefusal(f"'{name}' takes a list")
    return value
