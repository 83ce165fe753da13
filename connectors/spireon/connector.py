"""Spireon as the hub asks it: the whole book, or some trucks with what they did since they were last asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from drawbar.connectors.spireon.client import NAME, SpireonClient
from drawbar.connectors.spireon.records import Asset, Event, SpireonDevice
from drawbar.connectors.spireon.settings import SpireonSettings
from drawbar.connectors.spireon.words import VENDOR, kind_of, place_of, position_of, told_of
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.gps.records import Device, device_key
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.observe import Observer
from drawbar.middleware.sync.polled import Refused
from drawbar.middleware.vendor_answers import Answer, understood

_ACTIVE: Final = {"active": "true"}


@dataclass(frozen=True, slots=True)
class WantedTruck:
    """A truck whose movements are asked for: its device, Spireon's id of it, and until when they are known."""

    device: Device
    asset_id: str
    known_until: datetime | None


@dataclass(frozen=True, slots=True)
class Spireon:
    """Reads the account's trucks through a client."""

    settings: SpireonSettings
    client: SpireonClient

    def book(self) -> Iterator[DeviceReport | Refused]:
        """Give every truck that has a device, with its last position: a call per 100 trucks and per 100 devices.

        All are asked for, active or not, and each says itself whether it is: the filter `active` cannot be relied on.
        """
        devices, refused = self._devices()
        yield from refused
        for answer in self.client.assets():
            yield from _reports(answer, devices)

    def movements(self, wanted: Sequence[WantedTruck], book: int, now: datetime) -> Iterator[DeviceReport | Refused]:
        """Give where the wanted trucks are, and what they did since they were last asked.

        The last positions are read truck by truck, or from the pages of the whole `book` (in trucks) where those are
        fewer calls; the events cost a call per truck, and one per further 100 events.
        """
        by_page = len(wanted) > -(-book // self.settings.page_size)
        found = self._from_pages(wanted) if by_page else {}
        for truck in wanted:
            yield from self._movement(truck, found.get(truck.asset_id), now)

    def _devices(self) -> tuple[dict[str, SpireonDevice], list[Refused]]:
        found: dict[str, SpireonDevice] = {}
        refused: list[Refused] = []
        for answer in self.client.devices():
            try:
                device = understood(SpireonDevice, answer, record=f"device {answer.get('id')}", vendor=NAME)
                found[device.id] = device
            except RecordRejected as error:
                refused.append(Refused(f"device {answer.get('id')}", error, _raw(answer)))
        return found, refused

    def _from_pages(self, wanted: Sequence[WantedTruck]) -> dict[object, Answer]:
        """Give the wanted trucks as the whole book shows them; what the filter passes wrongly is left out here."""
        ids = {each.asset_id for each in wanted}
        found = self.client.assets(_ACTIVE)
        return {each.get("id"): each for each in found if each.get("id") in ids and each.get("active") is True}

    def _movement(self, truck: WantedTruck, known: Answer | None, now: datetime) -> Iterator[DeviceReport | Refused]:
        device, serial = truck.device, truck.device.serial
        answer: Answer = known or {}
        try:
            answer = known or self.client.asset(truck.asset_id)
            asset = understood(Asset, answer, record=f"device {serial}", vendor=NAME)
            position = position_of(asset, serial)
            events, refused = self._events(truck, now)
        except RecordRejected as error:
            yield Refused(device.key, error, _raw(answer))
            return
        places = [each for each in (place_of(event, serial) for event in events) if each is not None]
        track = {each.at: each for each in (*((position,) if position else ()), *places)}  # an event tells more
        yield DeviceReport(
            device, position, track=tuple(track[at] for at in sorted(track)),
            events=tuple(told_of(each, serial) for each in events), read_until=now, reference=truck.asset_id,
        )  # fmt: skip
        yield from refused

    def _events(self, truck: WantedTruck, now: datetime) -> tuple[list[Event], list[Refused]]:
        overlap, first = timedelta(hours=self.settings.overlap_hours), timedelta(hours=self.settings.first_hours)
        since = now - first if truck.known_until is None else truck.known_until - overlap
        events: list[Event] = []
        refused: list[Refused] = []
        for answer in self.client.events(truck.asset_id, since, now):
            try:
                event = understood(Event, answer, record=f"event {answer.get('id')}", vendor=NAME)
                kind_of(event)
                events.append(event)
            except RecordRejected as error:
                refused.append(Refused(truck.device.key, error, _raw(answer)))
        return events, refused


def _reports(answer: Answer, devices: Mapping[str, SpireonDevice]) -> Iterator[DeviceReport | Refused]:
    try:
        asset = understood(Asset, answer, record=f"asset {answer.get('id')}", vendor=NAME)
        if asset.instrumentation is None or not asset.instrumentation.device_id:
            return  # a truck without a device says nothing
        known = devices.get(asset.instrumentation.device_id)
        if known is None:
            raise _unknown_device(asset, asset.instrumentation.device_id)
        device = Device(known.serial, VENDOR, asset.vin, "", active=asset.active and known.active)
        yield DeviceReport(device, position_of(asset, known.serial), reference=asset.id)
    except RecordRejected as error:
        yield Refused(_key(answer, devices), error, _raw(answer))


def _key(answer: Answer, devices: Mapping[str, SpireonDevice]) -> str:
    """Name the device that an asset is about; the asset where its device is not known."""
    link = answer.get("instrumentationRef")
    known = devices.get(str(link.get("deviceId"))) if isinstance(link, Mapping) else None
    return device_key(VENDOR, known.serial) if known else str(answer.get("id"))


def _unknown_device(asset: Asset, device_id: str) -> RecordRejected:
    return RecordRejected(
        f"device {device_id} is not among Spireon's devices",
        record=f"asset {asset.id}",
        field="instrumentationRef.deviceId",
        remedy="Ask Spireon which device the truck has; a device moved just now is there tomorrow.",
        code="UNKNOWN_DEVICE",
    )


def _raw(answer: Answer) -> bytes:
    return json.dumps(answer, default=str).encode()


def open_spireon(settings: SpireonSettings, observer: Observer | None = None) -> Spireon:
    """Open Spireon as the settings have it; connects to nothing yet."""
    return Spireon(settings, SpireonClient(settings, observer=observer))
