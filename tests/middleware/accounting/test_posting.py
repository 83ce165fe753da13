"""The accounting rules: whatever they make balances, and what cannot be posted is refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbar.connectors.quickbooks_online.records import read_lines
from drawbar.mappings.accounting_quickbooks import to_quickbooks
from drawbar.middleware.accounting.gl import GlLine, GlRefusal, gl_entries
from drawbar.middleware.accounting.posting import entry_of, example
from drawbar.middleware.accounting.records import AccountingEvent, Entry, EntryLine
from drawbar.middleware.accounting.rules import AccountingRules, load_rules
from drawbar.middleware.errors import ConfigError, NotThere, RecordRejected

RULES = load_rules(None)
DAY = date(2026, 3, 2)
MONEY = st.decimals(Decimal(0), Decimal("9999999.99"), places=2)


def event(name: str, party: str = "", **amounts: str) -> AccountingEvent:
    return AccountingEvent(name, "K1", DAY, {key: Decimal(value) for key, value in amounts.items()}, party=party)


@st.composite
def events(draw: st.DrawFn) -> AccountingEvent:
    name = draw(st.sampled_from(sorted(RULES.events)))
    amounts = {each: draw(MONEY) for each in RULES.events[name].amounts}
    return AccountingEvent(name, "K1", DAY, amounts, party="somebody")


@pytest.mark.spec("P24")
@settings(max_examples=40, deadline=None)
@given(events())
def test_whatever_the_rules_make_of_an_event_balances(told: AccountingEvent) -> None:
    if not any(told.amounts.values()):
        return
    entry = entry_of(RULES, told)

    assert entry.total("debit") == entry.total("credit") > 0
    assert all(line.amount > 0 for line in entry.lines)
    record = to_quickbooks(entry)
    if entry.document == "journal":
        lines = read_lines(str(record.fields["Lines"]))
        sides = {side: sum(line.amount for line in lines if line.side == side) for side in ("debit", "credit")}
        assert sides["debit"] == sides["credit"] == entry.total("debit")
    elif entry.document != "payment":
        assert sum(line.amount for line in read_lines(str(record.fields["Lines"]))) == entry.total("debit")


def gl(account: str, debit: str, credit: str, *, portfolio: str = "TRUCK", number: str = "1") -> GlLine:
    return GlLine(number, DAY, "100", portfolio, account, "said", Decimal(debit), Decimal(credit))


@pytest.mark.spec("P24")
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(RULES.gl_accounts)), MONEY, MONEY), max_size=12))
def test_a_journal_of_the_general_ledger_balances_or_is_refused(lines: list[tuple[str, Decimal, Decimal]]) -> None:
    taken = [GlLine("1", DAY, "100", "TRUCK", account, "", debit, credit) for account, debit, credit in lines]
    for made in gl_entries(RULES, taken):
        if isinstance(made, GlRefusal):
            assert sum(each.debit for each in taken) != sum(each.credit for each in taken)
            assert made.error.code == "UNBALANCED"
        else:
            assert made.total("debit") == made.total("credit") == sum(each.debit for each in taken)


def test_one_bad_group_of_the_general_ledger_does_not_keep_the_others_out() -> None:
    lines = [
        gl("1010", "5.00", "0.00"),
        gl("1200", "0.00", "5.00"),
        gl("1010", "5.00", "0.00", portfolio="BROKER"),
        gl("1200", "0.00", "4.99", portfolio="BROKER"),
        gl("7777", "1.00", "0.00", portfolio="FLEET", number="GL9"),
    ]
    made = {each.key: each for each in gl_entries(RULES, lines)}

    assert list(made) == ["GL20260302-100-BROKER", "GL20260302-100-FLEET", "GL20260302-100-TRUCK"]
    posted, unbalanced, unknown = (
        made[f"GL20260302-100-{name}"] for name in ("TRUCK", "BROKER", "FLEET")
    )  # fmt: skip
    assert isinstance(posted, Entry)
    assert isinstance(unbalanced, GlRefusal)
    assert "debits of 5.00 do not equal credits of 4.99" in str(unbalanced.error)
    assert isinstance(unknown, GlRefusal)
    assert "GL Posting GL9, field gl_account: the accounting rules know no LeaseWorks account 7777" in str(
        unknown.error
    )


def test_a_company_and_its_portfolio_set_class_location_and_accounts() -> None:
    rules = AccountingRules.model_validate(
        RULES.model_dump()
        | {
            "accounts": {**RULES.accounts},
            "companies": {
                "100": {
                    "class_name": "Lender", "location": "North", "accounts": {"payable": "A/P North"},
                    "portfolios": {"TRUCK": {"class_name": "Trucks"}},
                }
            },
        }
    )  # fmt: skip
    told = event("repair_bill", "Shop", total="10.00")

    made = [
        entry_of(rules, replace(told, company=company, portfolio=portfolio))
        for company, portfolio in (("", ""), ("100", "OTHER"), ("100", "TRUCK"))
    ]

    assert [(each.location, each.lines[0].class_name, each.lines[1].account) for each in made] == [
        ("", "Repossession", "Accounts Payable"),
        ("North", "Lender", "A/P North"),
        ("North", "Trucks", "A/P North"),
    ]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (event("repair_bill", "Shop"), "lacks total"),
        (event("repair_bill", "Shop", total="1.00", tip="1.00"), "has no use for tip"),
        (event("repair_bill", total="1.00"), "names no vendor"),
        (event("repair_bill", "Shop", total="1.005"), "has a fraction of a cent"),
        (event("repair_bill", "Shop", total="0.00"), "comes to nothing"),
        (event("repair_bill", "Shop", total="-3.00"), "is below zero"),
        (replace(event("repair_bill", "Shop", total="1.00"), key=""), "has no key"),
    ],
)
def test_an_event_that_cannot_be_posted_says_why(told: AccountingEvent, says: str) -> None:
    with pytest.raises(RecordRejected, match=says) as refused:
        entry_of(RULES, told)
    assert refused.value.remedy


def test_an_event_without_a_rule_is_named() -> None:
    with pytest.raises(NotThere, match="no rule for the event 'party'"):
        entry_of(RULES, event("party"))


def test_an_entry_whose_sides_differ_cannot_be_made() -> None:
    lines = (EntryLine("debit", "a", Decimal("0.01")), EntryLine("credit", "b", Decimal("0.02")))
    with pytest.raises(RecordRejected, match=r"x K1, field amounts: debits of 0\.01 do not equal credits of 0\.02"):
        Entry("x", "journal", "K1", DAY, lines)


def test_more_recovered_than_owed_turns_the_loss_around() -> None:
    entry = entry_of(RULES, event("deficiency_write_off", balance="100.00", recovered="120.00"))
    assert [(line.side, line.account, str(line.amount)) for line in entry.lines] == [
        ("credit", "Deficiency Losses", "20.00"),
        ("debit", "Unapplied Cash", "120.00"),
        ("credit", "Lease Receivables", "100.00"),
    ]


def test_every_default_event_can_be_shown() -> None:
    for name, rule in RULES.events.items():
        entry = entry_of(RULES, example(rule, AccountingEvent(name, "EXAMPLE", DAY, {})))
        assert entry.lines, name


LINE = {"account": "cash", "amount": ["total"]}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"document": "bill", "party": "vendor", "credits": [LINE, LINE]}, "a bill has one line in credits"),
        ({"document": "bill"}, "a bill is with a vendor"),
        ({"document": "invoice", "party": "customer"}, "each credit of an invoice needs an item"),
        ({"document": "payment", "party": "customer", "debits": [LINE, LINE]}, "a payment has one debit"),
        ({"document": "journal", "debits": [{**LINE, "account": "moon"}]}, "accounts lacks moon"),
        ({"document": "letter"}, "document"),
        ({"document": "journal", "colour": "red"}, "colour"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused_with_their_place(rule: dict[str, object], says: str) -> None:
    whole = {"purpose": "x", "debits": [LINE], "credits": [LINE], **rule}
    with pytest.raises(ValueError, match=says):
        AccountingRules.model_validate({"accounts": {"cash": "Cash"}, "events": {"x": whole}})


def test_a_file_of_rules_is_read_and_its_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    for text, says in (("[accounts", "is not TOML"), ("[accounts]\n", "events: Field required")):
        path.write_text(text)
        with pytest.raises(ConfigError, match=says):
            load_rules(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_rules(tmp_path / "none.toml")
    path.write_text('[accounts]\ncash = "Cash"\n[events]\n')
    assert load_rules(path).events == {}
