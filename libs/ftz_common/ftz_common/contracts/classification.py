"""Facts of classification: what the goods are."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.common import EventRef
from ftz_common.contracts.fact import Fact, Part
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
    value: Decimal = Decimal(0)  #: USD of the line; 0: not said


class ReviewOpened(Fact, frozen=True, kw_only=True):
    """A licensed person must decide. With `number`: it is no line of `revision`, `successors` may be."""

    reason: str
    facts_digest: str
    number: str = ""
    revision: str = ""
    successors: list[str] = []


class LevelConfidence(Part, frozen=True, kw_only=True):
    """Calibrated chance, from 0 to 1, that the first so many digits are right."""

    digits: int
    confidence: Decimal


class ProposedLine(Part, frozen=True, kw_only=True):
    """A candidate: its share of the ranking (0 to 1; 0 where no model claims any) and its general rate.

    `general` is as the schedule prints it; `percent` where that is free or plain ad valorem, else None.
    """

    number: str
    share: Decimal
    general: str
    percent: Decimal | None = None


class NumberProposed(Fact, frozen=True, kw_only=True):
    """The engine's proposal for a part as described: never a decision (19 USC 1484(a): reasonable care).

    `number`: the deepest prefix that is safe, "" where the engine asks instead; the same facts, schedule,
    model and memory give it again. `explanation`: SHA-256 of the blob that says why.
    """

    proposal: str
    facts_digest: str
    revision: str
    schedule: str  #: SHA-256 of the revision's file
    source: Literal["memory", "duplicate", "ranking", "question"]
    number: str
    confidence: list[LevelConfidence]
    candidates: list[ProposedLine]
    questions: list[str]
    model: str  #: version: a hash of what was trained; "none" without one
    memory: str  #: digest of the records that were remembered
    encoder: str
    explanation: str
    one_of: list[str] = []  #: prefixes, of which one is right with chance `promise`
    promise: Decimal = Decimal(0)
    spread: Decimal | None = None  #: between the likely candidates, in points of ad valorem percent
    off: list[str] = []  #: what the engine had to do without


class QuestionAsked(Fact, frozen=True, kw_only=True):
    """A person asks what decides; the review waits until the part is described anew, or is decided."""

    question: str
    text: str
    asked_of: str  #: a source or a person
    facts_digest: str
    asked_by: str
    licence: str
    reason: str


class ReviewRejected(Fact, frozen=True, kw_only=True):
    """A person says no to a proposal, or to a decision that waits for a second person."""

    what: Literal["proposal", "decision"]
    rejected: str  #: id of the proposal or held decision
    number: str
    facts_digest: str
    rejected_by: str
    licence: str
    reason: str
    citations: list[str] = []


class DecisionHeld(Fact, frozen=True, kw_only=True):
    """A decision that policy lets stand only when a second person decides the same."""

    held: str
    policy: str  #: what asks for the second person
    number: str
    revision: str
    facts_digest: str
    decided_by: str
    licence: str
    reason: str
    citations: list[str] = []


class ConcordanceImported(Fact, frozen=True, kw_only=True):
    """Which lines took the place of lines that a revision ended, as a file of the operator says."""

    revision: str  #: the one whose lines are the new ones
    sha256: str
    lines: int
    file_name: str
    imported_by: str


class Classified(Fact, frozen=True, kw_only=True):
    """A licensed person's decision: the number of this part, as described, in this revision.

    `basis`: "approved" is the first candidate of `proposal`, "corrected" another number.
    """

    decision: str  #: its id: what answers, lines and layers refer to
    number: str
    revision: str
    facts_digest: str
    decided_by: str
    licence: str
    reason: str
    effective_from: str = ""  #: first day of `revision`; a decision does not reach back before it
    citations: list[str] = []
    basis: Literal["decided", "approved", "corrected"] = "decided"
    proposal: str = ""
    approved_by: str = ""  #: the second person, where policy asks for one
    approver_licence: str = ""
    approver_reason: str = ""


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
