"""Blots out what tells who somebody is, for screens and for copies that go round."""

from __future__ import annotations

import re
from typing import Final

from drawbar.connectors.salesforce.fields import Email, LongText, Phone, TextArea
from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS, object_fields
from drawbar.middleware.log import mask

_BY_NAME: Final = {
    "Account": {"Name", "Short_Name__c", "Email_As_Given__c", "BillingCity", "BillingPostalCode"},
    "Collection_Note__c": {"Author__c"},
    "Field_Visit__c": {"Rep__c"},
    "Promise_To_Pay__c": {"Taken_By__c"},
    "Lease_Account__c": {"Collector__c"},
    "Sync_Error__c": {"Message__c"},
    "Asset_Work_Order__c": {"Decided_By__c"},
    "Remarketing__c": {"Requested_By__c", "Storage_Contact__c", "Collector__c"},
    "Remarketing_Status__c": {"Set_By__c"},
    "Sale__c": {"Buyer__c"},
    "Auction_Invoice__c": {"Decided_By__c", "Decision_Reason__c", "Received_From__c"},
    "Auction_Invoice_Line__c": {"Buyer__c"},
    "Refund__c": {"Note__c"},
    "Message__c": {"Subject__c", "Requested_By__c"},
    "Account_Review__c": {"Signed_By__c"},
    "Vehicle__c": {"Title_Lienholder__c"},
}
"""Fields whose type does not tell that they name or reach a person, or quote one."""

PERSONAL: Final = {
    name: frozenset(_BY_NAME.get(name, ()))
    | {each.api_name for each in object_fields(name) if isinstance(each, (Phone, Email, LongText, TextArea))}
    for name in SYNCED_OBJECTS
}
"""Per object, the fields that are blotted out: names, telephones, e-mail and postal addresses, free text."""

_PLAIN = re.compile(
    r"[-+]?\d{0,6}(\.\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|[A-Za-z]{1,3}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[-+][\d:]+)?"
)
_AMOUNT = re.compile(r"-?\d+\.\d{2}")
_CELL = re.compile(r'"(?:[^"]|"")*"|[^,;|\t"]+')
_QUOTED = re.compile(r"'[^']*'")
_PERSONAL_COLUMN = re.compile(
    r"(?i)name|phone|mobile|mail|street|city|zip|text|note|author|taken_by|collector|acct|lessee"
)


def masked_value(object_name: str, field: str, value: object) -> object:
    """Give the value of a field as people may see it who need not know whose it is."""
    if not isinstance(value, str) or not value:
        return value
    return blotted(value) if field in PERSONAL.get(object_name, ()) else mask(value)


def blotted(text: str) -> str:
    """Give the first letter and three asterisks, whatever the length."""
    return f"{text[:1]}***" if text else ""


def masked_row(raw: str) -> str:
    """Give a raw row in which only numbers, days and codes of up to three letters can be read.

    Numbers of more than six digits without cents count as telephone or account numbers. The row's layout is not
    needed, so that a row of a layout that is wrong is masked as well.
    """
    return _CELL.sub(lambda found: _cell(found[0]), raw)


def _cell(text: str) -> str:
    inner = text.strip('"').strip()
    if not inner or _PLAIN.fullmatch(inner) or _AMOUNT.fullmatch(inner):
        return text
    hidden = mask(inner)
    kept = hidden if hidden != inner and re.fullmatch(r"[A-Z]{2}\*{4}\d{4}", hidden) else blotted(inner)
    return f'"{kept}"' if text.startswith('"') else kept


def masked_message(message: str, field: str) -> str:
    """Give a message without the value that it quotes, where the field is one that names or reaches a person."""
    told = _QUOTED.sub("'***'", message) if _PERSONAL_COLUMN.search(field) else message
    return mask(told)
