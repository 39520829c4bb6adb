"""A part and a small schedule, for stories of classification."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ftz_classification.domain.decision import DecidePart, InForce
from ftz_classification.domain.part import Ask, Publish
from ftz_classification.domain.tariff_numbers import read_numbers
from ftz_classification.usecases import PART
from ftz_common.contracts.common import EventRef
from ftz_common.contracts.reference import UnitMeasure
from ftz_common.testing.story import Story

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)
HEADER = "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty\r\n"
SCHEDULE_A = (
    HEADER
    + '"6911","0","Tableware of porcelain:","",""\r\n'
    + '"6911.10","1","Tableware:","",""\r\n'
    + '"6911.10.37","2","Cups, other:","","9%"\r\n'
    + '"6911.10.37.10","3","Mugs","[""doz.""]",""\r\n'
    + '"6911.10.37.50","3","Other","[""doz.""]",""\r\n'
    + '"","2","Other, printed:","",""\r\n'
    + '"6911.10.80.00","3","Other","[""doz.""]","20%"\r\n'
    + '"9102.11.10","2","Watches","[""No.""]","44 cents each"\r\n'
    + '"9903.88.15","0","Additional duty","","The duty provided + 7.5%"\r\n'
)
SCHEDULE_B = HEADER + '"6911.10.37.50","3","Other","[""doz.""]",""\r\n'


def in_force(text: str = SCHEDULE_A, revision: str = "2026-A") -> InForce:
    return InForce(revision, read_numbers(b"\xef\xbb\xbf" + text.encode()))


class Make:
    """The builders."""

    at = AT
    schedule_a = SCHEDULE_A
    schedule_b = SCHEDULE_B
    in_force = staticmethod(in_force)

    @staticmethod
    def story(uin: str = "MUG") -> Story:
        return Story(PART, f"part/acme/{uin}")

    @staticmethod
    def publish(description: str = "porcelain mug", **changes: Any) -> Publish:
        values: dict[str, Any] = {
            "description": description,
            "origin": "VN",
            "unit": "pcs",
            "measures": (UnitMeasure(unit="kg", quantity=Decimal("0.35")),),
            "attributes": {"colour": "blue"},
            "published_at": AT,
            "event": EventRef(source="shop", event="e1"),
            "master": True,
            "in_force": in_force(),
        }
        return Publish(**(values | changes))

    @staticmethod
    def ask(request: str = "q1", line: int = 1, force: InForce | None = None, **changes: Any) -> Ask:
        values: dict[str, Any] = {
            "request": request,
            "reply_to": "admission/acme/shop/S-1",
            "line": line,
            "needed_on": "2026-06-01",
            "in_force": force or in_force(),
        }
        return Ask(**(values | changes))

    @staticmethod
    def decide(number: str = "6911.10.37.10", force: InForce | None = None, digest: str = "") -> DecidePart:
        return DecidePart(number, "broker-1", "L-1", "a mug", force or in_force(), digest)


@pytest.fixture(scope="session")
def make() -> type[Make]:
    return Make
