"""Settings of the accounting rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import Field

from drawbar.middleware.settings import Section


class AccountingSettings(Section):
    """Which event posts what to the books (P24)."""

    rules_file: Path | None = Field(None, description="TOML file with the lender's own rules; empty: the default rules")
    gl_from: date | None = Field(
        None, description="first business date whose general ledger summary the job postings posts; empty: none"
    )
