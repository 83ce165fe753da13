"""drawbar.toml as `drawbar init` writes it: every setting with its meaning and its default."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

from drawbar.commands.settings_file import settings_template
from drawbar.jobs.wiring import Settings
from drawbar.middleware.settings import load_settings

SETTING = re.compile(r"#\w+ = ")


def in_force(*sections: str) -> str:
    """Give the file with the settings of some sections in force, or of all."""
    found, section = [], ""
    for line in settings_template().splitlines():
        section = line.strip("#[]") if line.startswith("#[") else section
        wanted = not sections or section.partition(".")[0] in sections
        found.append(line[1:] if wanted and (line.startswith("#[") or SETTING.match(line)) else line)
    return "\n".join(found)


def test_every_setting_has_its_meaning_above_it() -> None:
    lines = settings_template().splitlines()
    bare = [
        line for above, line in pairwise(lines)
        if SETTING.match(line) and not re.match(r"# \w", above)
    ]  # fmt: skip
    assert bare == []


def test_as_a_whole_it_is_toml_with_every_section() -> None:
    read = tomllib.loads(in_force())
    assert read.keys() == Settings.model_fields.keys()
    assert read["leaseworks"].keys() >= {"sftp", "folder", "sql", "pgp", "layout"}


def test_what_it_shows_as_default_is_the_default(tmp_path: Path) -> None:
    file = tmp_path / "drawbar.toml"
    file.write_text(in_force("sync", "log", "schedule", "collections"))
    assert load_settings(Settings, file).model_dump() == load_settings(Settings, None).model_dump()
