"""How LeaseWorks names the ways of speaking to a lessee, and how Salesforce does."""

from __future__ import annotations

from drawbar.connectors.leaseworks.records import ContactChannel

CHANNEL = {
    ContactChannel.PHONE: "Phone",
    ContactChannel.TEXT: "Text",
    ContactChannel.EMAIL: "Email",
    ContactChannel.LETTER: "Letter",
    ContactChannel.IN_PERSON: "In Person",
    ContactChannel.SYSTEM: "System",
}
