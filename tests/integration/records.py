"""Records as they stand on a topic, right and wrong ones."""

import json
from pathlib import Path

import msgspec

from ftz_common.bus.port import Message
from ftz_common.contracts import table
from ftz_common.contracts.commit import Commit, Recorded, seal
from ftz_common.flow.writer import messages_of

EXAMPLES = Path(__file__).parents[1] / "golden" / "facts"
ZONE = "ftz.admissions.zone.applied.v1"
DRAW = "ftz.inventory.draw.requested.v1"


def zone_applied() -> Message:
    """The zone of the examples, so that nothing waits for it."""
    return _message(
        "zone/999", "zone", "admissions", ZONE, json.loads((EXAMPLES / f"{ZONE}.json").read_text())
    )


def draw(ledger: str, name: str, **changes: object) -> Message:
    """A draw on a ledger as an order asks for it; the same name is the same fact."""
    data = json.loads((EXAMPLES / f"{DRAW}.json").read_text()) | {"to": ledger} | changes
    message = _message(f"order/acme/shop/{name}", name, "inventory", DRAW, data)
    assert (message.topic, message.key) == (table.commands("inventory"), ledger)
    return message


def _message(stream: str, name: str, service: str, fact_type: str, data: object) -> Message:
    commit = Commit(
        stream=stream,
        version=1,
        scope="foreign",
        cause=f"cause of {name}",
        cause_digest="d",
        occurred_at="2026-03-02T09:00:00Z",
        recorded_at="2026-03-02T09:00:01Z",
        actor="shop",
        writer=f"{service}-00000000",
        seq=1,
        previous_hash="",
        account="home",
        zone="999",
        facts=[Recorded(fact_type, msgspec.Raw(msgspec.json.encode(data)))],
    )
    (message,) = messages_of(commit, seal(commit).hash)
    return message
