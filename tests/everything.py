"""Imports all of Drawbar, so that a process forked from one that did so has it."""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
from typing import Final

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # who forks must have no threads, and numpy would make some

import drawbar.commands
import drawbar.connectors
import drawbar.jobs
import drawbar.mappings
import drawbar.middleware
import drawbar.sandbox

PACKAGES: Final = (
    drawbar.commands, drawbar.connectors, drawbar.jobs, drawbar.mappings, drawbar.middleware, drawbar.sandbox,
)  # fmt: skip

gc.disable()
for package in PACKAGES:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)

gc.collect()
gc.freeze()  # else the first collection in each forked process copies all pages that it shares with this one
gc.enable()
