"""Random conditions over random rows find what the same conditions find in plain Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.soql_org import NOW, SoqlOrg

TODAY = NOW.date()
TEXTS = st.text(st.sampled_from("aAbBéÉß%_\\'\" \n;"), min_size=1, max_size=4).map(str.strip).filter(bool)
AMOUNTS = st.integers(-300, 300).map(lambda cents: cents / 100)
DAYS = st.integers(-5, 5).map(lambda days: (TODAY + timedelta(days=days)).isoformat())
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "LeaseWorks_Id__c": st.none() | TEXTS,
            "Code__c": st.none() | TEXTS,
            "Balance__c": st.none() | AMOUNTS,
            "Active__c": st.integers(0, 1),
            "Due__c": st.none() | DAYS,
        }
    ),
    max_size=8,
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """A condition as SOQL, and as a test of a row."""

    soql: str
    holds: Callable[[Row], bool]

    def __repr__(self) -> str:
        return self.soql


def literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"').replace("\n", "\\n")
    return f"'{escaped}'"


def folded(text: str | None) -> str | None:
    return None if text is None else text.lower()


def compared(operator: str, left: Any, right: Any) -> bool:
    if operator == "=":
        return bool(left == right)
    if operator == "!=":
        return bool(left != right)
    if left is None:
        return False
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


@st.composite
def simple(draw: st.DrawFn) -> Condition:
    kind = draw(st.sampled_from(["text", "code", "amount", "flag", "day", "span", "in", "like", "null"]))
    equality, operator = draw(st.sampled_from(["=", "!="])), draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
    if kind == "text":
        text = draw(TEXTS)
        holds = lambda row: compared(equality, folded(row["LeaseWorks_Id__c"]), folded(text))  # noqa: E731
        return Condition(f"LeaseWorks_Id__c {equality} {literal(text)}", holds)
    if kind == "code":
        text = draw(TEXTS)
        return Condition(f"Code__c {equality} {literal(text)}", lambda row: compared(equality, row["Code__c"], text))
    if kind == "amount":
        amount = draw(AMOUNTS)
        return Condition(f"Balance__c {operator} {amount}", lambda row: compared(operator, row["Balance__c"], amount))
    if kind == "flag":
        flag = draw(st.booleans())
        return Condition(f"Active__c {equality} {flag}", lambda row: compared(equality, bool(row["Active__c"]), flag))
    if kind == "day":
        day = draw(DAYS)
        return Condition(f"Due__c {operator} {day}", lambda row: compared(operator, row["Due__c"], day))
    if kind == "span":
        return draw(spans())
    if kind == "in":
        return draw(memberships())
    if kind == "like":
        return draw(likes())
    name = draw(st.sampled_from(["LeaseWorks_Id__c", "Balance__c", "Due__c"]))
    return Condition(f"{name} {equality} null", lambda row: compared(equality, row[name], None))


@st.composite
def spans(draw: st.DrawFn) -> Condition:
    count = draw(st.integers(0, 4))
    first, last = (TODAY - timedelta(days=count)).isoformat(), TODAY.isoformat()
    operator = draw(st.sampled_from(["=", "!=", "<", ">="]))

    def holds(row: Row) -> bool:
        day = row["Due__c"]
        inside = day is not None and first <= day <= last
        by_operator = {"=": inside, "!=": not inside, "<": (day or "9") < first, ">=": (day or "") >= first}
        return by_operator[operator]

    return Condition(f"Due__c {operator} LAST_N_DAYS:{count}", holds)


@st.composite
def memberships(draw: st.DrawFn) -> Condition:
    texts = draw(st.lists(TEXTS, min_size=1, max_size=3))
    negated = draw(st.booleans())
    wanted = {folded(text) for text in texts}
    soql = f"LeaseWorks_Id__c {'NOT IN' if negated else 'IN'} ({', '.join(map(literal, texts))})"
    return Condition(soql, lambda row: (folded(row["LeaseWorks_Id__c"]) in wanted) is not negated)


@st.composite
def likes(draw: st.DrawFn) -> Condition:
    parts = draw(
        st.lists(st.sampled_from(["%", "_", "\\%", "\\_", "a", "É", "b", "\\\\", "\\'"]), min_size=1, max_size=4)
    )
    expressions = {"%": ".*", "_": "."}
    pattern = "".join(expressions.get(part) or re.escape(part[-1].lower()) for part in parts)

    def holds(row: Row) -> bool:
        text = folded(row["LeaseWorks_Id__c"])
        return text is not None and re.fullmatch(pattern, text, re.DOTALL) is not None

    return Condition(f"LeaseWorks_Id__c LIKE '{''.join(parts)}'", holds)


def combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda terms: _joined("AND", terms, all)),
        several.map(lambda terms: _joined("OR", terms, any)),
        inner.map(lambda term: Condition(f"(NOT {term.soql})", lambda row: not term.holds(row))),
    )


def _joined(word: str, terms: list[Condition], fold: Callable[[list[bool]], bool]) -> Condition:
    soql = f" {word} ".join(term.soql for term in terms)
    return Condition(f"({soql})", lambda row: fold([term.holds(row) for term in terms]))


@settings(max_examples=150, deadline=None)
@given(ROWS, st.recursive(simple(), combined, max_leaves=6))
def test_conditions_find_what_plain_python_finds(rows: list[Row], condition: Condition) -> None:
    org = SoqlOrg()
    for number, row in enumerate(rows):
        org.add("Lease_Account__c", Name=f"{number}", **row)
    expected = [f"{number}" for number, row in enumerate(rows) if condition.holds(row)]
    assert org.names(f"SELECT Name FROM Lease_Account__c WHERE {condition.soql} ORDER BY Name") == expected


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_no_text_gets_out_of_its_quotes(text: str) -> None:
    org = SoqlOrg()
    org.add("Account", Name="kept")
    assert org.names(f"SELECT Name FROM Account WHERE Name = {literal(text + 'x')}") == []
    assert org.names("SELECT Name FROM Account") == ["kept"]
