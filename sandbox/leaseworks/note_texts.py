"""The wording of notes: the person spoken to is `{name}`, the money `{amount}` and the day `{day}`."""

from __future__ import annotations

NO_ANSWER, VOICEMAIL, TEXTED, EMAILED, WROTE, PROMISED, REPLACED, WITHDREW, REMINDED, REFUSED, RETURNED, SERVICE = (
    range(12)
)
"""What a note is about: a position in `TEXTS`."""

TEXTS: tuple[tuple[str, ...], ...] = (
    (
        "No answer.",
        "Called main number, no answer, line rings out.",
        "Called cell - mailbox full.",
        "N/A, tried twice (morning, afternoon).",
        "Number is busy; will retry after 3 PM Central.",
    ),
    (
        "Left message with call-back number.",
        'Left voicemail. Greeting says "out on the road until the weekend".',
        "LM with dispatcher, asked for {name} to call back.",
        "Left message w/ office manager; she says {name} handles the bills.",
    ),
    (
        "Text sent: payment past due, please call.",
        "Texted reminder incl. amount due. No reply yet.",
        'Text sent; reply: "ok will call tmrw"',
    ),
    (
        "E-mailed statement of account.",
        "E-mailed past-due invoice to A/P, asked for a remittance date.",
    ),
    (
        "30-day letter mailed.",
        "Cure letter prepared and mailed, certified.",
    ),
    (
        "Spoke to {name}. PTP {amount} by {day}.",
        'Spoke with {name}: "the broker pays me Friday, I will send it right after". PTP ${amount}, {day}.',
        "{name} called in. Truck was down 2 weeks (injectors).\nPromise: ${amount} on {day}.\nWill pay by phone.",
        "PTP ${amount} {day}; advised of late fees, driver has a new lane Laredo to Chicago.",
        "Talked to {name}, slow freight, waiting on two loads to be factored; ptp {amount} for {day}",
    ),
    (
        "{name} called: cannot make the earlier date, new PTP ${amount} by {day}.",
        "Re-arranged. Old promise replaced, now ${amount} on {day}.\nTold {name} this is the last extension.",
    ),
    (
        "{name} withdrew the promise, says the amount is disputed. Asked for it in writing.",
        "Promise cancelled at customer's request, will call with new date.",
    ),
    (
        "Reminder call, {name} confirms promise stands.",
        'Spoke to {name}, "money is on the way".',
    ),
    (
        "Spoke to {name}; no commitment. Says insurance claim is open, asks for an extension.",
        'Spoke with {name} - refuses to set a date: "call my attorney".\nWill send 30-day letter.',
        "{name} says the truck is parked, no work. Asked where it is; would not tell.",
        "Wife answered, {name} is in the hospital; call next week.",
    ),
    (
        "Returned item {amount}, posted {day}. Fee assessed.",
        "ACH return received for payment of {day} ({amount}).",
    ),
    (
        "Customer called for payoff quote, sent by e-mail.",
        "Insurance certificate received, good through year end.",
        "Requested amortization schedule; mailed.",
        "Update of bank details (ACH), form sent.",
        "Asked about adding a 2nd unit -> passed to sales (Zoë).",
    ),
)

FIRST_NAMES = (
    "José", "Maria", "Dwayne", "Łukasz", "Gurpreet", "Tyrone", "Anita", "Bill", "Renée", "Hector",
    "Svetlana", "Mike", "Ximena", "Abdi", "Crystal", "Jörg", "Linda", "Raúl", "Kim", "Earl",
)  # fmt: skip
