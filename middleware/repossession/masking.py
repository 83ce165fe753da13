"""An order as it may be shown to whoever looks over a shoulder: no name, phone, address or whole number."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from drawbar.middleware.log import mask
from drawbar.middleware.repossession.orders import RepoOrder

_SHOWN: Final = 4
_WORD: Final = re.compile(r"\w+")


def masked_order(order: RepoOrder) -> RepoOrder:
    """Give an order with names, phone, places and the front of its numbers blotted out."""
    return replace(
        order, account=_end(order.account), lessee_name=_initials(order.lessee_name),
        lessee_phone=_end(order.lessee_phone),
        lessee_address=_blotted(order.lessee_address), vin=_end(order.vin), plate=_end(order.plate, 2),
        last_location=_blotted(order.last_location), instructions=mask(order.instructions),
    )  # fmt: skip


def _end(text: str, shown: int = _SHOWN) -> str:
    return text if not text else "*" * max(len(text) - shown, 1) + text[-shown:]


def _initials(name: str) -> str:
    return _WORD.sub(lambda word: word[0][0] + "*" * (len(word[0]) - 1), name)


def _blotted(text: str) -> str:
    return _WORD.sub(lambda word: "*" * len(word[0]), text)
