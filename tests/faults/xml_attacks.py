"""Messages that try to read files, to reach the network, or to fill memory and time; each by name.

The kinds are those of the OWASP cheat sheet on XML security and of the XML attack lists that scanners use.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Attack:
    """One message: its bytes, and headers beside `Content-Type`."""

    name: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def attacks(file: Path, url: str) -> Iterator[Attack]:
    """Give all attacks; `file` and `url` are what they try to reach."""
    yield from _entities(file, url)
    yield from _references(file, url)
    yield from _encodings()
    yield from _sizes()
    yield from _copies()


def _envelope(inner: str, before: str = "", attributes: str = "") -> str:
    return f'{before}<s:Envelope xmlns:s="{ENVELOPE}"{attributes}><s:Body>{inner}</s:Body></s:Envelope>'


def _entities(file: Path, url: str) -> Iterator[Attack]:
    def doctype(declared: str) -> bytes:
        return _envelope("<a>&x;</a>", f"<!DOCTYPE s:Envelope [{declared}]>").encode()

    yield Attack("entity of a file", doctype(f'<!ENTITY x SYSTEM "{file.as_uri()}">'))
    yield Attack("entity of an address", doctype(f'<!ENTITY x SYSTEM "{url}">'))
    yield Attack("entity of a page by name", doctype(f'<!ENTITY x PUBLIC "any" "{url}">'))
    yield Attack("parameter entity", doctype(f'<!ENTITY % p SYSTEM "{url}"> %p;'))
    yield Attack("document type elsewhere", f'<!DOCTYPE a SYSTEM "{url}"><a/>'.encode())
    yield Attack("document type in a file", f'<!DOCTYPE a SYSTEM "{file.as_uri()}"><a/>'.encode())
    laughs = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    yield Attack("a billion laughs", doctype(f'<!ENTITY x0 "ha">{laughs}<!ENTITY x "&x9;">'))
    yield Attack(
        "one long entity many times", doctype(f'<!ENTITY x "{"a" * 50_000}">').replace(b"&x;", b"&x;" * 20_000)
    )
    yield Attack("an entity that holds itself", doctype('<!ENTITY x "&y;"><!ENTITY y "&x;">'))
    yield Attack("attribute by default", doctype(f'<!ATTLIST a b CDATA "{"c" * 1_000}"><!ENTITY x "">'))
    yield Attack("empty document type", b"<!DOCTYPE a>" + _envelope("<a/>").encode())
    yield Attack("document type late in a long prologue", b" " * 30_000 + b"<!DOCTYPE a><a/>")


def _references(file: Path, url: str) -> Iterator[Attack]:
    include = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
    schema = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    yield Attack(
        "XInclude of a file", _envelope(f'<xi:include {include} parse="text" href="{file.as_uri()}"/>').encode()
    )
    yield Attack("XInclude of an address", _envelope(f'<xi:include {include} href="{url}"/>').encode())
    yield Attack("schema elsewhere", _envelope(f'<a xmlns="urn:a" {schema} i:schemaLocation="urn:a {url}"/>').encode())
    yield Attack("schema in a file", _envelope(f'<a {schema} i:noNamespaceSchemaLocation="{file.as_uri()}"/>').encode())
    yield Attack("style sheet", _envelope("<a/>", f'<?xml-stylesheet type="text/xsl" href="{url}"?>').encode())
    yield Attack("attachment by reference", _envelope(f'<a><Include xmlns="urn:xop" href="{url}"/></a>').encode())
    yield Attack("reference to an address", _envelope(f'<a href="{url}"/>').encode())


def _encodings() -> Iterator[Attack]:
    hidden = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
    yield Attack("UTF-7", b'<?xml version="1.0" encoding="UTF-7"?>' + hidden.encode("utf-7"))
    yield Attack("UTF-16", hidden.encode("utf-16"))
    yield Attack("UTF-32", hidden.encode("utf-32"))
    yield Attack("EBCDIC", ('<?xml version="1.0" encoding="cp037"?>' + hidden).encode("cp037"))
    yield Attack("an encoding that nobody knows", b'<?xml version="1.0" encoding="x-mine"?><a/>')
    yield Attack("an encoding of two bytes", b'<?xml version="1.0" encoding="shift_jis"?><a/>')
    yield Attack(
        "bytes that are no text", _envelope("<a>\ufffd</a>").encode().replace("\ufffd".encode(), b"\xff\xfe\x80")
    )
    yield Attack("zero bytes", _envelope("<a>0</a>").encode().replace(b"0", b"\0"))
    yield Attack("a character that XML does not have", _envelope("<a>&#0;&#xFFFF;</a>").encode())
    yield Attack("nothing", b"")
    yield Attack("no XML", b"\x7fELF" + b"\0" * 1_000)
    yield Attack("packed", gzip.compress(_envelope("<a/>").encode()), {"Content-Encoding": "gzip"})


def _sizes() -> Iterator[Attack]:
    yield Attack("a hundred thousand deep", _envelope("<a>" * 100_000 + "</a>" * 100_000).encode())
    yield Attack("deep and never closed", _envelope("<a>" * 100_000).encode())
    many = " ".join(f'a{n}="1"' for n in range(300_000))
    yield Attack("300,000 attributes", _envelope(f"<a {many}/>").encode())
    fewer = " ".join(f'a{n}="1"' for n in range(100_000))
    yield Attack("100,000 attributes, below the limit of bytes", _envelope(f"<a {fewer}/>").encode())
    namespaces = " ".join(f'xmlns:n{n}="u{n}"' for n in range(60_000))
    yield Attack("thousands of namespaces", _envelope(f"<a {namespaces}/>").encode())
    yield Attack("one huge attribute", _envelope(f'<a b="{"c" * 1_900_000}"/>').encode())
    yield Attack("a huge attribute of references", _envelope(f'<a b="{"&#65;" * 380_000}"/>').encode())
    yield Attack("a huge name", _envelope(f"<{'a' * 1_900_000}/>").encode())
    yield Attack("a huge comment", _envelope(f"<!--{'c' * 1_900_000}-->").encode())
    yield Attack("a huge instruction", _envelope(f"<?p {'c' * 1_900_000}?>").encode())
    yield Attack("a huge text", _envelope(f"<a>{'c' * 1_900_000}</a>").encode())
    yield Attack("half a million elements", _envelope("<a/>" * 480_000).encode())
    allowed = " ".join(f'b{n}=""' for n in range(60))
    yield Attack("many attributes everywhere", _envelope(f"<a {allowed}/>" * 4_000).encode())
    yield Attack("ten million bytes", b"<a>" + b"c" * (10 * _MEGABYTE))
    yield Attack("a huge log-in", _header(f"<w:Username>{'c' * 1_900_000}</w:Username>"))
    yield Attack("thousands of log-ins", _header("<w:Username>a</w:Username>" * 40_000))
    yield Attack(
        "two bodies and two headers", _envelope("<a/>").replace("<s:Body>", "<s:Body/><s:Header/><s:Body>").encode()
    )


def _header(token: str) -> bytes:
    namespace = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
    security = f'<w:Security xmlns:w="{namespace}"><w:UsernameToken>{token}</w:UsernameToken></w:Security>'
    return _envelope("<a/>").replace("<s:Body>", f"<s:Header>{security}</s:Header><s:Body>").encode()


def _copies() -> Iterator[Attack]:
    """References that double, each of them to two of the one before; the log-in is right, so that they are followed."""
    doubling = "".join(f'<x id="r{n}"><x href="#r{n - 1}"/><x href="#r{n - 1}"/></x>' for n in range(1, 25))
    yield Attack("references that double", _invoice(f'<x id="r0">{"c" * 1_000}</x>{doubling}'))
    yield Attack(
        "a long text by thousands of references",
        _invoice(f'<x id="r0">{"c" * 900_000}</x>' + '<x href="#r0"/>' * 20_000),
    )
    yield Attack(
        "thousands of names for one another",
        _invoice("".join(f'<x id="r{n}" href="#r{n + 1}"/>' for n in range(12_000))),
    )


def _invoice(inner: str) -> bytes:
    from tests.middleware.server.soap.messages import message  # noqa: PLC0415

    return message(f'<SubmitInvoice xmlns="urn:test:invoices">{inner}</SubmitInvoice>')
