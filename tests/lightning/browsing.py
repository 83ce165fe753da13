"""A browser without a window: Debian's chromium, at the hour of the scene."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.lightning.scene import NOW

WIDTH, HEIGHT = 1280, 620
PATIENCE = 60_000
"""Milliseconds until a browser on a busy machine is given up; nothing waits longer than it has to."""


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser; it must be installed, which `make test-deps` does."""
    program = shutil.which("chromium")
    assert program is not None, "install Debian's chromium first: make test-deps"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()


def new_page(started: Browser) -> Page:
    """Open a page whose clock stands still."""
    page = started.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-US", timezone_id="America/Chicago")
    page.set_default_timeout(PATIENCE)
    page.clock.set_fixed_time(NOW)
    return page


def open_at(page: Page, address: str) -> None:
    """Go to an address and wait until no component is loading any more."""
    page.goto(address)
    page.wait_for_function("[...document.querySelectorAll('[data-component]')].every((each) => each.children.length)")
    expect(page.locator("lightning-spinner")).to_have_count(0)
