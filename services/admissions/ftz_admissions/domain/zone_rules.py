"""What a zone document must be to be applied, and what differs between two of them."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ftz_admissions.domain import zone_authority as authority
from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.fact import Part, Refusal
from ftz_common.contracts.reference import EstimatePolicy, SkuMapping, ZoneDocument

_CITATION = "19 CFR 146.21(b)"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")  # stands in addresses of the HTTP API
_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,48}")


def problem_of(document: ZoneDocument, zone: str, elsewhere: frozenset[str]) -> Refusal | None:
    """The first thing that is wrong, with its place; None when the document can be applied."""
    return next(_problems(document, zone, elsewhere), None)


def problems_of(document: ZoneDocument, zone: str, elsewhere: frozenset[str]) -> list[Refusal]:
    """Everything that is wrong, each with its place."""
    return list(_problems(document, zone, elsewhere))


Found = tuple[str, str, str]  # place, reason, remedy


def _problems(document: ZoneDocument, zone: str, elsewhere: frozenset[str]) -> Iterator[Refusal]:
    for place, reason, remedy in _shape(document, zone, elsewhere):
        yield refuse("zone-document-wrong", reason, _CITATION, remedy, place)
    yield from authority.problems(document)


def _shape(document: ZoneDocument, zone: str, elsewhere: frozenset[str]) -> Iterator[Found]:
    yield from _header(document, zone)
    yield from _procedures(document)
    yield from _accounts(document)
    yield from _sources(document, elsewhere)
    yield from _mappings(document)
    yield from _pf_required(document)


def _header(document: ZoneDocument, zone: str) -> Iterator[Found]:
    if document.zone != zone:
        yield "zone", f"the document is of zone {document.zone!r}, not {zone!r}", "send it to its own zone"
    if not re.fullmatch(r"[0-9]{3}", document.zone):
        yield "zone", f"{document.zone!r} is no zone number", "the Board's number, three digits"
    if not re.fullmatch(r"[0-9]{4}", document.port):
        yield "port", f"{document.port!r} is no port code", "Schedule D, four digits"
    try:
        ZoneInfo(document.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield (
            "timezone",
            f"{document.timezone!r} is no known time zone",
            'an IANA name, such as "America/New_York"',
        )
    if not re.fullmatch(r"[A-Z0-9]{4}", document.site.firms):
        yield "site.firms", f"{document.site.firms!r} is no FIRMS code", "four letters or digits"
    if not re.fullmatch(r"(.{7}|.{9})?", document.site.zone_id) or not _begins(document):
        yield (
            "site.zone_id",
            f"{document.site.zone_id!r} does not name zone {document.zone}, subzone and site",
            "as the e214 has it: 3+2+2 or 3+3+3 letters and digits, the zone's number first",
        )
    for place, text in (("operator_ior", document.operator_ior), *_applicants(document)):
        if not re.fullmatch(r"[A-Z0-9-]{0,12}", text):
            yield (
                place,
                f"{text!r} is no importer of record number",
                "at most 12 characters, as CBP writes it",
            )
    for place, text in (("operator", document.operator), ("site.id", document.site.id)):
        if not text:
            yield place, f"{place} is empty", "name it"
    for index, day in enumerate(document.closures):
        if not _is_date(day):
            yield f"closures[{index}]", f"{day!r} is no date", "YYYY-MM-DD"


def _begins(document: ZoneDocument) -> bool:
    zone_id = document.site.zone_id
    return not zone_id or (
        zone_id.startswith(document.zone) and re.fullmatch("[A-Z0-9]+", zone_id) is not None
    )


def _applicants(document: ZoneDocument) -> Iterator[tuple[str, str]]:
    for index, account in enumerate(document.accounts):
        yield f"accounts[{index}].applicant_ior", account.applicant_ior


def _procedures(document: ZoneDocument) -> Iterator[Found]:
    procedures = document.procedures
    if not 0 <= procedures.week_starts <= 6:
        yield (
            "procedures.week_starts",
            f"{procedures.week_starts} is no weekday",
            "0 is Monday, 6 is Sunday (19 CFR 146.63(c)(1))",
        )
    for name, least in (
        ("estimate_lead_hours", 0),
        ("compile_grace_days", 0),
        ("receiving_days_max", 0),
        ("in_bond_days_max", 1),
        ("answer_hours_max", 1),
    ):
        value: int = getattr(procedures, name)
        if value < least:
            yield f"procedures.{name}", f"{value} is too few", f"at least {least}"
    if not _is_date(f"2024-{procedures.zone_year_starts}"):
        yield (
            "procedures.zone_year_starts",
            f"{procedures.zone_year_starts!r} is no day of the year",
            "MM-DD, such as 10-01",
        )
    yield from _twice("procedures.required_documents", procedures.required_documents)
    yield from _estimate("procedures.estimate", procedures.estimate)


#: A year of weeks: what an estimator remembers.
WEEKS_MAX = 52


def _estimate(place: str, policy: EstimatePolicy) -> Iterator[Found]:
    if policy.warn_percent is not None and not 1 <= policy.warn_percent <= 100:
        yield (
            f"{place}.warn_percent",
            f"{policy.warn_percent} is no share of a permit",
            "1 to 100, or leave out",
        )
    if not 1 <= policy.weeks <= WEEKS_MAX:
        yield f"{place}.weeks", f"{policy.weeks} compiled weeks", f"1 to {WEEKS_MAX}"
    if policy.margin_percent < 0:
        yield f"{place}.margin_percent", f"{policy.margin_percent} is below zero", "0 or more"


def _accounts(document: ZoneDocument) -> Iterator[Found]:
    speakers = {source.name: source.accounts for source in document.sources}
    yield from _twice("accounts", [account.id for account in document.accounts], ".id")
    for index, account in enumerate(document.accounts):
        place = f"accounts[{index}]"
        if not _ID.fullmatch(account.id):
            yield f"{place}.id", f"{account.id!r} is no id", "letters, digits, dot, hyphen, underscore"
        for name, party in msgspec.structs.asdict(account.parties).items():
            if not party:
                yield f"{place}.parties.{name}", "no party", "the id of a party: a 214 names each of them"
        if account.id not in speakers.get(account.master_source, []):
            yield (
                f"{place}.master_source",
                f"{account.master_source!r} is no source that may speak for {account.id!r}",
                "name one of `sources`, and list the account there",
            )
        if account.backdating_days_max < 0:
            yield f"{place}.backdating_days_max", f"{account.backdating_days_max} days", "at least 0"
        if account.days_in_zone_max is not None and account.days_in_zone_max < 1:
            yield f"{place}.days_in_zone_max", f"{account.days_in_zone_max} days", "at least 1, or leave out"
        if account.estimate is not None:
            yield from _estimate(f"{place}.estimate", account.estimate)


def _sources(document: ZoneDocument, elsewhere: frozenset[str]) -> Iterator[Found]:
    accounts = {account.id for account in document.accounts}
    yield from _twice("sources", [source.name for source in document.sources], ".name")
    for index, source in enumerate(document.sources):
        place = f"sources[{index}]"
        if not _SOURCE_NAME.fullmatch(source.name):
            yield (
                f"{place}.name",
                f"{source.name!r} cannot name a topic",
                "small letters, digits and hyphens, at most 49",
            )
        if source.name in elsewhere:
            yield (
                f"{place}.name",
                f"source {source.name!r} is registered in another zone",
                "give each zone's sources names of their own: the topic is the source",
            )
        if not source.issuers:
            yield f"{place}.issuers", "no issuer", "name who gives the ids; the first is the default"
        if not source.accounts:
            yield f"{place}.accounts", "no account", "list the accounts it may speak for"
        for at, issuer in enumerate(source.issuers):
            if not _ID.fullmatch(issuer):
                yield f"{place}.issuers[{at}]", f"{issuer!r} is no id", "letters, digits, . - _"
        yield from _twice(f"{place}.issuers", source.issuers)
        yield from _twice(f"{place}.accounts", source.accounts)
        for at, account in enumerate(source.accounts):
            if account not in accounts:
                yield (
                    f"{place}.accounts[{at}]",
                    f"account {account!r} is not in this document",
                    "add the account, or take it from the source",
                )


def _mappings(document: ZoneDocument) -> Iterator[Found]:
    issuers = {
        (account, issuer)
        for source in document.sources
        for account in source.accounts
        for issuer in source.issuers
    }
    keys = [f"{m.account} {m.issuer} {m.sku}" for m in document.sku_mappings]
    yield from _twice("sku_mappings", keys)
    for index, mapping in enumerate(document.sku_mappings):
        if (mapping.account, mapping.issuer) not in issuers:
            yield (
                f"sku_mappings[{index}]",
                f"no source may speak for account {mapping.account!r} under issuer {mapping.issuer!r}",
                "register the issuer with a source of that account",
            )
        if not mapping.sku or not mapping.uin:
            yield f"sku_mappings[{index}]", "an empty sku or uin", "name both"
        yield from _sold(f"sku_mappings[{index}]", mapping)


def _sold(place: str, mapping: SkuMapping) -> Iterator[Found]:
    """A pack is so many of the stock unit, or each is so much of it; a kit holds something of each part."""
    if mapping.packs and not mapping.unit:
        yield f"{place}.unit", "packs of no unit", "name the unit of the stock"
    yield from _twice(f"{place}.packs", [pack.unit for pack in mapping.packs])
    for number, pack in enumerate(mapping.packs):
        said = sorted((pack.quantity, pack.each))
        if said[0] != 0 or said[1] <= 0 or pack.unit in ("", mapping.unit):
            remedy = (
                "say how many of the stock unit one of it is (quantity), or of it one stock unit is (each)"
            )
            yield f"{place}.packs[{number}]", "no pack", remedy
    for number, part in enumerate(mapping.parts):
        if part.quantity <= 0 or not part.uin or not part.unit or part.uin == mapping.uin:
            yield f"{place}.parts[{number}]", "no part of a kit", "name another uin, its quantity and unit"


def _pf_required(document: ZoneDocument) -> Iterator[Found]:
    for index, measure in enumerate(document.pf_required):
        place = f"pf_required[{index}]"
        if not measure.measure or not measure.citation:
            yield place, "a measure needs its name and its citation", "cite the order or proclamation"
        if not measure.prefixes:
            yield f"{place}.prefixes", "no tariff numbers", "digits of tariff numbers: 4 to 10 of them"
        for at, prefix in enumerate(measure.prefixes):
            if not re.fullmatch(r"[0-9]{2,10}", prefix):
                yield f"{place}.prefixes[{at}]", f"{prefix!r} is no tariff number", "2 to 10 digits, no dots"
        for at, origin in enumerate(measure.origins):
            if not re.fullmatch(r"[A-Z]{2}", origin):
                yield f"{place}.origins[{at}]", f"{origin!r} is no country", "ISO code of two letters"
        if not _is_date(measure.effective_from):
            yield f"{place}.effective_from", f"{measure.effective_from!r} is no date", "YYYY-MM-DD"
        until = measure.effective_to
        if until is not None and (not _is_date(until) or until < measure.effective_from):
            yield (
                f"{place}.effective_to",
                f"{until!r} is no date on or after {measure.effective_from}",
                "the last day on which it holds, YYYY-MM-DD",
            )


def _twice(place: str, names: Sequence[str], field: str = "") -> Iterator[Found]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield f"{place}[{index}]{field}", f"{name!r} is there twice", "keep one of them"
        seen.add(name)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


#: Lists whose items have a name of their own.
_KEYED = {
    "accounts": "id",
    "sources": "name",
    "pf_required": "measure",
    "production_authority": "reference",
}


def changes(before: ZoneDocument, now: ZoneDocument) -> list[str]:
    """The parts that differ, by name: "procedures.week_starts", "accounts[acme]", "closures"."""
    found: list[str] = []
    for name in ZoneDocument.__struct_fields__:
        old, new = getattr(before, name), getattr(now, name)
        if old == new:
            continue
        if name in _KEYED:
            key = _KEYED[name]
            found.extend(f"{name}[{item}]" for item in _changed_items(old, new, key))
        elif isinstance(old, Part):
            fields = type(old).__struct_fields__
            found.extend(f"{name}.{f}" for f in fields if getattr(old, f) != getattr(new, f))
        else:
            found.append(name)
    return found


def _changed_items(old: Sequence[Part], new: Sequence[Part], key: str) -> list[str]:
    def by_name(parts: Sequence[Part]) -> dict[str, list[Part]]:
        named: dict[str, list[Part]] = {}
        for part in parts:
            named.setdefault(getattr(part, key), []).append(part)
        return named

    was, now = by_name(old), by_name(new)
    names = [name for name in dict.fromkeys([*was, *now]) if was.get(name) != now.get(name)]
    return names or ["order"]
