"""The in-bond application of a parcel: which kind applies, who answers for it, when the goods must leave.

19 CFR 146.62(b)(2), 146.66, 146.67, 146.68(b), 146.71(c); 19 CFR part 18.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ftz_common.contracts.common import DeadlineSet, EventRef, Noted
from ftz_common.contracts.duty import EstimateLine, InBondLineOffered
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.removals import (
    ExportMoved,
    InBondAuthorized,
    InBondExtended,
    InBondKind,
    InBondLapsed,
)
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_duty.domain.inbond_state import InBondState
from ftz_duty.domain.removal_clock import Clock

#: A permit is good for five working days; the port director may give more (19 CFR 146.71(c)).
REMOVAL_WORKING_DAYS = 5
REMOVAL = Clock(
    "in-bond-removal",
    "the goods of the in-bond application",
    "19 CFR 146.71(c)",
    "let them leave, or ask the port director for more days for good cause and record the extension",
)
ZONE_GOODS = "foreign-trade zone merchandise (19 CFR 146.62(b)(2))"
RESTRICTED = (
    "zone-restricted: actual exportation is required by the fourth proviso to section 3 of the Act"
    " (19 CFR 146.70(d))"
)


@dataclass(frozen=True, slots=True)
class Port:
    """Of the zone: Schedule D, time zone, announced closures."""

    code: str
    timezone: str
    closures: tuple[str, ...] = ()

    @property
    def calendar(self) -> PortCalendar:
        """Its working days."""
        return PortCalendar.of(self.timezone, map(date.fromisoformat, self.closures))


@dataclass(frozen=True, slots=True)
class AuthorizeInBond:
    """CBP authorised the movement. `principal`: the person making entry, who gives the bond of an IE."""

    kind: InBondKind
    number: str
    port: str
    carrier: str
    lines: tuple[EstimateLine, ...]
    under: str
    authorized_at: str
    event: EventRef
    zone: str
    principal: str
    home: Port


@dataclass(frozen=True, slots=True)
class ExtendRemoval:
    """The port director gave more days (19 CFR 146.71(c))."""

    remove_by: str
    reason: str
    who: str
    home: Port


def authorized(state: InBondState, command: AuthorizeInBond) -> Sequence[Fact] | Refusal:
    """The application is known: its kind fits the ports, and its clock starts."""
    known = state.application
    if known is not None and known.number == command.number:
        return [Noted(why=f"application {command.number} is known already")]
    if known is not None and state.left and not state.lapsed:
        return _differs(known, command)
    if (unfit := _kind(state, command)) is not None:
        return unfit
    calendar = command.home.calendar
    authorized_on = calendar.local_date(parse_instant(command.authorized_at))
    own_permit = not command.under
    remove_by = calendar.add_working_days(authorized_on, REMOVAL_WORKING_DAYS)
    application = InBondAuthorized(
        zone=command.zone,
        account=state.account,
        kind=command.kind,
        number=command.number,
        port=command.port,
        carrier=command.carrier,
        liable=command.principal if command.kind == "IE" else command.carrier,
        authorized_at=command.authorized_at,
        lines=list(command.lines),
        under=command.under,
        remove_by=remove_by.isoformat() if own_permit else "",
        endorsements=_endorsements(command),
        event=command.event,
    )
    facts: list[Fact] = [application]
    if own_permit and not state.left:
        facts.extend(REMOVAL.started(remove_by, calendar, command.number))
    facts.extend(_moved(application, to, state.stream) for to in state.weeks)
    return facts


def _kind(state: InBondState, command: AuthorizeInBond) -> Refusal | None:
    """IE at the zone's port, TE at another, IT for what stays in the country (146.66, 146.67(b), (c))."""
    at_home = command.port == command.home.code
    if command.kind == "IE" and not at_home:
        return Refusal(
            code="in-bond-kind",
            reason=f"immediate exportation (IE) is from port {command.home.code}, where the zone is, not from"
            f" {command.port}",
            citation="19 CFR 146.67(b)",
            remedy="file transportation and exportation (TE) with a bonded carrier, or correct the port",
            place="data.kind",
        )
    if command.kind == "TE" and at_home:
        return Refusal(
            code="in-bond-kind",
            reason=f"transportation and exportation (TE) leaves at another port than {command.home.code}",
            citation="19 CFR 146.67(c)",
            remedy="file immediate exportation (IE) under an export bond, or correct the port",
            place="data.kind",
        )
    if command.kind == "IT" and state.destination_country not in ("", "US"):
        return Refusal(
            code="in-bond-kind",
            reason=f"the parcel goes to {state.destination_country}: immediate transportation (IT) exports"
            " nothing",
            citation="19 CFR 146.67(b), (c)",
            remedy="file IE from the zone's port or TE from another",
            place="data.kind",
        )
    if command.kind != "IE" and not command.carrier:
        return Refusal(
            code="in-bond-carrier",
            reason=f"{command.kind} names no bonded carrier, who answers for the goods",
            citation="19 CFR 146.67(c), 146.66(b), 18.26",
            remedy="send the carrier's party id",
            place="data.carrier",
        )
    return None


