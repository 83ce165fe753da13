"""The command line at work, lived through once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commands.story import Story, play, running_sandbox


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder, data = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("sandbox-data")
    story = Story(folder, data)
    with running_sandbox(data):
        play(story)
        yield story
