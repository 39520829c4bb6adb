"""Facts of classification: what the goods are."""

from ftz_common.contracts.common import EventRef
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.reference import UnitMeasure


class PartRecorded(Fact, frozen=True, kw_only=True):
    """The part master as its master source describes it; `facts_digest` is what a decision rests on."""

    account: str
    uin: str
    description: str
    origin: str
    unit: str
    measures: list[UnitMeasure]
    attributes: dict[str, str]
    facts_digest: str
    event: EventRef
    published_at: str = ""  #: instant; an older word that comes later changes nothing


class PartQuestioned(Fact, frozen=True, kw_only=True):
    """A source that is not the master says something else: a question for a person, never an overwrite."""

    source: str
    differences: list[str]


class RequestWaiting(Fact, frozen=True, kw_only=True):
    """An admission line waits for a decision on this part."""

    request: str  #: id of the ClassificationRequested fact
    reply_to: str
    line: int
    needed_on: str = ""  #: local date


class ReviewOpened(Fact, frozen=True, kw_only=True):
    """A licensed person must decide."""

    reason: str
    facts_digest: str


class Classified(Fact, frozen=True, kw_only=True):
    """A licensed person's decision: the number of this part, as described, in this revision."""

    decision: str  #: its id: what answers, lines and layers refer to
    number: str
    revision: str
    facts_digest: str
    decided_by: str
    licence: str
    reason: str


class ClassificationAnswered(Fact, frozen=True, kw_only=True):
    """The one answer to a request. `to`: the admission."""

    to: str
    request: str
    line: int
    uin: str
    number: str
    revision: str
    decision: str
    decided_by: str
    licence: str
    reason: str
    measures: list[UnitMeasure] = []
    description: str = ""  #: of the part, as it goes on a form: at most 45 characters
