"""The tables of reporting, and how their rows are written as bytes."""

from collections.abc import Callable

import msgspec

from ftz_common.contracts.envelope import Envelope
from ftz_reporting.domain.viewed import Viewed

#: Every published envelope, byte for byte, under its place.
ARCHIVE = "archive"
#: "<stream referred to> <place>": which facts refer to a stream.
INDEX = "archive_index"
#: "<name as typed> <place>": what people know a stream by; the body says what it names.
NAMES = "archive_names"
#: Rows of the views.
VIEWS = "views"
#: How far each stream was seen without a gap.
HEADS = "archive_heads"
#: Streams with a gap.
GAPS = "archive_gaps"
#: Envelopes that came again with other bytes.
DAMAGE = "archive_damage"
#: Facts that this build could not read: kept, but not indexed.
UNREAD = "archive_unread"


class Head(msgspec.Struct, frozen=True, array_like=True):
    """Versions 1 to `through` were seen; `gapped`: something behind the next one was, too."""

    through: int
    gapped: bool = False


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A stream whose version `missing` (the first of them) has not come, though `seen` has, since `since`."""

    stream: str
    missing: int
    seen: int
    since: str


class Kind(msgspec.Struct, frozen=True):
    """As much of an envelope as tells its type and version."""

    type: str
    streamversion: int


encode = msgspec.json.Encoder().encode
head = msgspec.json.Decoder(Head).decode
gap = msgspec.json.Decoder(Gap).decode
kind = msgspec.json.Decoder(Kind).decode
envelope = msgspec.json.Decoder(Envelope).decode
viewed: Callable[[bytes], Viewed] = msgspec.json.Decoder(Viewed).decode  # type: ignore[assignment]  # a union
