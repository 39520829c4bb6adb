"""Fetching what a story asks for, all at once, and telling it again until nothing is lacking."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ftz_reporting.domain.lookup import Lookup
from ftz_reporting.domain.lookup import Named as NamedFact
from ftz_reporting.domain.node import Node
from ftz_reporting.domain.trace import Match, matches, trace
from ftz_reporting.views.archive import Archive

T = TypeVar("T")

#: A tree is not deeper than this; more rounds would be a story that never ends.
_ROUNDS_MAX = 50


class Traced(NamedTuple):
    """The story of the one thing that was meant, or every thing that could have been."""

    matches: list[Match]
    story: Node | None


class Tracer:
    """Stories from an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    async def trace(self, text: str, what: str = "") -> Traced:
        """The story of what `text` names; `what` ("order", "layer", ...) picks one of several matches."""
        lookup = Lookup()
        found = await self._told(lookup, lambda: matches(lookup, text))
        if what:
            found = [match for match in found if match.what == what]
        if len(found) != 1:
            return Traced(found, None)
        return Traced(found, await self._told(lookup, lambda: trace(lookup, found[0])))

    async def _told(self, lookup: Lookup, tell: Callable[[], T]) -> T:
        for _ in range(_ROUNDS_MAX):
            said = tell()
            if lookup.complete:
                return said
            await self._fetch(lookup)
        raise RuntimeError("a story asked for more in every round; this is a fault of the story")

    async def _fetch(self, lookup: Lookup) -> None:
        archive = self._archive
        for stream in lookup.lacking_streams:
            lookup.streams[stream] = await archive.stream(stream)
        about = {stream: await archive.referring(stream) for stream in lookup.lacking_about}
        names = {name: await archive.named(name) for name in lookup.lacking_names}
        wanted = {place for places in about.values() for place in places}
        wanted |= {named.place for found in names.values() for named in found}
        facts = await archive.at(sorted(wanted))
        for stream, places in about.items():
            lookup.about[stream] = [facts[place] for place in places if place in facts]
        for name, found in names.items():
            lookup.names[name] = [NamedFact(n.what, facts[n.place]) for n in found if n.place in facts]
        lookup.lacking_streams.clear()
        lookup.lacking_about.clear()
        lookup.lacking_names.clear()
