"""The layout that is read when the settings change nothing; the simulated LeaseWorks of the sandbox writes it."""

from __future__ import annotations

from collections.abc import Mapping

from drawbar.connectors.leaseworks.layout import EntityLayout
from drawbar.connectors.leaseworks.records import VehicleDisposition

_CHANNELS = {"PH": "Phone", "TX": "Text", "EM": "Email", "LT": "Letter", "IP": "In Person", "SY": "System"}

_COLUMNS: dict[str, dict[str, str]] = {
    "lessees": {
        "lessee_number": "LESSEE_NO",
        "name": "LESSEE_NAME",
        "short_name": "SHORT_NAME",
        "phone": "PHONE",
        "mobile": "MOBILE",
        "email": "EMAIL",
        "street": "STREET",
        "city": "CITY",
        "state": "STATE",
        "postal_code": "ZIP",
        "updated_at": "UPDATED_TS",
    },
    "accounts": {
        "account_number": "ACCT_NO",
        "lessee_number": "LESSEE_NO",
        "portfolio": "PORTFOLIO",
        "company": "COMPANY",
        "region": "REGION",
        "office": "OFFICE",
        "status": "STATUS",
        "boarded_on": "BOARDED_DT",
        "maturity_date": "MATURITY_DT",
        "term_months": "TERM",
        "payment_amount": "PMT_AMT",
        "next_due_date": "NEXT_DUE_DT",
        "past_due_since": "OLDEST_UNPAID_DT",
        "missed_payments": "MISSED_PMTS",
        "past_due_amount": "PAST_DUE_AMT",
        "late_fees": "LATE_FEES",
        "net_outstanding": "NET_OUTST",
        "gross_outstanding": "GROSS_OUTST",
        "gross_receivable": "GROSS_RECV",
        "payoff_amount": "PAYOFF_AMT",
        "payments_made": "PMTS_MADE",
        "last_payment_on": "LAST_PMT_DT",
        "last_payment_amount": "LAST_PMT_AMT",
        "collector": "COLLECTOR",
        "updated_at": "UPDATED_TS",
    },
    "vehicles": {
        "asset_number": "ASSET_NO",
        "account_number": "ACCT_NO",
        "vin": "VIN",
        "year": "YEAR",
        "make": "MAKE",
        "model": "MODEL",
        "body_type": "BODY",
        "color": "COLOR",
        "odometer": "ODOMETER",
        "plate": "PLATE",
        "plate_state": "PLATE_ST",
        "equipment_cost": "EQUIP_COST",
        "updated_at": "UPDATED_TS",
    },
    "vehicle_states": {
        "asset_number": "ASSET_NO",
        "disposition": "DISPOSITION",
        "condition": "CONDITION",
        "storage_place": "STORAGE_PLACE",
        "storage_state": "STORAGE_ST",
        "market_value": "MARKET_VALUE",
        "updated_at": "UPDATED_TS",
    },
    "payments": {
        "payment_number": "PMT_NO",
        "account_number": "ACCT_NO",
        "effective_on": "EFFECTIVE_DT",
        "posted_on": "POSTED_DT",
        "amount": "AMOUNT",
        "method": "METHOD",
        "reference": "REFERENCE",
        "reversed_on": "REVERSED_DT",
        "reversal_reason": "REVERSAL_REASON",
        "updated_at": "UPDATED_TS",
    },
    "notes": {
        "note_number": "NOTE_NO",
        "account_number": "ACCT_NO",
        "written_at": "WRITTEN_TS",
        "author": "AUTHOR",
        "channel": "CHANNEL",
        "text": "TEXT",
        "updated_at": "UPDATED_TS",
    },
    "promises": {
        "account_number": "ACCT_NO",
        "promised_for": "PROMISED_FOR_DT",
        "amount": "AMOUNT",
        "taken_on": "TAKEN_DT",
        "taken_by": "TAKEN_BY",
        "channel": "CHANNEL",
        "updated_at": "UPDATED_TS",
    },
    "gl_summary": {
        "posting_number": "POSTING_NO",
        "posted_on": "POSTED_DT",
        "company": "COMPANY",
        "portfolio": "PORTFOLIO",
        "gl_account": "GL_ACCT",
        "description": "DESCRIPTION",
        "debit": "DEBIT",
        "credit": "CREDIT",
        "updated_at": "UPDATED_TS",
    },
}

_CODES: dict[str, dict[str, dict[str, str]]] = {
    "accounts": {
        "status": {"A": "Active", "P": "Paid Off", "R": "Repossessed", "C": "Charged Off", "T": "Terminated"},
    },
    "vehicles": {"disposition": {each.value: each.value for each in VehicleDisposition}},
    "payments": {
        "method": {"ACH": "ACH", "CHK": "Check", "CC": "Card", "WIR": "Wire", "CSH": "Cash", "LBX": "Lockbox"},
    },
    "notes": {"channel": _CHANNELS},
    "promises": {"channel": _CHANNELS},
}

_CONSTANTS = {"vehicles": {"disposition": ""}}
"""Fields that an export has only where the settings name its column."""

_SNAPSHOTS = frozenset({"lessees", "accounts", "vehicles", "promises"})

DEFAULT_LAYOUT: Mapping[str, EntityLayout] = {
    entity: EntityLayout(
        entity=entity,
        file=f"{entity}.csv",
        complete=entity in _SNAPSHOTS,
        columns=columns,
        constants=_CONSTANTS.get(entity, {}),
        codes=_CODES.get(entity, {}),
    )
    for entity, columns in _COLUMNS.items()
}
"""UTF-8, comma, dates MM/DD/YYYY, ISO timestamps, money 1234.56; payments, notes and postings are rolling windows."""
