"""Records as they stand on a topic, right and wrong ones."""

import json
from pathlib import Path

import msgspec

from ftz_common.bus.port import Message
from ftz_common.contracts import table
from ftz_common.contracts.commit import Commit, Recorded, seal
from ftz_common.flow.writer import messages_of

EXAMPLES = Path(__file__).parents[1] / "golden" / "facts"
DRAW = "ftz.inventory.draw.requested.v1"


def draw(ledger: str, name: str, **changes: object) -> Message:
    """A draw on a ledger as an order asks for it; the same name is the same fact."""
    data = json.loads((EXAMPLES / f"{DRAW}.json").read_text()) | {"to": ledger} | changes
    commit = Commit(
        stream=f"order/acme/shop/{name}",
        version=1,
        scope="foreign",
        cause=f"cause of {name}",
        cause_digest="d",
        occurred_at="2026-03-02T09:00:00Z",
        recorded_at="2026-03-02T09:00:01Z",
        actor="shop",
        writer="inventory-00000000",
        seq=1,
        previous_hash="",
        facts=[Recorded(DRAW, msgspec.Raw(msgspec.json.encode(data)))],
    )
    (message,) = messages_of(commit, seal(commit).hash)
    assert (message.topic, message.key) == (table.commands("inventory"), ledger)
    return message
