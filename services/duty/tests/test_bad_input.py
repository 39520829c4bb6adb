"""Bad input over HTTP: clear reasons, what was in force stays in force, nothing is half loaded."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.values.calendar import parse_instant
from ftz_common.web.app import make_app
from ftz_duty.app import build

HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties\n"
)
ROWS = [
    "6911.10,0,Porcelain tableware,,,,,,\n",
    '6911.10.37,1,Cups,"[""doz.""]",9%,,75%,,\n',
    "6912.00,0,Ceramic tableware,,,,,,\n",
    '6912.00.48,1,Other,"[""doz.""]",9.8%,Free (KR),55%,,\n',
    "7013.37,0,Glasses,,,,,,\n",
    '7013.37.05,1,Pressed,"[""doz.""]",12.5%,,60%,,\n',
]
GOOD = HEADER + "".join(ROWS)
MEASURE = {
    "id": "one",
    "programme": "section 301",
    "heading": "9903.88.15",
    "rate": "7.5%",
    "numbers": ["6912"],
    "origins": ["CN"],
    "from": "2020-02-14",
    "source": "note 20(s)",
}


class CountedBlobs(MemoryBlobs):
    """Blobs that say how many there are."""

    kept = 0

    async def put(self, content: bytes) -> str:
        self.kept += 1
        return await super().put(content)


@dataclass
class Office:
    """The service behind HTTP, with one revision and one set loaded."""

    client: httpx.AsyncClient
    blobs: CountedBlobs
    bus: MemoryBus
    asked: int = 0

    async def send(self, path: str, content: bytes, **query: str) -> httpx.Response:
        self.asked += 1
        headers = {"Idempotency-Key": f"k-{self.asked}", "Content-Type": "application/octet-stream"}
        if path.endswith("measures"):
            headers["Content-Type"] = "application/json"
        answer = await self.client.post(path, content=content, params=query, headers=headers)
        while await self.bus.settle():
            pass
        return answer

    async def tariff(self, content: bytes, **query: str) -> httpx.Response:
        asked = {"revision": "rev 2", "effective": "2026-05-01", "extract": "true", **query}
        return await self.send("/v1/duty/tariff", content, **asked)

    async def measures(self, *measures: dict[str, Any], name: str = "set") -> httpx.Response:
        document = {"format": "ftz.measures/1", "name": name, "measures": list(measures)}
        return await self.send("/v1/duty/measures", json.dumps({"document": document}).encode())

    async def stands(self) -> tuple[Any, ...]:
        """Everything that a half loaded file could have changed."""
        revisions = (await self.client.get("/v1/duty/tariff")).json()
        measures = (await self.client.get("/v1/duty/measures")).json()
        line = (await self.client.get("/v1/duty/tariff/6912.00.48", params={"on": "2026-06-01"})).json()
        return revisions, measures, line, self.blobs.kept


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """In force: rev 1 from January on, and a set of one measure."""
    bus, blobs = MemoryBus(), CountedBlobs()
    clock = PlayedClock(parse_instant("2026-03-04T12:00:00Z"))
    service = build(Settings(), Ports(MemoryStore(), bus, blobs, clock))
    service.subscribe()
    app = make_app([service], [service.api])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://zone") as client:
        office = Office(client, blobs, bus)
        first = await office.tariff(GOOD.encode(), revision="rev 1", effective="2026-01-01")
        assert first.status_code == 201, first.text
        assert (await office.measures(MEASURE)).status_code == 201
        yield office


WITHOUT_LAST = HEADER + "".join(ROWS[:4])
OTHER_COLUMN = GOOD.replace("Quota Quantity", "Quota")
ACCENTS = GOOD.replace("Glasses", "Verres à pied")
LATER = {**MEASURE, "id": "two", "from": "2021-01-01"}


@pytest.mark.parametrize(
    ("content", "query", "code", "said"),
    [
        pytest.param(GOOD[: len(GOOD) // 2].encode(), {}, "tariff-cut", "", id="cut in half, in a row"),
        pytest.param(WITHOUT_LAST.encode(), {}, "tariff-shrunk", "it ends at 6912", id="cut between rows"),
        pytest.param((GOOD + ROWS[-1]).encode(), {}, "tariff-doubled", "already stands", id="doubled line"),
        pytest.param(
            OTHER_COLUMN.encode(), {}, "tariff-columns", "Quota", id="unknown column"
        ),
        pytest.param(GOOD.encode("utf-16"), {}, "tariff-encoding", "UTF-16", id="UTF-16"),
        pytest.param(
            ACCENTS.encode("latin-1"), {}, "tariff-encoding", "", id="Latin-1"
        ),
        pytest.param(
            GOOD.replace("9.8%", "9%").encode(), {"effective": "2025-12-01"}, "tariff-older", "2026-01-01",
            id="older than what is loaded",
        ),
        pytest.param(GOOD.replace("9.8%", "250%").encode(), {}, "tariff-high-rate", "250 %", id="250 %"),
        pytest.param(
            GOOD.replace("9.8%", "9%").encode(), {"revision": "rev 1"}, "tariff-replaces", "rev 1",
            id="another content under a known name",
        ),
        pytest.param(b"", {}, "tariff-empty", "empty", id="empty"),
        pytest.param(HEADER.encode(), {}, "tariff-empty", "no rows", id="header only"),
        pytest.param(GOOD.encode(), {"effective": "May"}, "effective-date", "May", id="no date"),
    ],
)  # fmt: skip
async def test_a_schedule_that_is_not_whole_or_does_not_fit(
    office: Office, content: bytes, query: dict[str, str], code: str, said: str
) -> None:
    before = await office.stands()
    answer = await office.tariff(content, **query)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    problem = answer.json()
    assert said in problem["detail"]
    assert problem["remedy"]
    assert problem["place"]
    assert await office.stands() == before


@pytest.mark.parametrize(
    ("measures", "name", "code", "said"),
    [
        pytest.param(
            [MEASURE, LATER], "set", "measures-overlap", "", id="overlap"
        ),
        pytest.param(
            [{**MEASURE, "id": "two"}], "other", "measures-overlap", "", id="overlap with another set"
        ),
        pytest.param([MEASURE], "other", "measures-doubled", "another set", id="an id of another set"),
        pytest.param([{**MEASURE, "rate": "250%"}], "set", "measures-high-rate", "250", id="250 %"),
        pytest.param([{**MEASURE, "colour": "red"}], "set", "measures-field", "colour", id="unknown field"),
        pytest.param([{**MEASURE, "rate": "a lot"}], "set", "measures-rate", "a lot", id="no rate"),
        pytest.param(
            [MEASURE, {**MEASURE, "id": "two", "heading": "9903.88.16", "from": "soon"}], "set",
            "measures-date", "soon", id="one bad row of two",
        ),
    ],
)  # fmt: skip
async def test_a_set_of_measures_that_cannot_be(
    office: Office, measures: list[dict[str, Any]], name: str, code: str, said: str
) -> None:
    before = await office.stands()
    answer = await office.measures(*measures, name=name)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert said in answer.json()["detail"]
    assert answer.json()["remedy"]
    assert await office.stands() == before


async def test_a_currency_without_a_rate_of_the_day(office: Office) -> None:
    """31 USC 5151: a dated rate; the quarter before is no answer."""
    rate = {"usd": "1.10", "first": "2026-01-01", "last": "2026-03-31", "source": "s", "who": "w"}
    entered = await office.client.post(
        "/v1/duty/currencies/EUR", json=rate, headers={"Idempotency-Key": "rate"}
    )
    assert entered.status_code == 201
    while await office.bus.settle():
        pass
    asked = {"price": {"amount": "100", "currency": "EUR"}, "exported_on": "2026-04-01"}
    answer = await office.client.post("/v1/duty/values", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "no-exchange-rate")
    assert "2026-04-01" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("on", "revision", "rate"), [("2026-04-30", "rev 1", "9.8%"), ("2026-05-01", "rev 2", "12%")]
)
async def test_on_the_day_a_revision_changes_the_new_one_counts(
    office: Office, on: str, revision: str, rate: str
) -> None:
    """19 CFR 141.69: the rate in effect on the day; the first day is in it, and the day before is not."""
    assert (await office.tariff(GOOD.replace("9.8%", "12%").encode())).status_code == 201
    line = (await office.client.get("/v1/duty/tariff/6912.00.48", params={"on": on})).json()
    assert (line["revision"], line["general"]) == (revision, rate)
