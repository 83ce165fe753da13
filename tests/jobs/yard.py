"""A lender with one repossessed truck: hub, org with people, books and a mail server, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.connectors.salesforce.soql import select
from drawbar.jobs.edits import EditedRecord, EditRule
from drawbar.middleware.collections.tables import account_standing
from drawbar.middleware.mail import Mailer
from drawbar.middleware.mail_settings import MailSettings
from drawbar.middleware.records import Reference, TargetRecord
from drawbar.middleware.resale.settings import ResaleSettings
from drawbar.middleware.sync.inbox_handling import Handling
from tests.jobs.books import FIRST_TOKEN, Books
from tests.jobs.people import People
from tests.jobs.world import World
from tests.mail_server import MailServer

VEHICLE, ACCOUNT, LESSEE = "VH00000001", "LW1", "LE1"

TRUCK = (
    TargetRecord(
        "Account", LESSEE,
        {"Name": "Summit Drayage LLC", "BillingStreet": "1 Dock St", "BillingCity": "Tulsa", "BillingState": "OK",
         "BillingPostalCode": "74101"},
    ),
    TargetRecord(
        "Lease_Account__c", ACCOUNT, {"Name": ACCOUNT, "Company__c": "01", "Portfolio__c": "OTR"},
        {"Lessee__r": Reference("Account", LESSEE)},
    ),
    TargetRecord(
        "Vehicle__c", VEHICLE, {"Name": VEHICLE, "VIN__c": "1FUJHHDR5LLAA0001", "Make__c": "Mack"},
        {"Lease_Account__r": Reference("Lease_Account__c", ACCOUNT)},
    ),
)  # fmt: skip


class Yard(People):
    """What people do in Salesforce, and what comes of it in the books and at Accounting."""

    def __init__(self, world: World, books: Books, mail: MailServer, **resale: Any) -> None:
        super().__init__(world.org)
        self.world, self.books, self.mail = world, books, mail
        books.connect(world)
        world.hub.books().connect(FIRST_TOKEN, now=world.hub.clock())
        settings = MailSettings(host="127.0.0.1", port=mail.port, security="none", sender="hub@lender.example")
        rules = ResaleSettings(**{"accounting_to": ("accounting@lender.example",), **resale})
        world.hub = replace(world.hub, mailer=Mailer(settings), resale=rules)
        for record in TRUCK:
            (outcome,) = world.hub.salesforce().upsert([record])
            assert outcome.status == "created", outcome
        assert world.settings.salesforce is not None
        self._client = SalesforceClient(world.settings.salesforce)
        self._charge_off()

    def _charge_off(self) -> None:
        """Let LeaseWorks have told that the account was charged off: its truck may be sold."""
        nothing = Decimal("0.00")
        values = {
            "account_number": ACCOUNT, "lessee_number": LESSEE, "portfolio": "OTR", "serviced": False,
            "left_as": "Charged Off", "past_due_amount": nothing, "late_fees": nothing, "missed_payments": 3,
            "payment_amount": nothing, "updated_at": self.world.hub.clock(),
        }  # fmt: skip
        with self.world.hub.engine.begin() as connection:
            connection.execute(insert(account_standing).values(values))

    def later(self, days: int) -> None:
        """Let days pass for the hub."""
        self.world.clock.time += timedelta(days=days)

    def truck(self, **fields: Any) -> None:
        """Change the truck as a person does."""
        self.change("Vehicle__c", self.id_of("Vehicle__c", VEHICLE), **fields)

    def id_of(self, object_name: str, key: str) -> str:
        return str(self.world.org.record(object_name, key)["Id"])

    def name_of(self, object_name: str, record_id: str) -> str:
        """Give the number that Salesforce gave a record."""
        found = self.world.org.records(object_name).values()
        return str(next(row["Name"] for row in found if row["Id"] == record_id))

    def edited(self, rule: EditRule, record_id: str) -> EditedRecord:
        """Read a record as it is now."""
        key_field = EXTERNAL_IDS[rule.object]
        names = list(dict.fromkeys([*rule.fields, "Id", key_field, "SystemModstamp", "LastModifiedBy.Name"]))
        (row,) = self._client.query(select(names, rule.object, "Id", [record_id]))
        fields = {name: _dig(row, name) for name in rule.fields}
        modified = datetime.fromisoformat(str(row["SystemModstamp"]).replace("+0000", "+00:00"))
        by = str(_dig(row, "LastModifiedBy.Name"))
        return EditedRecord(rule.object, record_id, str(row[key_field] or ""), fields, modified, by, by)

    def hear(self, *jobs: str) -> None:
        """Let the sweep find what people changed, let it be handled and delivered, and let other jobs follow."""
        for job in ("edits", "inbox", "deliver", *jobs):
            run = self.world.run(job)
            assert run.state in ("succeeded", "incomplete"), (job, run.state, run.error)

    def tell(self, rule: EditRule, record_id: str) -> Mapping[str, Any] | None:
        """Let a rule hear of a changed record; gives what it did, None when nothing was of its concern."""
        now = self.world.hub.clock()
        effect = rule.effect(self.edited(rule, record_id), Handling("told-1", now))
        if effect is None:
            return None
        with self.world.hub.engine.begin() as connection:
            return effect(connection)


def _dig(row: Mapping[str, Any], name: str) -> Any:
    value: Any = row
    for step in name.split("."):
        value = None if value is None else value[step]
    return value
