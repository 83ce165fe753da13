"""Programs that the tests of this folder need, and where they are."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def promtool() -> str:
    """Give the path of promtool: the machine's, or the one that `make test-deps` has put beside Python."""
    return shutil.which("promtool") or str(Path(sys.executable).with_name("promtool"))
