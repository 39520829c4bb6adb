"""A zone with a limit on the time in it, and envelopes to hear."""

from datetime import UTC, datetime

import msgspec
import pytest

from ftz_alerts.handlers import arms
from ftz_alerts.usecases import RISK, UseCases
from ftz_common.contracts import reference
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Fact
from ftz_common.flow.reference import Reference
from ftz_common.testing.heard import heard
from ftz_common.testing.story import Story

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)

ENVELOPE = heard(
    source="ftz/inventory",
    time="2026-03-02T12:00:00Z",
    recordedtime="2026-03-02T12:00:01Z",
    stream="ledger/999/site-1/acme/MUG",
    streamversion=3,
    previousversion=2,
    actor="local-operator",
)


class Make:
    """What tests are made of."""

    @staticmethod
    def envelope(stream: str = ENVELOPE.stream, version: int = 3, index: int = 0) -> Envelope:
        """A word of a stream."""
        return msgspec.structs.replace(ENVELOPE, stream=stream, streamversion=version, factindex=index)

    @staticmethod
    def zone(days_in_zone_max: int | None = 30) -> reference.ZoneApplied:
        """Zone 999 with the account acme."""
        parties = reference.Parties(applicant="p", importer_of_record="p", owner="p", filer="p")
        account = reference.Account(
            id="acme", parties=parties, master_source="shop", days_in_zone_max=days_in_zone_max
        )
        document = reference.ZoneDocument(
            zone="999",
            name="Test",
            port="3901",
            timezone="America/Chicago",
            operator="p",
            site=reference.Site(id="site-1", name="One", firms="X123"),
            accounts=[account],
            sources=[],
            procedures=reference.Procedures(required_documents=[]),
        )
        return reference.ZoneApplied(document=document, effective_from="2026-01-01")

    @staticmethod
    def reference(*applied: reference.ZoneApplied) -> Reference:
        """Reference data in which these documents were applied, one after the other."""
        made = Reference()
        for one in applied:
            made.zones[one.document.zone] = one.document
            made.history.setdefault(one.document.zone, []).append(one)
        return made

    @staticmethod
    def hear(cases: UseCases, told: dict[str, Story], *words: tuple[str, int, Fact]) -> dict[str, Story]:
        """Every risk after these words: (stream, version, fact), in this order."""
        table_of_contents = arms(cases).facts
        for stream, version, fact in words:
            for to in table_of_contents[type(fact)](fact, Make.envelope(stream, version)):
                assert (to.account, to.zone) == ("acme", "999")
                told.setdefault(to.stream, Story(RISK, to.stream)).tell(to.command, AT)
        return told


@pytest.fixture
def cases(make: type[Make]) -> UseCases:
    return UseCases(make.reference(make.zone()))


@pytest.fixture
def make() -> type[Make]:
    return Make
