"""Sale__c: what the sale of a vehicle came to, after expense and refunds (R14)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import Currency, LongText, Percent
from drawbar.connectors.salesforce.records.provenance import LastSynced
from drawbar.connectors.salesforce.records.sale import SALE, SaleKey
from drawbar.connectors.salesforce.records.sobject import SObject


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleProceeds:
    """The proceeds of a vehicle that was sold, worked out anew with each invoice and refund."""

    sobject: ClassVar[SObject] = SALE

    key: SaleKey
    gross: Annotated[
        Decimal,
        Currency(
            api_name="Gross_Proceeds__c",
            help="What the vehicle was sold for.",
            owner="Drawbar",
            source="proceeds of the sale",
        ),
    ]
    expense: Annotated[
        Decimal,
        Currency(
            api_name="Expense__c",
            help="What the auction asked for its work on it.",
            owner="Drawbar",
            source="proceeds of the sale",
        ),
    ]
    refunded: Annotated[
        Decimal,
        Currency(
            api_name="Refunded__c",
            help="What was paid back to the lessee afterwards.",
            owner="Drawbar",
            source="proceeds of the sale",
        ),
    ]
    net: Annotated[
        Decimal,
        Currency(
            api_name="Net_Proceeds__c",
            help="Gross less expense and refunds.",
            owner="Drawbar",
            source="proceeds of the sale",
        ),
    ]
    balance: Annotated[
        Decimal,
        Currency(
            api_name="Balance__c",
            help="What the account owed when the payment was posted.",
            owner="Drawbar",
            source="proceeds of the sale",
        ),
    ]
    gain: Annotated[
        Decimal,
        Currency(
            api_name="Net_Gain__c",
            label="Net Gain or Loss",
            help="Net proceeds less the balance. Below zero it is a loss.",
            owner="Drawbar",
            source="proceeds of the sale",
        ),
    ]
    recovery: Annotated[
        Decimal | None,
        Percent(
            api_name="Recovery_Percent__c",
            help="Net gain or loss in percent of the balance. Empty where there was no balance.",
            owner="Drawbar",
            source="proceeds of the sale",
            precision=18,
        ),
    ]
    expenses: Annotated[
        str | None,
        LongText(
            api_name="Expense_Details__c",
            help="Each expense by its service, and each refund by its type.",
            owner="Drawbar",
            source="proceeds of the sale",
            length=4000,
        ),
    ]
    last_synced: LastSynced
