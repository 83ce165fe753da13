"""SOAP over HTTP: both versions, the contract, faults, references, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
import requests
from lxml import etree

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.server.soap.contract import Contract
from drawbar.middleware.server.soap.envelope import SOAP_11, SOAP_12, SoapVersion
from drawbar.middleware.server.soap.service import ContractService, OpenGate
from tests.middleware.server.soap.invoices import CONTRACT, NAMESPACE
from tests.middleware.server.soap.messages import INVOICE, message, post

XSI = "http://www.w3.org/2001/XMLSchema-instance"
both_versions = pytest.mark.parametrize("version", [SOAP_11, SOAP_12], ids=["1.1", "1.2"])


@both_versions
def test_an_answer_comes_in_the_version_of_the_question(address: str, version: SoapVersion) -> None:
    told = post(address, message(INVOICE, version=version), version)

    assert (told.status, told.code) == (200, "")
    root = etree.fromstring(told.content.encode())
    assert root.tag == version.tag("Envelope")
    assert root.findtext(f".//{{{NAMESPACE}}}total") == "1500.50"


def test_an_empty_element_survives_and_one_that_was_left_out_stays_away(address: str) -> None:
    empty = post(address, message(INVOICE))
    nil = post(address, message(INVOICE.replace("<note/>", f'<note xmlns:i="{XSI}" i:nil="true"/>')))
    away = post(address, message(INVOICE.replace("<note/>", "")))

    notes = [etree.fromstring(each.content.encode()).findtext(f".//{{{NAMESPACE}}}note") for each in (empty, nil, away)]
    assert notes == ["", None, "left out"]


@pytest.mark.parametrize("written", ["2026-03-02Z", "2026-03-02-05:00", "2026-03-02+14:00"])
def test_a_date_may_carry_a_zone(address: str, written: str) -> None:
    told = post(address, message(INVOICE.replace("2026-03-02", written)))

    assert etree.fromstring(told.content.encode()).findtext(f".//{{{NAMESPACE}}}received") == "2026-03-02"


def test_comments_and_instructions_do_not_split_a_text(address: str) -> None:
    told = post(address, message(INVOICE.replace(">A1<", "><!-- x -->A<?y z?><![CDATA[&]]>1<")))

    assert etree.fromstring(told.content.encode()).findtext(f".//{{{NAMESPACE}}}number") == "A&1"


def test_a_value_that_stands_twice_by_reference_is_put_in_both_places(address: str) -> None:
    body = INVOICE.replace("<seller>", '<seller id="ref1">').replace(
        "<buyer><name>South</name></buyer>", '<buyer href="#ref1"/>'
    )

    told = post(address, message(body))

    parties = etree.fromstring(told.content.encode()).iterfind(f".//{{{NAMESPACE}}}parties")
    assert [each.text for each in parties] == ["North", "North"]


def test_references_of_references_and_beside_the_operation_are_followed(address: str) -> None:
    body = INVOICE.replace("<seller><name>North</name></seller>", '<seller href="#a"/>').replace(
        "<name>South</name>", '<name href="#b"/>'
    )
    beside = f'<multiRef id="a" xmlns="{NAMESPACE}"><name href="#b"/></multiRef><multiRef id="b">East</multiRef>'

    told = post(address, message(body + beside))

    parties = etree.fromstring(told.content.encode()).iterfind(f".//{{{NAMESPACE}}}parties")
    assert [each.text for each in parties] == ["East", "East"]


@pytest.mark.parametrize(
    "seller",
    [
        '<seller href="#nowhere"/>',
        '<seller id="a" href="#a"/>',
        '<seller id="a"><name href="#a"/></seller>',
        '<seller id="a" href="#b"/><seller id="b" href="#a"/>',
        '<seller id="a"><x href="#b"/></seller><seller id="b"><x href="#a"/></seller>',
        '<seller id="a">' + "x" * 100_000 + "</seller>" + '<seller href="#a"/>' * 6,
    ],
    ids=["nowhere", "itself", "inside itself", "each other", "inside each other", "too much"],
)
def test_references_that_lead_nowhere_or_too_far_are_refused(address: str, seller: str) -> None:
    told = post(address, message(INVOICE.replace("<seller><name>North</name></seller>", seller)))

    assert (told.code, told.reason) == ("Client", "BAD_REFERENCE")


@both_versions
def test_an_error_of_a_handler_names_record_field_and_remedy(address: str, version: SoapVersion) -> None:
    told = post(address, message(INVOICE.replace("A1", "refuse"), version=version), version)

    assert (told.status, told.code) == ((500, "Client") if version is SOAP_11 else (400, "Sender"))
    assert (told.text, told.reason) == ("there is no such lot", "NO_LOT")
    for word in ("lot 7", ">number<", "Send another."):
        assert word in told.content


@pytest.mark.parametrize(("number", "reason"), [("later", "RETRY_LATER"), ("stop", "STOPPED"), ("defect", "DEFECT")])
@both_versions
def test_what_is_not_the_callers_fault_is_the_hubs(
    address: str, version: SoapVersion, number: str, reason: str
) -> None:
    told = post(address, message(INVOICE.replace("A1", number), version=version), version)

    assert (told.status, told.code, told.reason) == (500, version.codes[1], reason)
    assert not {"Traceback", "canary", "secret"} & set(told.content.split())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (INVOICE.replace("1500.50", "much"), "NOT_VALID"),
        (INVOICE.replace("<vin>1XKY</vin>", "<vin>1XKY</vin><vin/>"), "NOT_VALID"),
        (INVOICE.replace("A1", "A" * 21), "NOT_VALID"),
        (INVOICE.replace("SubmitInvoice", "DeleteInvoice"), "UNKNOWN_OPERATION"),
        ("", ""),
    ],
    ids=["type", "order", "length", "operation", "empty"],
)
def test_what_the_contract_does_not_know_is_refused(address: str, body: str, reason: str) -> None:
    told = post(address, message(body))

    assert (told.status, told.code, told.reason) == (500, "Client", reason)


def test_a_header_that_must_be_understood_and_is_not_is_refused_by_name(address: str) -> None:
    told = post(address, message(INVOICE, header='<x xmlns="urn:else" s:mustUnderstand="1"/>'))

    assert (told.status, told.code) == (500, "MustUnderstand")
    assert "{urn:else}x" in told.text
    assert post(address, message(INVOICE, header='<x xmlns="urn:else" s:mustUnderstand="0"/>')).status == 200


def test_an_envelope_of_another_version_is_told_so(address: str) -> None:
    told = post(address, message(INVOICE).replace(SOAP_11.namespace.encode(), b"urn:soap:9"))

    assert told.code == "VersionMismatch"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content-Type": "application/json"}, 415), ({"Content-Encoding": "gzip"}, 415)],
)
def test_what_is_no_xml_is_not_read(address: str, headers: dict[str, str], status: int) -> None:
    assert post(address, b"{}", SOAP_11, **headers).status == status


def test_the_wsdl_names_the_public_address_in_every_port(address: str) -> None:
    response = requests.get(f"{address}?wsdl", timeout=30)

    places = [each.get("location") for each in etree.fromstring(response.content).iterfind(".//{*}address")]
    assert response.headers["Content-Type"].startswith("text/xml")
    assert places == [address, address]
    assert requests.delete(address, timeout=30).status_code == 405


def test_a_contract_whose_element_has_another_name_than_its_operation_is_refused() -> None:
    wsdl = CONTRACT.read_bytes()

    with pytest.raises(ConfigError, match="input element of its own name"):
        Contract(wsdl.replace(b'operation name="SubmitInvoice"', b'operation name="Submit"'))
    with pytest.raises(ConfigError, match="SubmitInvoice"):
        ContractService(Contract(wsdl), OpenGate(), {})


def test_a_contract_may_not_refer_to_another_file() -> None:
    wsdl = CONTRACT.read_bytes().replace(
        b"</wsdl:types>", b'</wsdl:types><wsdl:import namespace="urn:x" location="http://127.0.0.1:9/x.wsdl"/>'
    )

    with pytest.raises(Exception, match=r"127\.0\.0\.1:9"):
        Contract(wsdl)


def test_amounts_stay_exact(address: str) -> None:
    told = post(address, message(INVOICE.replace("1500.50", "90071992547409.93")))

    total = etree.fromstring(told.content.encode()).findtext(f".//{{{NAMESPACE}}}total")
    assert Decimal(total or "0") == Decimal("90071992547409.93")
