"""The e214 of a 214: held while incomplete where it goes out as a file, and shown over HTTP."""

from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from ftz_admissions.domain.holds import Rules
from ftz_admissions.domain.zone_rules import problem_of
from ftz_common.contracts.admissions import AdmissionHeld
from ftz_common.contracts.catair.admission import carried_by
from ftz_common.contracts.catair.file import read
from ftz_common.contracts.filing import FilingRequested, StatisticalQuantity

WHOLE = {"province": "XO", "origin": "CA", "manufacturer": "XOEXAMUG123TOR", "charges": Decimal(12)}


@pytest.fixture
def by_file(desk: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A desk whose filings go out as files, in a zone that can say everything."""
    site = msgspec.structs.replace(desk.zone.site, zone_id="9990001")
    parties = msgspec.structs.replace(desk.zone.accounts[0].parties, filer="Z99")
    desk.zone = make.zone(site=site, operator_ior="99-9999999XX")

    def rules(self: Any) -> Rules:
        return Rules(self.now, {"999": self.zone}, tuple(self.revisions), as_file=True)

    terms = type(desk).terms.fget(desk)
    terms.parties = parties
    monkeypatch.setattr(type(desk), "rules", property(rules))
    monkeypatch.setattr(type(desk), "terms", property(lambda _self: terms))
    return desk


def held(facts: list[Any]) -> list[tuple[str, str]]:
    return [(hold.code, hold.reason) for f in facts if isinstance(f, AdmissionHeld) for hold in f.holds]


def test_what_the_file_lacks_holds_it_by_name_and_the_corrected_announcement_files_it(
    by_file: Any, make: Any
) -> None:
    bill = {"bill": "EXMP00012345"}
    by_file.file(make.line(1, origin="CA"), **bill)
    ((code, reason),) = held(by_file.story.facts)
    assert code == "e214-incomplete"
    assert "line 1 is of Canada; the province is not said" in reason
    assert "record 60 qualifier (48-50): MID stands once in each record 50" in reason
    by_file.later(minutes=1)
    by_file.announce(make.line(1, **WHOLE), **bill)
    (filing,) = by_file.of(FilingRequested)
    assert (filing.zone_id, filing.operator_ior, filing.lines[0].charges) == ("9990001", "99-9999999XX", 12)


def test_a_zone_that_now_says_its_id_lets_the_same_announcement_pass(by_file: Any, make: Any) -> None:
    whole = by_file.zone
    by_file.zone = make.zone(operator_ior="99-9999999XX")
    by_file.file(make.line(1, **WHOLE), bill="EXMP00012345")
    assert "record 10 zone_id (4-12)" in held(by_file.story.facts)[0][1]
    by_file.zone = whole
    by_file.later(minutes=1)
    by_file.announce(make.line(1, **WHOLE), bill="EXMP00012345")
    assert len(by_file.of(FilingRequested)) == 1


def test_the_simulated_cbp_takes_what_is_known(desk: Any, make: Any) -> None:
    desk.file(make.line(1, origin="CA"))
    assert len(desk.of(FilingRequested)) == 1


def test_what_cannot_be_is_refused_by_place(desk: Any, make: Any) -> None:
    light = desk.refused(desk.announcement(make.line(1, weight_kg=Decimal(-1))))
    assert light.place == "data.lines[0].weight_kg"
    said = [
        StatisticalQuantity(unit="NO", quantity=Decimal(1)),
        StatisticalQuantity(unit="KG", quantity=-Decimal(1)),
    ]
    assert desk.refused(desk.announcement(make.line(1, statistical=said))).place.endswith("[1].quantity")
    assert desk.refused(desk.announcement(arrival_date="2026-02-30")).place == "data.arrival_date"
    assert desk.refused(desk.announcement(packages=Decimal(-1))).place == "data.packages"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"zone_id": "99900"}, "site.zone_id"),
        ({"zone_id": "9980001"}, "site.zone_id"),  # another zone's
        ({"zone_id": "999-001"}, "site.zone_id"),
    ],
)
def test_a_zone_id_names_its_zone(make: Any, changes: dict[str, str], place: str) -> None:
    zone = make.zone()
    wrong = make.zone(site=msgspec.structs.replace(zone.site, **changes))
    refusal = problem_of(wrong, "999", frozenset())
    assert refusal is not None
    assert refusal.place == place
    good = make.zone(
        site=msgspec.structs.replace(zone.site, zone_id="999000001"), operator_ior="99-9999999XX"
    )
    assert problem_of(good, "999", frozenset()) is None
    ior = problem_of(make.zone(operator_ior="no such number"), "999", frozenset())
    assert ior is not None
    assert ior.place == "operator_ior"


# ---- over HTTP ----------------------------------------------------------------------------------


async def test_the_file_of_an_attempt_is_served_and_says_what_was_announced(folder_world: Any) -> None:
    client: httpx.AsyncClient = folder_world.client
    address = "/v1/admissions/acme/shop/S%2F1/e214"
    assert (await client.get(address)).status_code == 404
    await folder_world.announce()
    answer = await client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    carried = carried_by(read(answer.text))
    assert (carried.control, carried.conveyance.bill) == ("999-26-000001", "EXMP00012345")
    assert carried.lines[0].manufacturer == "VNEXAMUG123HAN"
    assert (await client.get(address, params={"attempt": 2})).status_code == 404


async def test_an_incomplete_file_is_refused_with_everything_that_is_missing_and_shown_as_a_draft(
    sandbox_world: Any,
) -> None:
    await sandbox_world.announce(manufacturer="")
    address = "/v1/admissions/acme/shop/S%2F1/e214"
    refused = await sandbox_world.client.get(address)
    assert (refused.status_code, refused.json()["code"]) == (409, "e214-incomplete")
    assert len(refused.json()["problems"]) == 1
    draft = await sandbox_world.client.get(address, params={"draft": True})
    assert [p.code for p in read(draft.text).problems] == ["mid-missing"]
