"""Programs that others have written speak with the SOAP host: zeep, npm's soap, PHP's SoapClient, Perl's SOAP::Lite."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zeep
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

from tests.middleware.server.soap import conftest as soap_host
from tests.middleware.server.soap.invoices import CALLER, PASSWORD

HERE = Path(__file__).parent

nonce_database = soap_host.nonce_database
address = soap_host.address

both_versions = pytest.mark.parametrize("version", ["1.1", "1.2"])


def seen(program: str, script: str, where: str, version: str) -> dict[str, Any]:
    """Run a script and give what it printed."""
    done = subprocess.run(
        [program, script, where, CALLER, PASSWORD, version], cwd=HERE, capture_output=True, text=True, timeout=120,
        check=False, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert "there is no such lot" in told["fault"]
    return told


@both_versions
@pytest.mark.parametrize("digest", [True, False])
def test_zeep(address: str, version: str, digest: bool) -> None:
    token = UsernameToken(CALLER, PASSWORD, use_digest=digest)  # type: ignore[no-untyped-call]
    port = "InvoicesSoap" if version == "1.1" else "InvoicesSoap12"
    client = zeep.Client(f"{address}?wsdl", wsse=token, port_name=port)  # type: ignore[no-untyped-call]
    invoice: dict[str, Any] = {
        "date": "2026-03-02", "note": "", "seller": {"name": "North"}, "buyer": {"name": "South"},
        "vehicle": [{"vin": "1XKY", "price": "1500.50"}],
    }  # fmt: skip

    receipt = client.service.SubmitInvoice(number="Z1", **invoice)

    assert (receipt.number, str(receipt.total), receipt.parties) == ("Z1", "1500.50", ["North", "South"])
    with pytest.raises(Fault, match="there is no such lot"):
        client.service.SubmitInvoice(number="refuse", **invoice)


@both_versions
def test_the_soap_package_of_npm(address: str, version: str) -> None:
    receipt = seen("node", "invoices.cjs", f"{address}?wsdl", version)["receipt"]

    assert receipt["number"] == "N1"
    assert str(receipt["total"]) == "1500.75"
    assert receipt["parties"] == ["North & Söhne", "South"]


@both_versions
def test_the_soap_client_of_php_which_writes_one_object_once(address: str, version: str) -> None:
    told = seen("php", "invoices.php", f"{address}?wsdl", version)

    assert told["refers"]
    assert told["receipt"] == {
        "number": "P1", "received": "2026-03-02", "total": "1500.75", "note": "",
        "parties": ["North & Söhne", "North & Söhne"],
    }  # fmt: skip


def test_soap_lite_of_perl(address: str) -> None:
    receipt = seen("perl", "invoices.pl", address, "1.1")["receipt"]

    assert receipt["number"] == "L1"
    assert receipt["total"] == "1500.75"
    assert receipt["parties"] == ["North and Sons", "South"]
