"""How people, agents, the shop and LeaseWorks of the scripted month do what their lines say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from drawbar.sandbox.faults import Fault
from drawbar.sandbox.mail.post import reply
from tests.connectors.fleetrock.shop import work
from tests.faults.lender_month import Act, LenderMonth
from tests.jobs.people import AVERY, CASEY

LEASEWORKS, AGENT, SHOP, CLERK, WEATHER = "LeaseWorks", "agent", "shop", "clerk", "weather"
PEOPLE: Final = {"Casey": CASEY, "Avery": AVERY}

Told = Mapping[str, Any]
Doing = Callable[[LenderMonth, int, Told], object]


def do(month: LenderMonth, act: Act) -> None:
    """Do an act, once for each account that plays its part."""
    if act.actor == WEATHER:
        _WEATHER[act.act](month, act.told)
        return
    told = {**act.told, "by": PEOPLE[act.actor]} if act.actor in PEOPLE else act.told
    for number in month.parts[act.part]:
        _ACTS[act.act](month, number, told)


def _account(month: LenderMonth, number: int, told: Told) -> None:
    month.book.account(number, LESSEE_NO=f"LS{number:08d}", **told)


def _behind(month: LenderMonth, number: int, told: Told) -> None:
    """Be past due by so many days, with an amount."""
    month.book.behind(number, month.book.today - timedelta(days=told["days"]), told["amount"])


def _cured(month: LenderMonth, number: int, told: Told) -> None:
    del told
    month.book.cured(number)


def _pays(month: LenderMonth, number: int, told: Told) -> None:
    key = 1_000 * number + len(month.book.rows["payments"])
    month.book.payment(key, told["amount"], month.book.today, ACCT_NO=f"LW{number:08d}")


def _promises(month: LenderMonth, number: int, told: Told) -> None:
    month.book.promise(number, told["amount"], date(2026, 3, told["by_day"]))


def _shows(month: LenderMonth, number: int, told: Told) -> None:
    month.book.sets(f"VH{number:08d}", told["disposition"])
    month.book.vehicle(number)


def _vehicle(month: LenderMonth, number: int, told: Told) -> None:
    month.people.change("Vehicle__c", month.vehicle(number), **told)


def _case(month: LenderMonth, number: int, told: Told) -> None:
    month.people.change("Case", month.case(number), **told)


def _tries(month: LenderMonth, number: int, told: Told) -> None:
    """Change the case as Salesforce's rules do not allow; `says` is what they answer."""
    month.people.refused("Case", Id=month.case(number), **told)


def _hold(month: LenderMonth, number: int, told: Told) -> None:
    month.people.create("Hold__c", Lease_Account__c=month.account(number), **told)


def _lifts(month: LenderMonth, number: int, told: Told) -> None:
    month.people.change("Hold__c", month.id_of("Hold__c", Lease_Account__c=month.account(number)), **told)


def _note(month: LenderMonth, number: int, told: Told) -> None:
    month.people.create("Collection_Note__c", Lease_Account__c=month.account(number), **told)


def _orders_work(month: LenderMonth, number: int, told: Told) -> None:
    month.people.create("Asset_Work_Order__c", Vehicle__c=month.vehicle(number), **told)


def _work(month: LenderMonth, number: int, told: Told) -> None:
    """Change every work order of one kind on the vehicle."""
    told = dict(told)
    kind = told.pop("kind")
    for each in month.ids_of("Asset_Work_Order__c", Vehicle__c=month.vehicle(number), Kind__c=kind):
        month.people.change("Asset_Work_Order__c", each, **told)


def _sells(month: LenderMonth, number: int, told: Told) -> None:
    month.people.create("Sale__c", Vehicle__c=month.vehicle(number), **told)


def _tries_to_sell(month: LenderMonth, number: int, told: Told) -> None:
    month.people.refused("Sale__c", Vehicle__c=month.vehicle(number), **told)


def _review(month: LenderMonth, number: int, told: Told) -> None:
    record = month.id_of("Account_Review__c", Review_Key__c=f"LW{number:08d}")
    month.people.change("Account_Review__c", record, **told)


def _types(month: LenderMonth, number: int, told: Told) -> None:
    """Type a command; `exit` is how it has to end."""
    words = [each.format(account=f"LW{number:08d}", vehicle=f"VH{number:08d}") for each in told["words"]]
    result = month.typed(*words)
    assert result.exit_code == told.get("exit", 0), (words, result.output, result.exception)


def _answers(month: LenderMonth, number: int, told: Told) -> None:
    """Answer the latest order by e-mail, `minutes` ago by the agent's clock, as often as `times` says."""
    case = f"VH{number:08d}-R"
    ours = [each for each in month.post.agents.sent if case in str(each["Subject"])]
    at = month.clock.seen() - timedelta(minutes=told.get("minutes", 0))
    month.answers += 1
    answer = reply(ours[-1], str(ours[-1]["To"]), at, told["text"])
    answer.replace_header("Message-ID", f"<answer.{month.answers}@agents.example>")
    for _ in range(told.get("times", 1)):
        month.post.portal.call(month.post.agents.arrives, answer)


def _repairs(month: LenderMonth, number: int, told: Told) -> None:
    """Begin an order of 390.00; at its second act, finish and invoice it."""
    vin = month.book.rows["vehicles"][f"VH{number:08d}"]["VIN"]
    shop = month.vendors.fleetrock.shop
    mine = [each.id for each in shop.orders().values() if each.vin == vin]
    if mine:
        shop.correct(mine[-1], **told)
    else:
        shop.add(work(vin, **told))


def _arms(month: LenderMonth, told: Told) -> None:
    fault = Fault(**told)
    faults = month.vendors.faults if fault.path and fault.path.startswith("/vendors/") else month.world.org.local.faults
    faults.arm(fault)


def _refuses_mail(month: LenderMonth, told: Told) -> None:
    """Let Accounting's server refuse everything until the weather clears."""
    month.post.accounting.reply = told["reply"]


def _loses_answers(month: LenderMonth, told: Told) -> None:
    """Let the agents' server take the next message and hang up before it says so, or refuse it for now."""
    month.post.agents.interruptions.append(lambda: told["answer"])


def _kills(month: LenderMonth, told: Told) -> None:
    """Let workers be at work today; the next one that comes by a place dies there, after what is done in it."""
    month.crew.comes_on_duty(told["place"])


_ACTS: Final[Mapping[str, Doing]] = {
    "account": _account, "is behind": _behind, "is cured": _cured, "pays": _pays, "promises": _promises,
    "shows": _shows, "vehicle": _vehicle, "case": _case, "tries": _tries, "sets a hold": _hold,
    "lifts the hold": _lifts, "tries to sell": _tries_to_sell,
    "writes a note": _note, "orders work": _orders_work, "work": _work, "sells": _sells,
    "review": _review, "types": _types, "answers": _answers, "repairs": _repairs,
}  # fmt: skip
_WEATHER: Final[Mapping[str, Callable[[LenderMonth, Told], None]]] = {
    "fault": _arms, "Accounting refuses": _refuses_mail, "agents' mail": _loses_answers, "kills": _kills,
}  # fmt: skip
