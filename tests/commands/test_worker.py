"""`drawbar worker` understands what it shall work on."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from drawbar.cli import drawbar


@pytest.mark.parametrize("words", ["jbos", "jobs,", "jobs;parts"])
def test_a_queue_that_is_not_there_is_named(words: str) -> None:
    result = CliRunner().invoke(drawbar, ["worker", "--queues", words])

    assert result.exit_code == 2
    assert "is no queue; there are jobs and parts." in result.output
