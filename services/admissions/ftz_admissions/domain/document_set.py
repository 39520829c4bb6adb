"""The document set of an admission: what it must hold, and whether it does (19 CFR 146.32, 146.37(a)).

One table. Missing papers are named, with the rule that asks for them; which of them hold the filing is the
zone's own list (`procedures.required_documents`, `pf_documents`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ftz_admissions.domain.admission_state import Admission
from ftz_common.contracts.admissions import Document
from ftz_common.values.exact import ZERO

VESSEL = ("10", "11")


@dataclass(frozen=True, slots=True)
class Paper:
    """`kinds`: documents that answer for it, or `made`: the record of ours that does."""

    name: str
    citation: str
    asked: Callable[[Admission], bool]
    kinds: Sequence[str] = ()
    made: Callable[[Admission], bool] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A paper of the set, with the documents that answer for it."""

    name: str
    citation: str
    complete: bool
    documents: tuple[Document, ...] = ()
    missing: str = ""


def _type(*types: str) -> Callable[[Admission], bool]:
    return lambda state: state.particulars.admission_type in types


def _always(_: Admission) -> bool:
    return True


def _filed(state: Admission) -> bool:
    return not state.permit_free


def _elects(state: Admission) -> bool:
    lines = (line.announced for line in state.lines.values())
    return any(line.status == "P" and not line.pf_filed_on for line in lines)


def _by_vessel(state: Admission) -> bool:
    return state.conveyance is not None and state.conveyance.mode in VESSEL


def _under_bond(state: Admission) -> bool:
    return state.conveyance is not None and state.conveyance.it_number != ""


def _differs(state: Admission) -> bool:
    found = (line.discrepancy for line in state.lines.values())
    return any(d is not None and d.counted != d.announced for d in found)


def _reported(state: Admission) -> bool:
    return all(
        line.reported is not None
        for line in state.lines.values()
        if line.discrepancy is not None and line.discrepancy.counted != line.discrepancy.announced
    )


def _foreign(state: Admission) -> bool:
    return any(line.announced.status in ("P", "N", "Z") for line in state.lines.values())


def _makers(state: Admission) -> bool:
    foreign = [line.announced for line in state.lines.values() if line.announced.status in ("P", "N", "Z")]
    return all(line.manufacturer for line in foreign)


def _noted(state: Admission) -> bool:
    """Number and value of every privileged line: what the invoice is noted with (19 CFR 141.90)."""
    lines = [line for line in state.lines.values() if line.announced.status == "P"]
    return all(line.classified is not None and line.announced.value > ZERO for line in lines)


#: DOMAIN of the set: 19 CFR 146.32, 146.35, 146.37, 146.40, 146.66; 19 CFR 149.
SET: tuple[Paper, ...] = (
    Paper("CBP 214, permitted", "19 CFR 146.32(c)", _filed, made=lambda s: bool(s.authorized_at)),
    Paper(
        "operator's concurrence", "19 CFR 146.32(c)(2), 146.9", _filed, made=lambda s: bool(s.concurred_at)
    ),
    Paper("examination invoice", "19 CFR 146.32(b)(1)", _type("A", "O"), ("invoice", "commercial-invoice")),
    Paper("number and value for privileged lines", "19 CFR 146.41(c), 141.90", _elects, made=_noted),
    Paper(
        "bill of lading or air waybill", "19 CFR 146.32", _type("A", "T"), ("bill-of-lading", "air-waybill")
    ),
    Paper("packing list", "19 CFR 146.22(b)", _type("A"), ("packing-list",)),
    Paper("right to make entry", "19 CFR 146.32(b)(2), 141.11", _type("A", "O"), ("right-to-make-entry",)),
    Paper("carrier's release order", "19 CFR 146.32(b)(3)", _type("A"), ("carrier-release",)),
    Paper("in-bond document", "19 CFR 146.40(a)(1)", _under_bond, ("in-bond", "permit-to-transfer")),
    Paper("importer security filing", "19 CFR 149.2, 146.32(a)(2)", _by_vessel, ("isf",)),
    Paper("history from the other zone", "19 CFR 146.66(c), (d)", _type("Z"), ("zone-history",)),
    Paper("manufacturer of each foreign line", "CATAIR e214 record 60", _foreign, made=_makers),
    Paper("receiving report", "19 CFR 146.22(a)", _always, made=lambda s: bool(s.receipts)),
    Paper("discrepancy report", "19 CFR 146.37(c)", _differs, made=_reported),
)


def document_set(state: Admission) -> list[Held]:
    """Every paper that this admission asks for, there or missing. Nothing of an unannounced one."""
    if state.terms is None:
        return []
    own = [Paper(kind, "procedures.required_documents", _always, (kind,)) for kind in _of_the_zone(state)]
    return [_held(state, paper) for paper in (*SET, *own) if paper.asked(state)]


def _of_the_zone(state: Admission) -> list[str]:
    """Kinds that the zone requires besides, unless the table names them."""
    assert state.terms is not None  # noqa: S101 see document_set
    named = {kind for paper in SET for kind in paper.kinds}
    kinds = [*state.terms.required_documents, *(state.terms.pf_documents if _elects(state) else [])]
    return [kind for kind in dict.fromkeys(kinds) if kind not in named]


def _held(state: Admission, paper: Paper) -> Held:
    if paper.made is not None:
        there = paper.made(state)
        return Held(paper.name, paper.citation, there, missing="" if there else "not recorded yet")
    found = tuple(document for document in state.documents if document.kind in paper.kinds)
    missing = "" if found else f"a document of kind {' or '.join(paper.kinds)}"
    return Held(paper.name, paper.citation, bool(found), found, missing)
