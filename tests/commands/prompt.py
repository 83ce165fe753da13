"""Types commands in one process as they are asked for, which saves most of their time.

Started as `python -m tests.commands.prompt`. Each line that it reads is a JSON object (`words`, `folder`, `variables`);
each line that it writes is what came of it: a JSON list of exit code, standard output, standard error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.commands.several import typed

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Prompt:
    """A process that waits for commands."""

    process: subprocess.Popen[str]

    @classmethod
    def open(cls) -> Self:
        return cls(
            subprocess.Popen(
                [sys.executable, "-m", "tests.commands.prompt"], cwd=ROOT, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True,
            )
        )  # fmt: skip

    def type(self, words: tuple[str, ...], folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Type one command in a folder, with just these variables in its environment."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        told = {"words": words, "folder": str(folder), "variables": variables}
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return subprocess.CompletedProcess(words, *json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        self.process.communicate()


def main() -> None:
    """Answer until nobody asks any more."""
    for line in sys.stdin:
        told = json.loads(line)
        os.chdir(told["folder"])
        os.environ.clear()
        os.environ.update(told["variables"])
        print(json.dumps(typed(told["words"])), flush=True)  # noqa: T201  (the test reads it)


if __name__ == "__main__":
    main()
