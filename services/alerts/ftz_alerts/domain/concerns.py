"""What a person is told: a sentence, the rule, what to do, until when; and how streams are named."""

from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.common import ClockExpired, ClockStarted
from ftz_common.values.names import stream_parts


def name_of(stream: str) -> str:
    """A stream as people call it: "order 1001 (shop-a)", "the entry of acme for the week of 2026-03-01"."""
    kind, *rest = stream_parts(stream)
    if kind == "admission" and rest[1:2] == ["status-change"]:
        return f"status change {rest[-1]}"
    form = _NAMES.get((kind, len(rest)))
    return form.format(*rest) if form else stream


#: By kind of stream and how many parts follow it.
_NAMES = {
    ("order", 3): "order {2} ({1})",
    ("admission", 3): "shipment {2} ({1})",
    ("daily", 4): "the cumulative 214 of {1} for {2}",
    ("entry", 3): "the entry of {1} for the week of {2}",
    ("exportpermit", 3): "the export permit of {1} for the week of {2}",
    ("deferral", 4): "parcel {3} of order {2} ({1}) to Canada or Mexico",
    ("inbond", 4): "the in-bond of parcel {3}, order {2} ({1})",
    ("estimates", 2): "{1} in zone {0}",
    ("cover", 7): "{3} {4} {5} in {6}, {1}, week of {2}",
}


def said(codes: list[str], reasons: list[str]) -> str:
    """CBP's codes with their reasons: "110: value missing"."""
    pairs = [f"{code}: {reason}" for code, reason in zip(codes, reasons, strict=False)]
    return "; ".join(pairs or codes or reasons) or "no reason given"


def capital(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def clock(fact: ClockStarted | ClockExpired, keeper: str) -> Concern:
    """A clock of the law; the fact cites its rule. Once it ran out it is a violation, until it is mended."""
    over = isinstance(fact, ClockExpired)
    when = f"was due by {fact.act_by} and is not done" if over else f"is due by {fact.act_by}"
    return Concern(
        severity="violation" if over else "deadline",
        message=f"{capital(name_of(keeper))}: {fact.what} {when}.",
        citation=fact.citation,
        remedy=fact.remedy,
        act_by=fact.act_by,
        about=keeper,
    )
