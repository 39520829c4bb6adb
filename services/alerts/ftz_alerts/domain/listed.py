"""An alert as it is listed: one row per risk that was ever an alert, made from its facts alone."""

from decimal import Decimal
from typing import Literal

import msgspec

from ftz_common.contracts.alerts import AlertRaised, AlertResolved, AlertRestated
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Fact
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A row. Instants RFC 3339; `through`: the version of the risk's stream that it says."""

    stream: str
    account: str
    zone: str
    through: int
    state: Literal["open", "resolved"]
    kind: str
    subject: str
    severity: str
    message: str
    citation: str
    remedy: str
    act_by: str
    about: str
    quantity: Decimal
    raised_at: str
    changed_at: str
    resolved_how: str = ""
    times_raised: int = 1


def account_prefix(account: str) -> str:
    """What the keys of an account's rows begin with."""
    return f"{stream_name(account)}/"


def row_key(account: str, stream: str) -> str:
    """Rows are ordered by account, then risk."""
    return account_prefix(account) + stream


def apply(row: Listed | None, fact: Fact, envelope: Envelope) -> Listed | None:
    """The row after a fact; a fact that it holds already, or that is no alert, changes nothing."""
    if row is not None and envelope.streamversion <= row.through:
        return row
    match fact:
        case AlertRaised() | AlertRestated():
            return _open(row, fact, envelope)
        case AlertResolved() if row is not None:
            return msgspec.structs.replace(
                row,
                through=envelope.streamversion,
                state="resolved",
                quantity=ZERO,
                changed_at=envelope.time,
                resolved_how=fact.how,
            )
        case _:
            return row


def _open(row: Listed | None, fact: AlertRaised | AlertRestated, envelope: Envelope) -> Listed:
    again = isinstance(fact, AlertRaised)
    raised_before = row.times_raised if row else 0
    return Listed(
        stream=envelope.stream,
        account=envelope.account,
        zone=envelope.zone,
        through=envelope.streamversion,
        state="open",
        kind=fact.kind,
        subject=fact.subject,
        severity=fact.severity,
        message=fact.message,
        citation=fact.citation,
        remedy=fact.remedy,
        act_by=fact.act_by,
        about=fact.about,
        quantity=fact.quantity,
        raised_at=envelope.time if again or row is None else row.raised_at,
        changed_at=envelope.time,
        times_raised=raised_before + again,
    )
