"""On what authority the zone works: activation, bond, inventory method, direct delivery, production.

Each rule refuses a document that claims what the law or an agency has not given. `advice` is what a careful
operator would still add; it refuses nothing.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.reference import Account, DirectDelivery, ZoneDocument

#: Methods that the regulation does not name: CBP authorises them (19 CFR 146.23(a)).
AUTHORISED_METHODS = ("FOFI", "OTHER")
#: 19 CFR 146.39(b): the application comes so long before the procedure is effective.
DIRECT_DELIVERY_NOTICE = timedelta(days=30)
_HTS6 = re.compile(r"[0-9]{6}")


def problems(document: ZoneDocument) -> Iterator[Refusal]:
    """What the document claims without authority, each with its place."""
    for index, account in enumerate(document.accounts):
        yield from _method(account, f"accounts[{index}]")
        if account.direct_delivery is not None:
            yield from _direct_delivery(account.direct_delivery, f"accounts[{index}].direct_delivery")
    yield from _site(document)
    yield from _bond(document)
    yield from _production(document)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _no_date(place: str, text: str) -> Refusal:
    return refuse("no-such-date", f"{text!r} is no date", "19 CFR 146.21(b)", "YYYY-MM-DD", place)


def _period(place: str, first: str, last: str, names: tuple[str, str]) -> Iterator[Refusal]:
    """A first day, and a last one that is not before it or not known yet ("")."""
    begins, ends = _day(first), _day(last) if last else date.max
    if begins is None:
        yield _no_date(f"{place}.{names[0]}", first)
    if ends is None:
        yield _no_date(f"{place}.{names[1]}", last)
    if begins is not None and ends is not None and ends < begins:
        yield refuse(
            "ends-before-it-begins",
            f"{last} lies before {first}",
            "19 CFR 146.21(b)",
            "correct one of the dates",
            f"{place}.{names[1]}",
        )


def _method(account: Account, place: str) -> Iterator[Refusal]:
    """FIFO and zone lots are in the regulation; any other method is CBP's to authorise (19 CFR 146.23(a))."""
    if account.inventory_method in AUTHORISED_METHODS and not account.cbp_authorisation:
        yield refuse(
            "method-not-authorised",
            f"{account.inventory_method} needs CBP's authorisation, and no reference is given",
            "19 CFR 146.23(a); 19 CFR 177",
            "name the authorisation in `cbp_authorisation`, or use FIFO or LOT",
            f"{place}.cbp_authorisation",
        )
    if account.inventory_method != "FIFO" and account.fifo_scope != "UIN":
        yield refuse(
            "scope-without-fifo",
            f"fifo_scope is {account.fifo_scope}, the method {account.inventory_method}",
            "19 CFR 146.23(a)",
            "leave out fifo_scope; it says within what FIFO is applied",
            f"{place}.fifo_scope",
        )


def _direct_delivery(approval: DirectDelivery, place: str) -> Iterator[Refusal]:
    """Only for the operator's own goods, applied for 30 days before (19 CFR 146.39(b), (c)(3))."""
    if not approval.operator_owns:
        yield refuse(
            "direct-delivery-not-owner",
            "the operator is neither owner nor purchaser of the goods",
            "19 CFR 146.39(c)(3)",
            "admit these goods by an application before delivery (19 CFR 146.32)",
            f"{place}.operator_owns",
        )
    if not approval.reference:
        yield refuse(
            "direct-delivery-not-approved",
            "no approval of the port director is named",
            "19 CFR 146.39(c), (d)",
            "give the reference of the written decision",
            f"{place}.reference",
        )
    yield from _period(place, approval.effective_from, approval.revoked_on, ("effective_from", "revoked_on"))
    applied, effective = _day(approval.applied_on), _day(approval.effective_from)
    if applied is None:
        yield _no_date(f"{place}.applied_on", approval.applied_on)
    elif effective is not None and effective - applied < DIRECT_DELIVERY_NOTICE:
        yield refuse(
            "direct-delivery-notice",
            f"applied for on {applied}, {(effective - applied).days} days before it is effective",
            "19 CFR 146.39(b)",
            f"effective from {applied + DIRECT_DELIVERY_NOTICE} at the earliest",
            f"{place}.effective_from",
        )