def _differs(known: InBondAuthorized, command: AuthorizeInBond) -> Refusal:
    return Refusal(
        code="in-bond-differs",
        reason=f"the parcel left under {known.kind} {known.number}, not {command.kind} {command.number}",
        citation="19 CFR 146.62(b)(2)",
        remedy="correct the number, or the parcel; a movement that did not take place is cancelled first",
        place="data.number",
    )


def _endorsements(command: AuthorizeInBond) -> list[str]:
    """What the application must say of the goods."""
    statuses = sorted({line.status for line in command.lines})
    said = [f"{ZONE_GOODS}, zone {command.zone}, status {', '.join(statuses)}"]
    return [*said, RESTRICTED] if "Z" in statuses else said


def extended(state: InBondState, command: ExtendRemoval) -> Sequence[Fact] | Refusal:
    """More days, counted from the day that was: never fewer (19 CFR 146.71(c))."""
    known = state.application
    if known is None or not state.clock:
        return Refusal(
            code="no-removal-clock",
            reason="no application of this parcel has days that run",
            citation="19 CFR 146.71(c)",
            remedy="report the application first; one that has lapsed is filed again",
        )
    if command.remove_by <= state.remove_by:
        return Refusal(
            code="extension-shortens",
            reason=f"the goods have until {state.remove_by}; {command.remove_by} is not later",
            citation="19 CFR 146.71(c)",
            remedy="give the day that the port director set",
            place="remove_by",
        )
    day = date.fromisoformat(command.remove_by)
    return [
        InBondExtended(
            number=known.number, remove_by=command.remove_by, reason=command.reason, who=command.who
        ),
        *REMOVAL.started(day, command.home.calendar, known.number),
    ]


def due(state: InBondState, deadline: DeadlineSet) -> Sequence[Fact]:
    """The five working days are over: what did not leave is in the zone as before (19 CFR 146.71(c), (d))."""
    known = state.application
    if known is None or known.number != deadline.subject or not state.clock:
        return [Noted(why="the goods left in time, or the application was replaced")]
    if deadline.due_at != state.clock:
        return [Noted(why=f"the port director gave until {state.remove_by} (19 CFR 146.71(c))")]
    return [
        InBondLapsed(number=known.number, remove_by=state.remove_by),
        REMOVAL.stopped("the permit lapsed: the goods stay in the zone in their status", known.number),
    ]


def moved(state: InBondState, offer: InBondLineOffered, to: str, *, reversed_: bool = False) -> ExportMoved:
    """Tell the week's export permit what left, and under which application."""
    known = None if _exports_nothing(state, offer) else state.application
    said = _moved(known, to, state.stream)
    return ExportMoved(
        to=to,
        inbond=state.stream,
        withdrawal=offer.withdrawal,
        removed_at=offer.removed_at,
        removed_on=offer.removed_on,
        reversed=reversed_,
        required=offer.permits_required,
        lines=offer.lines,
        number=said.number,
        kind=said.kind,
        under=said.under,
        authorized_at=said.authorized_at,
        remove_by=state.remove_by if known else "",
        manifest=said.manifest,
    )


def _exports_nothing(state: InBondState, offer: InBondLineOffered) -> bool:
    country = state.destination_country or offer.destination_country
    known = state.application
    return known is not None and known.kind == "IT" and country not in ("", "US")


def _moved(known: InBondAuthorized | None, to: str, inbond: str) -> ExportMoved:
    if known is None:
        return ExportMoved(to=to, inbond=inbond)
    return ExportMoved(
        to=to,
        inbond=inbond,
        number=known.number,
        kind=known.kind,
        under=known.under,
        authorized_at=known.authorized_at,
        remove_by=known.remove_by,
        manifest=list(known.lines),
    )


def left_in_time(state: InBondState) -> list[Fact]:
    """The first goods that leave stop the clock of the application."""
    known = state.application
    return [REMOVAL.stopped("the goods left", known.number)] if known and state.clock else []
