"""A small org in memory: accounts with leases, payments and Cases, as SQL tables, for tests of queries."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drawbar.sandbox.ids import new_id
from drawbar.sandbox.schema import ChildRelationship, Field, PicklistValue, Schema, SObject
from drawbar.sandbox.soql.compiler import compile_query, register_functions
from drawbar.sandbox.standard import audit_fields, is_deleted, lookup, record_id
from drawbar.sandbox.tables import create_tables, quoted, table_name

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
USER = new_id("005", 1)
QUEUE = new_id("00G", 1)


def _object(name: str, prefix: str, *fields: Field, children: tuple[ChildRelationship, ...] = ()) -> SObject:
    own = (record_id(), is_deleted(), *fields, *audit_fields())
    return SObject(name, name, f"{name}s", prefix, own, children=children, custom=name.endswith("__c"))


def text(name: str, **more: Any) -> Field:
    return Field(name, name, "string", length=80, custom=name.endswith("__c"), **more)


def number(name: str, scale: int = 2, **more: Any) -> Field:
    return Field(name, name, "currency", precision=18, scale=scale, custom=True, **more)


def custom_lookup(name: str, target: str) -> Field:
    stem = name.removesuffix("__c")
    return lookup(name, target, custom=True, relationship_name=f"{stem}__r")


STATUSES = tuple(
    PicklistValue(value, label) for value, label in (("New", "Brand new"), ("Open", "Open"), ("Done", "Done"))
)

SCHEMA = Schema(
    [
        _object("User", "005", text("Name"), text("Email")),
        _object("Group", "00G", text("Name")),
        _object(
            "Account",
            "001",
            text("Name", nillable=False),
            lookup("OwnerId", "User"),
            lookup("ParentId", "Account"),
            text("BillingCity", compound="BillingAddress"),
            text("BillingCountry", compound="BillingAddress"),
            Field("BillingAddress", "Billing Address", "address"),
            Field("Description", "Description", "textarea", length=32000, long_text=True),
            children=(ChildRelationship("Lease_Account__c", "Account__c", "Lease_Accounts__r"),),
        ),
        _object(
            "Lease_Account__c",
            "a00",
            text("Name"),
            text("LeaseWorks_Id__c", unique=True, external_id=True),
            text("Code__c", case_sensitive=True),
            custom_lookup("Account__c", "Account"),
            Field("Status__c", "Status", "picklist", picklist=STATUSES, custom=True),
            Field("Colours__c", "Colours", "multipicklist", custom=True),
            Field("Active__c", "Active", "boolean", custom=True, nillable=False),
            Field("Days_Past_Due__c", "Days Past Due", "double", precision=18, scale=0, custom=True),
            number("Balance__c"),
            Field("Due__c", "Due", "date", custom=True),
            Field("Seen__c", "Seen", "datetime", custom=True),
            Field("Rate__c", "Rate", "percent", precision=5, scale=2, custom=True),
            number("Interest__c", formula="ROUND(Balance__c * Rate__c, 2)", blank_as_zero=True),
            text("Summary__c", formula='Account__r.Name & ": " & IF(Late__c, "late", "fine")'),
            Field("Late__c", "Late", "boolean", formula="TODAY() > Due__c", custom=True),
            children=(ChildRelationship("Payment__c", "Lease_Account__c", "Payments__r"),),
        ),
        _object(
            "Payment__c",
            "a01",
            text("Name"),
            custom_lookup("Lease_Account__c", "Lease_Account__c"),
            number("Amount__c"),
            Field("Paid__c", "Paid", "date", custom=True),
        ),
        _object(
            "Case",
            "500",
            text("Subject"),
            lookup("OwnerId", "Group", "User"),
            lookup("AccountId", "Account"),
            lookup("ContactId", "Contact"),
        ),
        _object("Contact", "003", *(text(each) for each in ("Name", "Phone", "MobilePhone", "Email", "Fax"))),
    ]
)


class SoqlOrg:
    """The org, with rows put straight into its tables."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        weakref.finalize(self, self.connection.close)
        create_tables(self.connection, SCHEMA)
        register_functions(self.connection)
        self._counts: dict[str, int] = {}
        self.add("User", Id=USER, Name="Ann Agent", Email="ann@example.com")
        self.add("Group", Id=QUEUE, Name="Collections")

    def add(self, object_name: str, **values: object) -> str:
        """Insert a row and give its id."""
        sobject = SCHEMA.get(object_name)
        assert sobject is not None
        count = self._counts[object_name] = self._counts.get(object_name, 0) + 1
        row: Mapping[str, object] = {"Id": new_id(sobject.key_prefix, count), "IsDeleted": 0, **values}
        names, marks = ", ".join(map(quoted, row)), ", ".join("?" * len(row))
        self.connection.execute(
            f"INSERT INTO {quoted(table_name(sobject))} ({names}) VALUES ({marks})", list(row.values())
        )
        return str(row["Id"])

    def query(self, text: str, *, include_deleted: bool = False) -> list[dict[str, Any]]:
        """Run a query and give its records; the size that it announces must be theirs."""
        compiled = compile_query(text, SCHEMA, now=NOW, user_id=USER, include_deleted=include_deleted)
        records: list[dict[str, Any]] = list(compiled.records(self.connection))
        if not compiled.counts_only:
            assert compiled.total_size(self.connection) == len(records)
        return records

    def size(self, text: str) -> int:
        return compile_query(text, SCHEMA, now=NOW, user_id=USER).total_size(self.connection)

    def names(self, text: str) -> list[str]:
        """Run a query that selects Name and give the names."""
        return [record["Name"] for record in self.query(text)]

    def plan(self, text: str) -> str:
        """Explain how SQLite runs a query."""
        compiled = compile_query(text, SCHEMA, now=NOW, user_id=USER)
        rows = self.connection.execute(f"EXPLAIN QUERY PLAN {compiled.sql.text}", compiled.sql.bound())
        return "\n".join(row[3] for row in rows)