def _site(document: ZoneDocument) -> Iterator[Refusal]:
    """Goods have zone status only in activated space (19 CFR 146.6); a subzone has its letter."""
    site = document.site
    if (site.kind == "subzone") != bool(site.subzone):
        yield refuse(
            "subzone-name",
            f"the site is {site.kind}, its subzone {site.subzone!r}",
            "15 CFR 400.2",
            "a subzone has its designation, such as 999A; another site has none",
            "site.subzone",
        )
    if site.subzone and not re.fullmatch(rf"{re.escape(document.zone)}[A-Z]{{1,2}}", site.subzone):
        yield refuse(
            "subzone-name",
            f"{site.subzone!r} is no subzone of zone {document.zone}",
            "15 CFR 400.2",
            f"the zone's number and its letters, such as {document.zone}A",
            "site.subzone",
        )
    seen: set[str] = set()
    for index, area in enumerate(site.areas):
        place = f"site.areas[{index}]"
        if area.id in seen or not area.id:
            yield refuse("area-twice", f"area {area.id!r}", "19 CFR 146.6", "ids differ", f"{place}.id")
        seen.add(area.id)
        yield from _period(place, area.activated_on, area.deactivated_on, ("activated_on", "deactivated_on"))
    if site.areas and all(area.deactivated_on for area in site.areas):
        yield refuse(
            "nothing-activated",
            "every area of the site is deactivated",
            "19 CFR 146.6, 146.8",
            "name an area that is active: goods have zone status nowhere else",
            "site.areas",
        )


def _bond(document: ZoneDocument) -> Iterator[Refusal]:
    """The operator's bond on CBP 301, activity code 4 (19 CFR 146.6(d), 113.73)."""
    bond = document.bond
    if bond is None:
        return
    if bond.amount <= 0:
        yield refuse(
            "bond-amount",
            f"{bond.amount} USD is no amount of a bond",
            "19 CFR 146.6(d), 113.13",
            "the amount of the bond in USD",
            "bond.amount",
        )
    if not 1 <= bond.warn_percent <= 100:
        yield refuse(
            "bond-warning",
            f"{bond.warn_percent} % is no share at which to warn",
            "policy: bond.warn_percent; 19 CFR 146.6(d)",
            "a share of the amount, from 1 to 100",
            "bond.warn_percent",
        )
    if bond.activity != "4":
        yield refuse(
            "bond-activity",
            f"activity code {bond.activity!r} is not the operator's",
            "19 CFR 113.73",
            "the operator of a zone has a bond of activity code 4",
            "bond.activity",
        )
    for name in ("number", "surety"):
        if not getattr(bond, name):
            yield refuse("bond-incomplete", f"no {name}", "19 CFR 146.6(d)", "name it", f"bond.{name}")
    yield from _period("bond", bond.effective_from, bond.effective_to, ("effective_from", "effective_to"))


def _production(document: ZoneDocument) -> Iterator[Refusal]:
    """Production is allowed by input and output, six digits each (15 CFR 400.14(b), 400.22)."""
    accounts = {account.id for account in document.accounts}
    for index, allowed in enumerate(document.production_authority):
        place = f"production_authority[{index}]"
        if not allowed.reference:
            yield refuse(
                "authority-without-reference",
                "no order or notification is named",
                "15 CFR 400.14, 400.37",
                "the Board's reference",
                f"{place}.reference",
            )
        for name in ("inputs", "outputs"):
            numbers: list[str] = getattr(allowed, name)
            wrong = [number for number in numbers if not _HTS6.fullmatch(number)]
            if wrong or not numbers:
                yield refuse(
                    "authority-numbers",
                    f"{', '.join(wrong) or 'nothing'} stands for {name}",
                    "15 CFR 400.14(b)",
                    "tariff numbers of six digits, no dots",
                    f"{place}.{name}",
                )
        for at, account in enumerate(allowed.accounts):
            if account not in accounts:
                yield refuse(
                    "account-unknown",
                    f"account {account!r} is not in this document",
                    "15 CFR 400.14",
                    "add the account, or take it out here",
                    f"{place}.accounts[{at}]",
                )
        yield from _period(
            place, allowed.effective_from, allowed.effective_to, ("effective_from", "effective_to")
        )


def advice(document: ZoneDocument, today: date) -> list[str]:
    """What is lawful to leave out of the document, and yet would be missed."""
    found: list[str] = []
    bond, procedures = document.bond, document.procedures
    if bond is None:
        found.append("no bond: exposure cannot be compared with its amount (19 CFR 146.6(d))")
    elif bond.effective_to and bond.effective_to < today.isoformat():
        found.append(f"bond {bond.number} ended on {bond.effective_to}; CBP refuses each 214 without one")
    if not document.operator_ior or not document.site.zone_id:
        found.append("operator_ior or site.zone_id is missing: no e214 file can be made (CATAIR e214)")
    if not any("invoice" in kind for kind in procedures.required_documents):
        found.append("required_documents has no invoice (19 CFR 146.32(b)(1))")
    if procedures.pf_documents == []:
        found.append(
            "pf_documents is empty: an election of privileged status needs a noted invoice (146.41(c))"
        )
    if not document.closures:
        found.append("closures is empty: the port's own holidays are then working days")
    return found
