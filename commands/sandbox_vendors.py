"""The vendors that the sandbox simulates beside Salesforce and LeaseWorks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from drawbar.sandbox.fleetrock.vendor import FleetRockVendor
from drawbar.sandbox.gps.trucks import Yard
from drawbar.sandbox.leaseworks.home import leaseworks_home
from drawbar.sandbox.mail.vendor import MailVendor
from drawbar.sandbox.mbsi.vendor import MbsiVendor
from drawbar.sandbox.passtime.vendor import PassTimeVendor
from drawbar.sandbox.quickbooks.vendor import open_quickbooks
from drawbar.sandbox.rdn.vendor import RdnVendor
from drawbar.sandbox.spireon.vendor import SpireonVendor
from drawbar.sandbox.store import system_clock
from drawbar.sandbox.twilio.vendor import TwilioVendor
from drawbar.sandbox.vendors import Vendor


def open_vendors(data: Path) -> Sequence[Vendor]:
    """Open all simulated vendors with the sandbox's data folder."""
    folder = data.expanduser().absolute()
    files = leaseworks_home(data).files
    return (
        PassTimeVendor(folder / "passtime", Yard(files, "PassTime")),
        SpireonVendor(folder / "spireon", Yard(files, "Spireon")),
        FleetRockVendor(folder / "fleetrock", files),
        RdnVendor(folder / "rdn"),
        MbsiVendor(folder / "mbsi"),
        MailVendor(folder / "agent_mail"),
        TwilioVendor(folder / "twilio"),
        open_quickbooks(folder / "quickbooks_online", system_clock),
    )
