"""Writes the .qwc file with which the Web Connector learns of the hub; it never holds the password.

Elements as in Intuit's QuickBooks Web Connector Programmer's Guide 2.0 (2009). OwnerID and FileID must stay the same,
or QuickBooks asks for its permission anew; they are made from names that do not change.
"""

from __future__ import annotations

from typing import Final
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from drawbar.connectors.quickbooks_desktop.settings import QuickBooksDesktopSettings
from drawbar.middleware.errors import NotThere

OWNER: Final = uuid5(NAMESPACE_URL, "urn:drawbar:quickbooks-desktop")
"""The same for every Drawbar: it names the application, not the lender."""

_HABITS: Final = {"IsReadOnly": "false", "PersonalDataPref": "pdpNotNeeded", "UnattendedModePref": "umpOptional"}
"""It writes, needs no data of people, and may work while nobody is logged in."""


def qwc_file(settings: QuickBooksDesktopSettings, company: str, address: str) -> bytes:
    """Give the file for one company; `address` is that of the service as the Web Connector reaches it.

    Raises NotThere when the settings name no such company.
    """
    if company not in settings.companies:
        known = ", ".join(sorted(settings.companies)) or "none"
        raise NotThere(f"there is no company {company!r} in the settings", remedy=f"There are: {known}.")
    root = etree.Element("QBWCXML")
    for name, text in _entries(settings, company, address).items():
        etree.SubElement(root, name).text = text
    schedule = etree.SubElement(root, "Scheduler")
    etree.SubElement(schedule, "RunEveryNMinutes").text = str(settings.run_every_minutes)
    for name, text in _HABITS.items():
        etree.SubElement(root, name).text = text
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _entries(settings: QuickBooksDesktopSettings, company: str, address: str) -> dict[str, str]:
    application = f"{settings.application} ({company})"
    return {
        "AppName": application, "AppID": "", "AppURL": address,
        "AppDescription": "Takes bills of vendors from Drawbar into QuickBooks.",
        "AppSupport": settings.support_url or address, "UserName": settings.companies[company].user,
        "OwnerID": f"{{{OWNER}}}", "FileID": f"{{{uuid5(OWNER, company)}}}", "QBType": "QBFS",
    }  # fmt: skip
