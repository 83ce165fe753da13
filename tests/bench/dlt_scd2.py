"""What a pipeline with dlt does: the file goes into DuckDB by its `scd2` merge, and what is new there to Salesforce.

The file is read by Arrow and merged with the row hashes that dlt makes of Arrow tables; simple-salesforce sends the
rows that the merge has added. Nothing is checked or mapped. Runs in `.venv-bench`:
`python -m tests.bench.dlt_scd2 ADDRESS FILE FOLDER`, the same FOLDER every day.
Source: dlt documentation, "Merge loading", `scd2` (read 2026-11).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
from dlt.sources.helpers.transform import add_row_hash_to_table
from pyarrow import csv

from tests.bench.book import COLUMNS
from tests.bench.bulk2 import open_org, upsert

_ROW_HASH = "row_hash"


def merge(file: Path, folder: Path) -> None:
    """Merge a whole file into the table of accounts."""
    pipeline: Any = dlt.pipeline(
        "accounts", pipelines_dir=str(folder / "pipelines"), dataset_name="leaseworks",
        destination=dlt.destinations.duckdb(str(folder / "accounts.duckdb")),
    )  # fmt: skip
    text = csv.ConvertOptions(column_types=dict.fromkeys((each.name for each in COLUMNS.values()), pa.string()))
    resource: Any = dlt.resource(
        [csv.read_csv(file, convert_options=text)], name="accounts",
        write_disposition={"disposition": "merge", "strategy": "scd2", "row_version_column_name": _ROW_HASH},
    )  # fmt: skip
    pipeline.run(resource.add_map(add_row_hash_to_table(_ROW_HASH)))


def write_changes(folder: Path, changes: Path) -> None:
    """Write the rows that the last merge has added, as simple-salesforce wants them."""
    columns = ", ".join(f'{each.name.lower()} AS "{each.salesforce}"' for each in COLUMNS.values())
    table = "leaseworks.accounts"
    latest = f"SELECT max(_dlt_valid_from) FROM {table}"
    with duckdb.connect(str(folder / "accounts.duckdb"), read_only=True) as database:
        rows = f"SELECT {columns} FROM {table} WHERE _dlt_valid_from = ({latest})"
        database.execute(f"COPY ({rows}) TO '{changes}' (HEADER, DELIMITER ',')")


if __name__ == "__main__":
    merge(Path(sys.argv[2]), Path(sys.argv[3]))
    write_changes(Path(sys.argv[3]), Path(sys.argv[3]) / "changes.csv")
    upsert(open_org(Path(sys.argv[1])), Path(sys.argv[3]) / "changes.csv")
