"""The option that names the folder of the Salesforce package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

import drawbar

ROOT: Final = Path(drawbar.__path__[0]).resolve()

FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "salesforce",
    help="The package's folder.  [default: the one that ships with Drawbar]",
)
