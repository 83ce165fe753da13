"""Takes the pictures of the Lightning pages that the documents show: `python -m tests.lightning.screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.lightning import browsing, scene, yard

PICTURES = Path(__file__).parent.parent.parent / "docs" / "view"
PAGES = {
    "account": f"/account/{scene.ACCOUNT}",
    "vehicle": f"/vehicle/{scene.VEHICLE}",
    "case": f"/case/{scene.CASE}",
    "repossession": f"/case/{scene.REPOSSESSION}",
    "sold": f"/account/{yard.SOLD}",
    "collector": "/page/Collector_Home",
    "supervisor": "/page/Supervisor_Home",
    "assets": "/page/Asset_Manager_Home",
    "accounting": "/page/Accounting_Home",
}
LARGEST = 200_000
HEIGHT = 960


def take() -> None:
    """Write one PNG for each page; the documents shall stay light, so one above 200 kB is refused."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        scene.running_org(Path(folder)) as address,
        browsing.browser() as started,
    ):
        for name, path in PAGES.items():
            page = browsing.new_page(started)
            page.set_viewport_size({"width": 1280, "height": HEIGHT})
            browsing.open_at(page, address + path)
            taken = page.screenshot(path=PICTURES / f"{name}.png")
            page.close()
            if len(taken) > LARGEST:
                raise SystemExit(
                    f"{name}.png has {len(taken):,} bytes, {LARGEST:,} are allowed: make the page smaller."
                )


if __name__ == "__main__":
    take()
