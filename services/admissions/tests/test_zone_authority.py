"""On what authority the zone works: what a document may not claim (19 CFR 146; 15 CFR 400)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_admissions.domain.zone import ApplyZone, examine
from ftz_admissions.domain.zone_authority import advice, problems
from ftz_admissions.usecases import ZONE
from ftz_common.contracts.reference import (
    Area,
    Bond,
    DirectDelivery,
    ProductionAuthority,
    Site,
    ZoneDocument,
)
from ftz_common.testing.story import Story

BOND = Bond(number="B-1", amount=Decimal(500_000), surety="S01", effective_from="2026-01-01")
DIRECT = DirectDelivery(
    applied_on="2026-01-02", effective_from="2026-02-01", reference="PD 7", operator_owns=True
)
MAKES = ProductionAuthority(
    reference="B-12-2026", inputs=["691110"], outputs=["961700"], effective_from="2026-01-01"
)
AREA = Area(id="a", name="Bay", activated_on="2025-05-01")
SITE = Site(id="site-1", name="Hall 1", firms="X123")
AT = datetime(2026, 6, 1, 14, tzinfo=UTC)


def replaced(part: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(part, **changes)


def account(document: ZoneDocument, **changes: Any) -> dict[str, Any]:
    return {"accounts": [replaced(document.accounts[0], **changes)]}


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    # where the change is made, the change, the code, the place
    ("account", {"inventory_method": "FOFI"}, "method-not-authorised", "accounts[0].cbp_authorisation"),
    ("account", {"inventory_method": "OTHER"}, "method-not-authorised", "accounts[0].cbp_authorisation"),
    (
        "account",
        {"inventory_method": "LOT", "fifo_scope": "UIN+status"},
        "scope-without-fifo",
        "accounts[0].fifo_scope",
    ),
    (
        "account",
        {"direct_delivery": replaced(DIRECT, operator_owns=False)},
        "direct-delivery-not-owner",
        "accounts[0].direct_delivery.operator_owns",
    ),
    (
        "account",
        {"direct_delivery": replaced(DIRECT, reference="")},
        "direct-delivery-not-approved",
        "accounts[0].direct_delivery.reference",
    ),
    (
        "account",
        {"direct_delivery": replaced(DIRECT, applied_on="2026-01-03")},
        "direct-delivery-notice",
        "accounts[0].direct_delivery.effective_from",
    ),
    (
        "account",
        {"direct_delivery": replaced(DIRECT, applied_on="soon")},
        "no-such-date",
        "accounts[0].direct_delivery.applied_on",
    ),
    ("document", {"site": replaced(SITE, kind="subzone")}, "subzone-name", "site.subzone"),
    ("document", {"site": replaced(SITE, subzone="999A")}, "subzone-name", "site.subzone"),
    ("document", {"site": replaced(SITE, kind="subzone", subzone="998A")}, "subzone-name", "site.subzone"),
    ("document", {"site": replaced(SITE, areas=[AREA, AREA])}, "area-twice", "site.areas[1].id"),
    (
        "document",
        {"site": replaced(SITE, areas=[replaced(AREA, activated_on="2025-02-30")])},
        "no-such-date",
        "site.areas[0].activated_on",
    ),
    (
        "document",
        {"site": replaced(SITE, areas=[AREA, replaced(AREA, id="b", deactivated_on="2025-04-30")])},
        "ends-before-it-begins",
        "site.areas[1].deactivated_on",
    ),
    (
        "document",
        {"site": replaced(SITE, areas=[replaced(AREA, deactivated_on="2026-01-31")])},
        "nothing-activated",
        "site.areas",
    ),
    ("document", {"bond": replaced(BOND, amount=Decimal(0))}, "bond-amount", "bond.amount"),
    ("document", {"bond": replaced(BOND, warn_percent=0)}, "bond-warning", "bond.warn_percent"),
    ("document", {"bond": replaced(BOND, activity="1")}, "bond-activity", "bond.activity"),
    ("document", {"bond": replaced(BOND, surety="")}, "bond-incomplete", "bond.surety"),
    ("document", {"bond": replaced(BOND, number="")}, "bond-incomplete", "bond.number"),
    ("document", {"bond": replaced(BOND, effective_to="20-01-01")}, "no-such-date", "bond.effective_to"),
    (
        "document",
        {"production_authority": [replaced(MAKES, reference="")]},
        "authority-without-reference",
        "production_authority[0].reference",
    ),
    (
        "document",
        {"production_authority": [replaced(MAKES, inputs=["6911.10"])]},
        "authority-numbers",
        "production_authority[0].inputs",
    ),
    (
        "document",
        {"production_authority": [replaced(MAKES, outputs=[])]},
        "authority-numbers",
        "production_authority[0].outputs",
    ),
    (
        "document",
        {"production_authority": [replaced(MAKES, accounts=["acme", "other"])]},
        "account-unknown",
        "production_authority[0].accounts[1]",
    ),
]


@pytest.mark.parametrize(("where", "changes", "code", "place"), REFUSED)
def test_refused(make: Any, where: str, changes: dict[str, Any], code: str, place: str) -> None:
    document = make.zone()
    changed = changes if where == "document" else account(document, **changes)
    (problem,) = problems(make.zone(**changed))
    assert (problem.code, problem.place) == (code, place)
    assert problem.citation
    assert problem.remedy


def test_a_zone_with_everything_is_applied_and_says_who_changed_what(make: Any) -> None:
    story = Story(ZONE, "zone/999")
    story.tell(ApplyZone(make.zone(), "2026-05-01"), AT)
    full = make.zone(
        **account(
            make.zone(), inventory_method="FOFI", cbp_authorisation="HQ H123456", direct_delivery=DIRECT
        ),
        bond=BOND,
        production_authority=[MAKES],
        site=replaced(SITE, kind="subzone", subzone="999A", areas=[AREA]),
    )
    refused = story.refused(ApplyZone(full, "2026-06-01", who="p-7", why="audit"), AT)
    assert (refused.code, refused.place) == ("fixed-within-zone-year", "accounts[0].inventory_method")
    on_the_first_day = datetime(2027, 1, 1, 14, tzinfo=UTC)
    (fact,) = story.tell(ApplyZone(full, "2027-01-01", who="p-7", why="audit"), on_the_first_day)
    assert (fact.who, fact.why, fact.applied_at[:10]) == ("p-7", "audit", "2027-01-01")
    assert fact.changed == [
        "site.kind",
        "site.subzone",
        "site.areas",
        "accounts[acme]",
        "bond",
        "production_authority[B-12-2026]",
    ]


def test_the_scope_of_fifo_is_fixed_within_a_zone_year(make: Any) -> None:
    story = Story(ZONE, "zone/999")
    story.tell(ApplyZone(make.zone(), "2026-05-01"), AT)
    narrower = make.zone(**account(make.zone(), fifo_scope="UIN+status"))
    refused = story.refused(ApplyZone(narrower, "2026-06-01"), AT)
    assert (refused.code, refused.place) == ("fixed-within-zone-year", "accounts[0].fifo_scope")


def test_a_check_says_everything_at_once(make: Any) -> None:
    story = Story(ZONE, "zone/999")
    wrong = make.zone(port="46O1", bond=replaced(BOND, activity="1"))
    found = examine(story.state, ApplyZone(wrong, "2026-06-02"), AT)
    assert [(p.code, p.place) for p in found] == [
        ("zone-document-wrong", "port"),
        ("bond-activity", "bond.activity"),
        ("not-yet", "effective_from"),
    ]


def test_advice_names_what_is_missed(make: Any) -> None:
    bare = advice(make.zone(), date(2026, 6, 1))
    assert any("no bond" in said for said in bare)
    ended = advice(make.zone(bond=replaced(BOND, effective_to="2026-05-31")), date(2026, 6, 1))
    assert any("B-1 ended on 2026-05-31" in said for said in ended)
