"""What is published and in no journal: foreign records and quarantine, kept until every group has passed."""

from collections.abc import Collection, Sequence

import msgspec

from ftz_common.bus.port import Delivery, Message
from ftz_common.store.sqlite_file import Connection, SqliteDatabase, transaction

#: The partition number of what comes from the inbox.
INBOX_PARTITION = 1

_INSERT = "INSERT INTO inbox (topic, key, headers, value) VALUES (?, ?, ?, ?)"
_LAST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'inbox'"
_headers = msgspec.json.Decoder(dict[str, str])


class Inbox:
    """The `inbox` table, in order of arrival; offsets are never used twice."""

    def __init__(self, file: SqliteDatabase) -> None:
        self._file = file
        self.end = 0  #: the offset of the last record ever put
        self.topics: set[str] = set()  #: topics that any kept record has

    async def open(self) -> None:
        """Read where the inbox stands."""
        self.end = (await self._file.fetch(_LAST))[0][0]
        self.topics = {topic for (topic,) in await self._file.fetch("SELECT DISTINCT topic FROM inbox")}

    async def put(self, messages: Sequence[Message]) -> None:
        """Keep messages, durably."""
        rows = [(m.topic, m.key, msgspec.json.encode(dict(m.headers)).decode(), m.value) for m in messages]

        def job(connection: Connection) -> int:
            with transaction(connection):
                connection.executemany(_INSERT, rows)
            return connection.execute(_LAST).fetchone()[0]

        end = await self._file.work(job)
        self.topics.update(m.topic for m in messages)
        self.end = max(self.end, end)

    async def after(self, offset: int, limit: int) -> list[Delivery]:
        """The next records of all topics, in order."""
        found = await self._file.fetch(
            "SELECT topic, place, key, value, headers FROM inbox WHERE place > ? ORDER BY place LIMIT ?",
            (offset, limit),
        )
        return [
            Delivery(topic, INBOX_PARTITION, place, key, value, _headers.decode(text))
            for topic, place, key, value, text in found
        ]

    async def drop(self, through: int, topics: Collection[str]) -> None:
        """Delete the records of these topics up to an offset."""
        sql = "DELETE FROM inbox WHERE place <= ? AND topic = ?"
        await self._file.change((sql, [(through, topic) for topic in sorted(topics)]), durable=False)
