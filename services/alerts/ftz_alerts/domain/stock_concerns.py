"""What a person is told about draws, cover and time in the zone."""

from datetime import date, timedelta

from ftz_alerts.domain.concerns import name_of
from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.exposure import ExposureStated
from ftz_common.contracts.inventory import DrawSuspended, RemovalUncovered
from ftz_common.values.calendar import PortCalendar, end_of_day
from ftz_common.values.exact import plain


def suspended_draw(fact: DrawSuspended) -> Concern:
    """19 CFR 146.53(a)(3): shortages and overages are recorded when identified; (a)(2): not admitted."""
    return Concern(
        severity="violation",
        message=(
            f"{plain(fact.quantity)} of {fact.uin} left with {name_of(fact.order)}, line {fact.line}, on "
            f"{fact.removed_on}, and the book has no admitted goods for them."
        ),
        citation="19 CFR 146.53(a)",
        remedy=(
            f"enter what was admitted on or before {fact.removed_on} and is not in the book (a late receipt, "
            "an overage, a corrected SKU or count); else report the discrepancy to the port director"
        ),
        about=fact.order,
    )


def removal_without_cover(fact: RemovalUncovered, cover: str) -> Concern:
    """19 CFR 146.71(a): nothing leaves without a permit; 146.63(c)(1): supplement before removal."""
    return Concern(
        severity="violation",
        message=(
            f"{plain(fact.quantity)} of line {fact.line} of {name_of(fact.order)} left at {fact.removed_at} "
            f"without cover: the estimate permitted {plain(fact.permitted)} of {name_of(cover)}."
        ),
        citation="19 CFR 146.71(a); 19 CFR 146.63(c)(1)",
        remedy="hold what is left of these goods, file a supplemental estimate, tell CBP of the violation",
        about=fact.order,
    )


def time_in_zone(
    *, uin: str, layer: str, number: str, admitted_on: str, days_max: int, timezone: str, admission: str
) -> tuple[Concern, str]:
    """The account's own limit, which starts the day after admission: concern and due instant (RFC 3339).

    The law has no maximum (19 USC 81c sets none), so the source is policy.
    """
    last = date.fromisoformat(admitted_on) + timedelta(days=days_max)
    due = end_of_day(last, PortCalendar.of(timezone))
    concern = Concern(
        severity="notice",
        message=(
            f"Goods of {uin} admitted on {admitted_on} under 214 {number} (layer {layer}) are in the zone "
            f"for more than {days_max} days."
        ),
        citation=f"policy: the account's days_in_zone_max is {days_max}; the law has no maximum",
        remedy="enter, export, destroy or transfer them, or raise the account's days_in_zone_max",
        act_by=last.isoformat(),
        about=admission,
    )
    return concern, due.isoformat().replace("+00:00", "Z")


def bond_exposure(fact: ExposureStated, stream: str) -> Concern:
    """19 CFR 146.6(d), 113.73: the operator's bond answers for what is in the zone.

    19 CFR 146.7(d): the port director may require a new one in 10 days, else nothing more is received.
    """
    over = fact.level == "limit"
    against = "more than" if over else f"{plain(fact.percent)} % of"
    return Concern(
        severity="deadline" if over else "notice",
        message=(
            f"Foreign goods of {plain(fact.value)} USD are in zone {fact.zone}, {against} the operator's "
            f"bond {fact.bond} of {plain(fact.amount)} USD."
        ),
        citation="19 CFR 146.6(d), 146.7(d); 19 CFR 113.73",
        remedy=(
            "agree with CBP and the surety on a larger bond before more comes, and apply the zone with it"
            if over
            else f"watched from {fact.warn_percent} % on: raise the bond, or let goods leave before more come"
        ),
        about=stream,
    )
