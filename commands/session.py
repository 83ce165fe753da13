"""What every command can ask for: the settings, the hub, and a way to print for people or machines."""

from __future__ import annotations

import gc
import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console

from drawbar.middleware.errors import RecordRejected, StopRun

if TYPE_CHECKING:
    from drawbar.jobs.hub import Hub
    from drawbar.jobs.wiring import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
_WIDE = 160
_COLLECT_AFTER = 20_000
"""Values made and not freed before the collector looks at the young ones."""


@dataclass
class Session:
    """One invocation of `drawbar`; settings are read and the hub is opened only when a command asks for them."""

    settings_file: Path
    explicit: bool

    @cached_property
    def settings(self) -> Settings:
        """The settings; ConfigError names everything that is wrong with them."""
        from drawbar.jobs.wiring import Settings  # noqa: PLC0415  (keeps `drawbar --help` fast)
        from drawbar.middleware.log import configure_logging  # noqa: PLC0415
        from drawbar.middleware.settings import load_settings  # noqa: PLC0415

        there = self.explicit or self.settings_file.exists()
        settings = load_settings(Settings, self.settings_file if there else None)
        configure_logging(settings.log)
        return settings

    @cached_property
    def hub(self) -> Hub:
        """The hub on a database with the tables of this release; ConfigError says when it has not.

        It is in use until the command ends, so that nobody moves it away meanwhile.
        """
        from drawbar.jobs.wiring import open_hub  # noqa: PLC0415
        from drawbar.middleware.database.migrate import require_current  # noqa: PLC0415

        settings = self.settings
        if settings.database_url.startswith("sqlite:///"):
            settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        hub = open_hub(settings)
        click.get_current_context().call_on_close(hub.locks.use().release)
        require_current(hub.engine)
        _leave_alone_what_was_imported()
        return hub

    @property
    def user(self) -> str:
        """Who is at the keyboard, as the operating system calls him."""
        return getpass.getuser()

    @property
    def actor(self) -> str:
        """Who is at the keyboard, for the audit."""
        return f"{self.user} (command line)"


def _leave_alone_what_was_imported() -> None:
    """Keep the collector from going through all modules again and again: a run makes millions of short-lived values.

    That would cost a sixth of the time in which changed rows are taken in.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)


def session() -> Session:
    """Give the session of the running command."""
    found: Session = click.get_current_context().obj
    return found


def json_option(command: Command) -> Command:
    """Give a command the option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")(command)


dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would come of it; change nothing.")


class Refused(StopRun):
    """Something that the lender's rules do not allow."""


@contextmanager
def stopped_when_refused() -> Iterator[None]:
    """End the command as stopped when the rules refuse what it asks for."""
    try:
        yield
    except RecordRejected as error:
        raise Refused(error.message, record=error.record, field=error.field, remedy=error.remedy) from None


def print_json(value: object) -> None:
    """Print a value as JSON; instants as ISO 8601, amounts as text."""
    click.echo(json.dumps(value, indent=2, default=_as_json, ensure_ascii=False))


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def console() -> Console:
    """The console for people; wide lines without colours when the output is not a terminal."""
    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDE)


def utc_now() -> datetime:
    return datetime.now(UTC)
