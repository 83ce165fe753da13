"""Types several commands in one process, as `drawbar` would one by one: `python -m tests.commands.several`.

Reads a JSON list of argument lists and writes a JSON list of [exit code, standard output, standard error].
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

from drawbar.cli import main


def typed(words: list[str]) -> tuple[int, str, str]:
    """Run the script's entry point and give how it ended and what it printed."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    sys.argv = ["drawbar", *words]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
    return code, out.getvalue(), err.getvalue()


if __name__ == "__main__":
    print(json.dumps([typed(words) for words in json.load(sys.stdin)]))  # noqa: T201  (the test reads it)
