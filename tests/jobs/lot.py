"""A lender with a repossessed truck that auctions shall sell: people in Salesforce, the hub, and its commands."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import insert

from drawbar.cli import drawbar
from drawbar.commands.session import Session
from drawbar.jobs.remarketing import RemarketingOffice
from drawbar.middleware.collections.tables import account_standing
from drawbar.middleware.database.engine import reading
from drawbar.middleware.remarketing.requests import RemarketingRequest
from drawbar.middleware.remarketing.settings import RemarketingSettings
from tests.jobs.people import People
from tests.jobs.world import World
from tests.jobs.yard import ACCOUNT, LESSEE, TRUCK, VEHICLE

SETTINGS = RemarketingSettings.model_validate(
    {
        "vendors": {
            "ritchie": {"name": "Ritchie Bros", "client": "auction-a"}, "taylor": {"client": "auction-b"}, "penske": {},
        },
        "criteria": [
            {"name": "south", "country": "US", "states": ["TX", "OK"],
             "vendors": [{"vendor": "taylor", "sort_order": 2}, {"vendor": "ritchie", "sort_order": 1}]},
            {"name": "north", "states": ["ND"], "vendors": [{"vendor": "taylor"}, {"vendor": "ritchie"}]},
        ],
        "attributes": ["Keys", "Run Number"],
    }
)  # fmt: skip
REQUEST, STATUS, TRUCKS = "Remarketing__c", "Remarketing_Status__c", "Vehicle__c"
NUMBER = f"{VEHICLE}-M001"


class Lot(People):
    """What people do with requests, from whichever side."""

    def __init__(self, world: World, disposition: str = "INVENTORY") -> None:
        super().__init__(world.org)
        self.world = world
        world.hub = replace(world.hub, remarketing=SETTINGS)
        for record in TRUCK:
            (outcome,) = world.hub.salesforce().upsert([record])
            assert outcome.status == "created", outcome
        self._charge_off()
        self.truck(Disposition__c=disposition, Storage_Place__c="Yard 1, Tulsa", Storage_State__c="OK")

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

    def truck(self, **fields: Any) -> None:
        """Change the truck as a person does."""
        self.change(TRUCKS, self.id_of(TRUCKS, VEHICLE), **fields)

    def id_of(self, object_name: str, key: str) -> str:
        return str(self.world.org.record(object_name, key)["Id"])

    def hear(self) -> None:
        """Let the sweep find what people changed, let it be handled, and let what follows be delivered."""
        for job in ("edits", "inbox", "deliver"):
            run = self.world.run(job)
            assert run.state in ("succeeded", "incomplete"), (job, run.state, run.error)

    def typed(self, *words: str, group: str = "auctions") -> Result:
        """Type a command of a group of `drawbar`."""
        session = Session(Path("drawbar.toml"), explicit=True)
        vars(session).update(hub=self.world.hub, settings=self.world.settings)
        command = drawbar.get_command(None, group)  # type: ignore[arg-type]
        assert command is not None
        return CliRunner().invoke(command, words, obj=session)

    def told(self, *words: str, group: str = "auctions") -> Any:
        """Type a command for machines, and give what it answers; raises what it raises."""
        result = self.typed(*words, "--json", group=group)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return json.loads(result.output)

    def repossessed(self) -> None:
        """Let the truck's repossession go as far as the inventory."""
        for words in (
            ("request", ACCOUNT, "--vehicle", VEHICLE), ("event", ACCOUNT, "repossessed"),
            ("event", ACCOUNT, "repaired"),
        ):  # fmt: skip
            self.told(*words, group="repo")
        self.hear()

    def standing(self) -> tuple[str, str]:
        """Give the state of the repossession, and the disposition in Salesforce."""
        (case,) = self.told("list", group="repo")
        return case["state"], self.world.org.record(TRUCKS, VEHICLE)["Disposition__c"]

    def request(self, number: str = NUMBER) -> RemarketingRequest:
        with reading(self.world.hub.engine) as connection:
            return self._office(connection).book.get(number)

    def requests(self) -> list[str]:
        with reading(self.world.hub.engine) as connection:
            return [each.number for each in self._office(connection).book.listed()]

    def notified(self, number: str = NUMBER) -> list[str]:
        """Give the statuses of which the auction is told."""
        with reading(self.world.hub.engine) as connection:
            found = self._office(connection).desk.notifications.of_request(number)
            return [each.status.value for each in found]

    def refusals(self) -> list[tuple[str, str]]:
        """Give code and message of everything that was refused and is not settled."""
        return [(each.failure.code, each.failure.message) for each in self.world.letters()]

    def _office(self, connection: Any) -> RemarketingOffice:
        return RemarketingOffice(self.world.hub, connection, self.world.hub.clock(), "")
