"""Writes messages for the invoices of `invoices.py`, right ones and others, and reads what comes back."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

import requests
from lxml import etree

from drawbar.middleware.server.soap.envelope import SOAP_11, WSSE, WSU, SoapVersion
from drawbar.middleware.server.soap.security import DIGEST
from tests.middleware.server.soap.invoices import CALLER, NAMESPACE, PASSWORD

INVOICE = (
    f'<SubmitInvoice xmlns="{NAMESPACE}"><number>A1</number><date>2026-03-02</date><note/>'
    "<seller><name>North</name></seller><buyer><name>South</name></buyer>"
    "<vehicle><vin>1XKY</vin><price>1500.50</price></vehicle></SubmitInvoice>"
)
TEXT_TOKEN = f"<w:Username>{CALLER}</w:Username><w:Password>{PASSWORD}</w:Password>"


def digest_token(created: datetime | str, nonce: bytes = b"once", password: str = PASSWORD) -> str:
    text = created if isinstance(created, str) else created.strftime("%Y-%m-%dT%H:%M:%SZ")
    proof = base64.b64encode(hashlib.sha1(nonce + text.encode() + password.encode()).digest()).decode()
    return (
        f'<w:Username>{CALLER}</w:Username><w:Password Type="{DIGEST}">{proof}</w:Password>'
        f'<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce><u:Created xmlns:u="{WSU}">{text}</u:Created>'
    )


def message(body: str, *, token: str = TEXT_TOKEN, header: str = "", version: SoapVersion = SOAP_11) -> bytes:
    security = (
        f'<w:Security xmlns:w="{WSSE}" s:mustUnderstand="1"><w:UsernameToken>{token}</w:UsernameToken></w:Security>'
        if token
        else ""
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{version.namespace}"><s:Header>{security}{header}'
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: status, the fault's code and text ("" when it is none), and the whole text."""

    status: int
    code: str
    text: str
    content: str
    reason: str = ""
    """Our own code in the detail of the fault."""


def post(address: str, body: bytes, version: SoapVersion = SOAP_11, **headers: str) -> Told:
    named = {"Content-Type": f"{version.content_type}; charset=utf-8", **headers}
    response = requests.post(address, data=body, headers=named, timeout=30)
    root = etree.fromstring(response.content)
    fault = root.find(".//{*}Fault")
    if fault is None:
        return Told(response.status_code, "", "", response.text)
    code = fault.findtext("faultcode") or fault.findtext("{*}Code/{*}Value") or ""
    text = fault.findtext("faultstring") or fault.findtext("{*}Reason/{*}Text") or ""
    reason = fault.findtext(".//{urn:drawbar:problem}code") or ""
    return Told(response.status_code, code.partition(":")[2], text, response.text, reason)
