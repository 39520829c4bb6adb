"""Zone documents: what may be applied, from when, and what is said to have changed (19 CFR 146.21(b))."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_admissions.domain.zone import ApplyZone
from ftz_admissions.domain.zone_manual import KeepManual, changed_since
from ftz_admissions.usecases import ZONE
from ftz_common.contracts.common import Noted
from ftz_common.contracts.reference import (
    Account,
    KitPart,
    Pack,
    PfRequired,
    Procedures,
    Site,
    SkuMapping,
    Source,
)
from ftz_common.testing.story import Story

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)


@pytest.fixture
def story() -> Story:
    return Story(ZONE, "zone/999")


def apply(document: Any, effective_from: str = "2026-06-01", **more: Any) -> ApplyZone:
    return ApplyZone(document, effective_from, **more)


def account(make: Any, **changes: Any) -> Account:
    return msgspec.structs.replace(make.zone().accounts[0], **changes)


def procedures(**changes: Any) -> Procedures:
    return Procedures(
        required_documents=["commercial-invoice"], pf_documents=["commercial-invoice"], **changes
    )


def test_a_document_is_applied_and_the_next_says_what_changed(story: Story, make: Any) -> None:
    first = make.zone()
    (fact,) = story.tell(apply(first), AT)
    assert (fact.document, fact.effective_from, fact.changed) == (first, "2026-06-01", [])
    second = make.zone(
        name="Renamed",
        accounts=[account(make, backdating_days_max=2)],
        procedures=procedures(receiving_days_max=10),
        sources=[
            Source(name="shop", accounts=["acme"], issuers=["shop", "dock"]),
            Source(name="wms", accounts=["acme"], issuers=["wms"]),
        ],
        pf_required=[],
        closures=["2026-07-03"],
    )
    (fact,) = story.tell(apply(second), AT)
    assert fact.changed == [
        "name",
        "accounts[acme]",
        "sources[wms]",
        "procedures.receiving_days_max",
        "pf_required[example order on tableware]",
        "closures",
    ]


def test_the_same_document_again_is_noted(story: Story, make: Any) -> None:
    story.tell(apply(make.zone()), AT)
    assert [type(f) for f in story.tell(apply(make.zone(), "2026-05-01"), AT)] == [Noted]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"zone": "12"}, "zone"),
    ({"port": "46O1"}, "port"),
    ({"timezone": "America/Nowhere"}, "timezone"),
    ({"timezone": "../etc"}, "timezone"),
    ({"operator": ""}, "operator"),
    ({"site": Site(id="", name="Hall", firms="X123")}, "site.id"),
    ({"site": Site(id="site-1", name="Hall", firms="x12")}, "site.firms"),
    ({"closures": ["2026-02-30"]}, "closures[0]"),
    ({"procedures": procedures(week_starts=7)}, "procedures.week_starts"),
    ({"procedures": procedures(receiving_days_max=-1)}, "procedures.receiving_days_max"),
    ({"procedures": procedures(answer_hours_max=0)}, "procedures.answer_hours_max"),
    ({"procedures": procedures(zone_year_starts="13-01")}, "procedures.zone_year_starts"),
    ({"procedures": Procedures(required_documents=["a", "a"])}, "procedures.required_documents[1]"),
    (
        {"sources": [Source(name="shop", accounts=["acme", "other"], issuers=["shop"])]},
        "sources[0].accounts[1]",
    ),
    ({"sources": [Source(name="shop", accounts=["acme"], issuers=["a", "a"])]}, "sources[0].issuers[1]"),
    ({"sources": [Source(name="shop", accounts=["acme", "acme"], issuers=["a"])]}, "sources[0].accounts[1]"),
    ({"sources": [Source(name="shop", accounts=["acme"], issuers=[])]}, "sources[0].issuers"),
    ({"sources": [Source(name="shop", accounts=["acme"], issuers=["a/b"])]}, "sources[0].issuers[0]"),
    ({"sources": [Source(name="Shop 1", accounts=["acme"], issuers=["a"])]}, "accounts[0].master_source"),
    (
        {
            "sources": [
                Source(name="shop", accounts=["acme"], issuers=["a"]),
                Source(name="shop", accounts=["acme"], issuers=["b"]),
            ]
        },
        "sources[1].name",
    ),
    (
        {"sku_mappings": [SkuMapping(account="acme", issuer="ebay", sku="A", uin="B")]},
        "sku_mappings[0]",
    ),
    (
        {"sku_mappings": [SkuMapping(account="acme", issuer="shop", sku="A", uin=u) for u in "BC"]},
        "sku_mappings[1]",
    ),
    (
        {
            "sku_mappings": [
                SkuMapping(
                    account="acme",
                    issuer="shop",
                    sku="A",
                    uin="B",
                    packs=[Pack(unit="doz", quantity=Decimal(12)), Pack(unit="kg", each=Decimal("0.35"))],
                )
            ]
        },
        "sku_mappings[0].unit",
    ),
    (
        {
            "sku_mappings": [
                SkuMapping(
                    account="acme",
                    issuer="shop",
                    sku="A",
                    uin="B",
                    unit="No.",
                    packs=[Pack(unit="doz", quantity=Decimal(0))],
                )
            ]
        },
        "sku_mappings[0].packs[0]",
    ),
    (
        {
            "sku_mappings": [
                SkuMapping(
                    account="acme",
                    issuer="shop",
                    sku="A",
                    uin="B",
                    unit="No.",
                    packs=[Pack(unit="kg", quantity=Decimal(2), each=Decimal("0.5"))],
                )
            ]
        },
        "sku_mappings[0].packs[0]",
    ),
    (
        {
            "sku_mappings": [
                SkuMapping(
                    account="acme",
                    issuer="shop",
                    sku="A",
                    uin="B",
                    parts=[KitPart(uin="B", quantity=Decimal(1), unit="No.")],
                )
            ]
        },
        "sku_mappings[0].parts[0]",
    ),
]
MEASURE = PfRequired(
    measure="m", prefixes=["7208"], origins=[], effective_from="2026-01-01", citation="15 CFR 400.13(c)(2)"
)
WRONG_MEASURES: list[tuple[dict[str, Any], str]] = [
    ({"prefixes": []}, "pf_required[0].prefixes"),
    ({"prefixes": ["7208.10"]}, "pf_required[0].prefixes[0]"),
    ({"origins": ["China"]}, "pf_required[0].origins[0]"),
    ({"effective_from": "soon"}, "pf_required[0].effective_from"),
    ({"effective_to": "2025-12-31"}, "pf_required[0].effective_to"),
    ({"citation": ""}, "pf_required[0]"),
]
WRONG_ACCOUNTS: list[tuple[dict[str, Any], str]] = [
    ({"id": "a/b"}, "accounts[0].id"),
    ({"master_source": "wms"}, "accounts[0].master_source"),
    ({"backdating_days_max": -1}, "accounts[0].backdating_days_max"),
    ({"days_in_zone_max": 0}, "accounts[0].days_in_zone_max"),
]


@pytest.mark.parametrize(("changes", "place"), WRONG)
def test_a_wrong_document_is_refused_by_place(
    story: Story, make: Any, changes: dict[str, Any], place: str
) -> None:
    refusal = story.refused(apply(make.zone(**changes)), AT)
    assert (refusal.code, refusal.place) == ("zone-document-wrong", place)
    assert refusal.reason
    assert refusal.remedy


@pytest.mark.parametrize(("changes", "place"), WRONG_MEASURES)
def test_a_wrong_measure_is_refused_by_place(
    story: Story, make: Any, changes: dict[str, Any], place: str
) -> None:
    measure = msgspec.structs.replace(MEASURE, **changes)
    assert story.refused(apply(make.zone(pf_required=[measure])), AT).place == place


@pytest.mark.parametrize(("changes", "place"), WRONG_ACCOUNTS)
def test_a_wrong_account_is_refused_by_place(
    story: Story, make: Any, changes: dict[str, Any], place: str
) -> None:
    assert story.refused(apply(make.zone(accounts=[account(make, **changes)])), AT).place == place


def test_an_account_twice_and_a_party_missing(story: Story, make: Any) -> None:
    twice = make.zone(accounts=[account(make), account(make)])
    assert story.refused(apply(twice), AT).place == "accounts[1].id"
    parties = msgspec.structs.replace(account(make).parties, filer="")
    nobody = make.zone(accounts=[account(make, parties=parties)])
    assert story.refused(apply(nobody), AT).place == "accounts[0].parties.filer"


def test_a_source_of_another_zone_is_refused(story: Story, make: Any) -> None:
    elsewhere = apply(make.zone(), registered_elsewhere=frozenset({"shop"}))
    assert story.refused(elsewhere, AT).place == "sources[0].name"


def test_a_document_is_sent_to_its_own_zone(make: Any) -> None:
    assert Story(ZONE, "zone/998").refused(apply(make.zone()), AT).place == "zone"


@pytest.mark.parametrize(
    ("effective_from", "code"),
    [
        ("2026-06-01", ""),
        ("2026-06-02", "not-yet"),
        ("2026-05-30", "before-last"),
        ("2026-06-31", "no-such-date"),
    ],
)
def test_it_holds_from_a_day_that_has_come_and_not_before_the_last(
    story: Story, make: Any, effective_from: str, code: str
) -> None:
    story.tell(apply(make.zone(), "2026-05-31"), AT)
    command = apply(make.zone(name="other"), effective_from)
    if not code:
        story.tell(command, AT)
        return
    refusal = story.refused(command, AT)
    assert (refusal.code, refusal.place) == (code, "effective_from")


def test_today_is_local(story: Story, make: Any) -> None:
    still_may = datetime(2026, 6, 1, 3, tzinfo=UTC)
    assert story.refused(apply(make.zone(), "2026-06-01"), still_may).code == "not-yet"
    story.tell(apply(make.zone(), "2026-05-31"), still_may)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"procedures": procedures(week_starts=0)}, "procedures.week_starts"),
        ({"procedures": procedures(zone_year_starts="10-01")}, "procedures.zone_year_starts"),
        ({"method": "LOT"}, "accounts[0].inventory_method"),
    ],
)
def test_procedures_that_are_fixed_within_a_zone_year(
    story: Story, make: Any, changes: dict[str, Any], place: str
) -> None:
    story.tell(apply(make.zone(), "2026-01-01"), AT)
    if method := changes.pop("method", ""):
        changes["accounts"] = [account(make, inventory_method=method)]
    changed = make.zone(**changes)
    refusal = story.refused(apply(changed, "2026-06-01"), AT)
    assert (refusal.code, refusal.place) == ("fixed-within-zone-year", place)
    assert "01-01" in refusal.remedy
    next_year = datetime(2027, 1, 1, 14, tzinfo=UTC)
    story.tell(apply(changed, "2027-01-01"), next_year)


def test_the_site_keeps_its_id(story: Story, make: Any) -> None:
    story.tell(apply(make.zone()), AT)
    moved = make.zone(site=Site(id="site-2", name="Hall 1", firms="X123"))
    assert story.refused(apply(moved), AT).code == "site-fixed"
    story.tell(apply(make.zone(site=Site(id="site-1", name="Hall 2", firms="X124"))), AT)


MANUAL: dict[str, str] = {
    "version": "1",
    "language": "en",
    "effective_from": "2026-06-01",
    "sha256": "a" * 64,
    "kept_at": "office, shelf 2",
    "sent_on": "2026-06-01",
    "who": "p-7",
}


def manual(**changes: str) -> KeepManual:
    return KeepManual(**MANUAL | changes)


def test_a_manual_is_kept_and_the_same_again_is_noted(story: Story, make: Any) -> None:
    assert story.refused(manual(), AT).code == "manual-without-zone"
    story.tell(apply(make.zone()), AT)
    (kept,) = story.tell(manual(), AT)
    assert (kept.version, kept.days_late, kept.sent_on) == ("1", 0, "2026-06-01")
    assert [type(f) for f in story.tell(manual(), AT)] == [Noted]


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"sha256": "b" * 64}, "manual-version-differs", "version"),
        ({"version": "2", "language": "es"}, "manual-not-english", "language"),
        ({"version": "2", "language": "english-like"}, "manual-not-english", "language"),
        ({"version": "2", "sent_on": "2026-06-02"}, "manual-not-sent", "sent_on"),
        ({"version": "2", "effective_from": "2026-05-31"}, "manual-sent-late", "sent_on"),
        ({"version": "2", "sent_on": "2026-06-31"}, "no-such-date", "sent_on"),
    ],
)
def test_a_manual_that_is_not_kept(
    story: Story, make: Any, changes: dict[str, str], code: str, place: str
) -> None:
    story.tell(apply(make.zone()), AT)
    story.tell(manual(), AT)
    refusal = story.refused(manual(**changes), AT)
    assert (refusal.code, refusal.place) == (code, place)
    assert refusal.citation.startswith("19 CFR 146.21(b)")


@pytest.mark.parametrize(
    ("effective_from", "late"), [("2026-06-05", 0), ("2026-06-01", 0), ("2026-05-29", 3)]
)
def test_a_manual_sent_late_is_kept_as_late_with_its_reason(
    story: Story, make: Any, effective_from: str, late: int
) -> None:
    story.tell(apply(make.zone()), AT)
    (kept,) = story.tell(manual(effective_from=effective_from, late_because="forgotten"), AT)
    assert (kept.days_late, kept.late_because) == (late, "forgotten" if late else "")


def test_what_changed_after_the_newest_manual_is_told(story: Story, make: Any) -> None:
    history: list[Any] = story.tell(apply(make.zone(), "2026-05-01"), AT)
    story.tell(manual(effective_from="2026-05-15", sent_on="2026-05-15"), AT)
    assert changed_since(history, story.state.manuals) == []
    history += story.tell(apply(make.zone(closures=["2026-07-03"]), "2026-06-01"), AT)
    assert changed_since(history, story.state.manuals) == ["closures"]
    story.tell(manual(version="2"), AT)
    assert changed_since(history, story.state.manuals) == []
