"""What the Web Connector says in each of its calls; what it leaves out or empties is ""."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Words = Annotated[str, BeforeValidator(lambda value: value or "")]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True)


class ServerVersion(_Asked):
    """Asks nothing."""


class ClientVersion(_Asked):
    """Tells the version of the Web Connector."""

    version: Words = Field("", alias="strVersion")


class Authenticate(_Asked):
    """Begins a visit."""

    user: Words = Field("", alias="strUserName")
    password: Words = Field("", alias="strPassword", repr=False)


class Ticketed(_Asked):
    """Belongs to a visit."""

    ticket: Words = Field("", repr=False)


class SendRequest(Ticketed):
    """Asks for the next request; the first of a visit tells what is open (`host`)."""

    host: Words = Field("", alias="strHCPResponse")
    file: Words = Field("", alias="strCompanyFileName")


class ReceiveResponse(Ticketed):
    """Brings the answer of QuickBooks, or the error (`hresult`) with which the request failed."""

    response: Words = ""
    hresult: Words = ""
    message: Words = ""


class NotReached(Ticketed):
    """Tells that QuickBooks could not be reached."""

    hresult: Words = ""
    message: Words = ""
