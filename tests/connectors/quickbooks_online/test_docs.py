from __future__ import annotations

from drawbar.connectors.quickbooks_online.settings import QuickBooksOnlineSettings
from drawbar.middleware.accounting.settings import AccountingSettings
from tests.markdown import Document


def test_the_page_of_the_connector_tells_every_setting() -> None:
    told = {cells[0].strip("`"): cells[1] for cells in Document("docs/connectors/quickbooks-online.md").tables()}
    for name, field in QuickBooksOnlineSettings.model_fields.items():
        assert told[name] == field.description


def test_the_page_of_accounting_tells_every_setting() -> None:
    told = {cells[0].strip("`"): cells[2] for cells in Document("docs/accounting.md").tables() if len(cells) > 2}
    for name, field in AccountingSettings.model_fields.items():
        assert told[name] == field.description
