"""Puts elements back in the place of references to them, as PHP and old toolkits write when one value stands twice."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from lxml import etree

from drawbar.middleware.server.soap.faults import FaultSide, SoapFault

_ENCODING_12: Final = "http://www.w3.org/2003/05/soap-encoding"
_REFERENCES: Final = ("href", f"{{{_ENCODING_12}}}ref")
_IDS: Final = ("id", f"{{{_ENCODING_12}}}id")
_MOST_BYTES: Final = 500_000
_MOST_ROUNDS: Final = 16
"""References within referred elements, one in another."""


def inline_references(body: etree._Element) -> bool:
    """Copy what is referred to into each place that refers to it; say whether there was any reference.

    Changes the body in place. Raises SoapFault for a reference to nothing, a circle, and more than 500,000 bytes of
    copies, however few bytes the message has that asks for them.
    """
    room = _MOST_BYTES
    targets = {value: each for each in body.iter() for name in _IDS if (value := each.get(name))}
    for told in range(_MOST_ROUNDS):
        waiting = [(each, aim) for each in body.iter() if (aim := _aim(each)) is not None]
        if not waiting:
            _forget_ids(body)
            return told > 0
        for each, aim in waiting:
            room -= _fill_in(each, targets.get(aim), room)
    raise _refusal("references of the message go in a circle")


def _refusal(message: str) -> SoapFault:
    return SoapFault(message, side=FaultSide.CALLER, code="BAD_REFERENCE")


def _aim(element: etree._Element) -> str | None:
    """Give the id that an element refers to; None when it does not refer."""
    for name in _REFERENCES:
        value = element.get(name)
        if value is not None and (name != "href" or value.startswith("#")):
            return value.removeprefix("#")
    return None


def _fill_in(element: etree._Element, source: etree._Element | None, room: int) -> int:
    """Put a copy of the source's content into an element; gives how many bytes that took."""
    if source is None:
        raise _refusal("a reference of the message leads nowhere")
    if source is element or any(each is source for each in element.iterancestors()):
        raise _refusal("references of the message go in a circle")
    size = len(etree.tostring(source, with_tail=False))
    if size > room:
        raise _refusal(f"references of the message ask for more than {_MOST_BYTES} bytes of copies")
    for name in _REFERENCES:
        element.attrib.pop(name, None)
    for name, value in source.attrib.items():
        if name not in _IDS:
            element.set(name, value)
    element.text = source.text
    element.extend([deepcopy(child) for child in source])
    return size


def _forget_ids(body: etree._Element) -> None:
    for each in body.iter():
        for name in _IDS:
            each.attrib.pop(name, None)
