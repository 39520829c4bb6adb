"""Quix Streams with a stateful counter: each record counted under its key, the count published.

`python counter.py KAFKA SOURCE TARGET STATE`, in the environment of requirements.lock; its defaults, but for
reading from the earliest offset and for a folder of its own for the state. Until SIGTERM.
"""

import sys
from typing import Any

from quixstreams import Application, State


def counted(value: dict[str, Any], state: State) -> dict[str, Any]:
    """The record with how many its key has had."""
    total = state.get("total", 0) + 1
    state.set("total", total)
    return {**value, "total": total}


def main() -> None:
    """From the command line."""
    kafka, source, target, folder = sys.argv[1:]
    app = Application(
        broker_address=kafka,
        consumer_group=f"quix.{target}",
        auto_offset_reset="earliest",
        state_dir=folder,
        auto_create_topics=True,
    )
    frame = app.dataframe(app.topic(source, value_deserializer="json"))
    frame.apply(counted, stateful=True).to_topic(app.topic(target, value_serializer="json"))
    app.run()


if __name__ == "__main__":
    main()
