"""Accounting rules as data: which event posts what to which accounts, per company and portfolio (P24)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.units import Days

DocumentKind = Literal["bill", "invoice", "payment", "deposit", "journal"]
Party = Literal["", "vendor", "customer"]
Side = Literal["debit", "credit"]

DEFAULT_RULES: Final = "default_rules.toml"


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LineRule(_Rule):
    """One line of an entry: the account by our word for it, and the amounts of the event that it sums up.

    An amount with a minus in front is taken off. `item` is the product or service that an invoice names instead of
    the account; the company's item has to lead to that account.
    """

    account: str = Field(min_length=1)
    amount: tuple[str, ...] = Field(min_length=1)
    memo: str = ""
    item: str = ""


class EventRule(_Rule):
    """What one event posts: the kind of document, who it is with, when it is due, its debits and credits."""

    purpose: str = Field(min_length=1)
    document: DocumentKind
    party: Party = ""
    due_days: Days = Field(0, ge=0, le=365)
    class_name: str = ""
    debits: tuple[LineRule, ...] = Field(min_length=1)
    credits: tuple[LineRule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _document_can_be_written(self) -> Self:
        single = {"bill": self.credits, "invoice": self.debits, "deposit": self.debits}
        if len(single.get(self.document, ("one",))) != 1:
            side = "credits" if self.document == "bill" else "debits"
            raise ValueError(f"a {self.document} has one line in {side}: the account that it stands on")
        if self.document == "payment" and (len(self.debits), len(self.credits)) != (1, 1):
            raise ValueError("a payment has one debit and one credit")
        wanted = {"bill": "vendor", "invoice": "customer", "payment": "customer"}.get(self.document, self.party)
        if self.party != wanted:
            raise ValueError(f"a {self.document} is with a {wanted}: set party")
        if self.document == "invoice" and not all(line.item for line in self.credits):
            raise ValueError("each credit of an invoice needs an item")
        return self

    @property
    def lines(self) -> Iterator[tuple[Side, LineRule]]:
        """All lines, debits first."""
        yield from (("debit", line) for line in self.debits)
        yield from (("credit", line) for line in self.credits)

    @property
    def amounts(self) -> tuple[str, ...]:
        """The names of the amounts that the event needs, in the order in which they are first named."""
        return tuple(dict.fromkeys(name.lstrip("-") for _, line in self.lines for name in line.amount))


class Dimensions(_Rule):
    """Class and location of what a company or portfolio posts, and accounts of its own; "" leaves the wider rule.

    `books` is the company of QuickBooks that it goes to, by its name in the settings; "" is the first one.
    """

    books: str = ""
    class_name: str = ""
    location: str = ""
    accounts: Mapping[str, str] = Field(default_factory=dict)


class CompanyRule(Dimensions):
    """What is so for one LeaseWorks company; its portfolios may differ again."""

    portfolios: Mapping[str, Dimensions] = Field(default_factory=dict)


class AccountingRules(_Rule):
    """All rules: accounts by our words, LeaseWorks' general ledger codes, events, companies."""

    accounts: Mapping[str, str]
    gl_accounts: Mapping[str, str] = Field(default_factory=dict)
    gl_class_name: str = ""
    books: str = ""
    events: Mapping[str, EventRule]
    companies: Mapping[str, CompanyRule] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _accounts_are_named(self) -> Self:
        used = {line.account for rule in self.events.values() for _, line in rule.lines} | set(
            self.gl_accounts.values()
        )
        own = {
            word
            for company in self.companies.values()
            for place in (company, *company.portfolios.values())
            for word in place.accounts
        }
        missing = sorted((used | own) - set(self.accounts))
        if missing:
            raise ValueError(f"accounts lacks {', '.join(missing)}")
        return self

    def dimensions(self, company: str, portfolio: str) -> Dimensions:
        """Give what is so for a portfolio: its own words first, then its company's."""
        wider = self.companies.get(company, CompanyRule())
        own = wider.portfolios.get(portfolio, Dimensions())
        return Dimensions(
            books=own.books or wider.books or self.books,
            class_name=own.class_name or wider.class_name, location=own.location or wider.location,
            accounts={**wider.accounts, **own.accounts},
        )  # fmt: skip


def load_rules(path: Path | None) -> AccountingRules:
    """Read the rules from a file, or give the default ones; ConfigError says what is wrong with which."""
    source = files(__package__).joinpath(DEFAULT_RULES) if path is None else path
    try:
        return AccountingRules.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror})", remedy="Set accounting.rules_file.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}", remedy="Mend the line it names.") from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}".removeprefix(": ")
            for each in error.errors(include_input=False, include_url=False)
        )
        raise ConfigError(f"the accounting rules are not usable: {wrong}", remedy=f"Mend {path}.") from None
