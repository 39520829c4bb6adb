"""What a person is told about what lets goods leave: permits and applications that run out."""

from ftz_alerts.domain.concerns import name_of
from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.estimating import CoverRunsLow
from ftz_common.contracts.removals import (
    InBondLapsed,
    RemovalUnpermitted,
)
from ftz_common.values.exact import plain


def removal_without_permit(fact: RemovalUnpermitted, permit: str) -> Concern:
    """19 CFR 146.68(a), 146.71(a): nothing leaves a zone for export without a permit."""
    goods = ", ".join(f"{plain(each.quantity)} {each.unit} of {each.number}" for each in fact.lines)
    return Concern(
        severity="violation",
        message=(
            f"{goods} left at {fact.removed_at} with {name_of(fact.inbond)}, {name_of(permit)}: {fact.why}."
        ),
        citation="19 CFR 146.68(a); 19 CFR 146.71(a)",
        remedy="report the in-bond application if there was one; else tell the port director and explain it"
        " in the week's statement",
        about=fact.inbond,
    )


def in_bond_lapsed(fact: InBondLapsed, in_bond: str) -> Concern:
    """19 CFR 146.71(c), (d)(1): CBP cancels; the goods keep their zone status."""
    name = name_of(in_bond)
    return Concern(
        severity="notice",
        message=(
            f"{name[:1].upper()}{name[1:]}: nothing left by {fact.remove_by}; application {fact.number} "
            "lapsed, the goods are in the zone in their status."
        ),
        citation="19 CFR 146.71(c), (d)(1)",
        remedy="have the application cancelled; file a new one before the goods leave",
        about=in_bond,
    )


def cover_low(fact: CoverRunsLow, cover: str) -> Concern:
    """19 CFR 146.63(c)(1): what exceeds the estimate needs a supplement before it leaves."""
    return Concern(
        severity="deadline",
        message=(
            f"{plain(fact.used)} of the {plain(fact.total)} permitted of {name_of(cover)} are drawn "
            f"({fact.percent} % is the share to be told at); {plain(fact.remaining)} may still leave."
        ),
        citation="19 CFR 146.63(c)(1); policy: the account's estimate.warn_percent",
        remedy="have a supplemental estimate accepted before more than that leaves",
        about=cover,
    )
