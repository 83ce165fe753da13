"""Papers as PDF."""

from __future__ import annotations

import re

from drawbar.middleware.paper import Paper, render


def test_the_same_words_give_the_same_bytes_and_nothing_in_them_is_markup() -> None:
    paper = Paper(
        title="Work <b>order</b> & co", facts=[("Vendor", "O'Brien <i>& Sons</i>"), ("Größe", "🚚 5")],
        table=[("What", "US dollars"), ("Repair", "1,000.00")], text="First.\n\nSecond\nline.",
    )  # fmt: skip

    pdf = render(paper)

    assert pdf == render(paper)
    words = b"".join(re.findall(rb"\((.*?)\) Tj", pdf))
    for part in (b"Work <b>order</b> & co", b"O'Brien <i>& Sons</i>", b"1,000.00", b"line."):
        assert part in words


def test_a_long_paper_goes_over_several_pages() -> None:
    pdf = render(Paper(title="Many lines", table=[("What", "US dollars"), *[("Repair", "1.00")] * 200]))

    assert pdf.count(b"/Type /Page\n") > 3
