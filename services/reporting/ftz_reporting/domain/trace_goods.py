"""Where goods came from: layer, 214, classification decision, tariff revision."""

from ftz_common.contracts.admissions import (
    AdmissionArrived,
    AdmissionAuthorized,
    AdmissionConcurred,
    AdmissionDrafted,
    AdmissionHeld,
    AdmissionLine,
    AdmissionNumbered,
    AdmissionRejected,
    DiscrepancyFound,
    LineClassified,
    ReceiptCounted,
)
from ftz_common.contracts.classification import Classified
from ftz_common.contracts.filing import FilingRequested
from ftz_common.contracts.inventory import LayerOpened, Piece
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.values.exact import plain
from ftz_common.values.names import stream_parts
from ftz_reporting.domain.lookup import Lookup, facts_of, first_of, last_of
from ftz_reporting.domain.node import Node, told
from ftz_reporting.domain.told import Told


def opening(lookup: Lookup, layer: str) -> Told | None:
    """The fact that opened a layer."""
    found = (named.told for named in lookup.named(layer) if named.what == "layer")
    return next((t for t in found if isinstance(t.fact, LayerOpened) and t.fact.layer == layer), None)


def piece_node(lookup: Lookup, piece: Piece) -> Node:
    """What was taken of a layer, with where that came from."""
    return Node(
        title=f"layer {piece.layer}: {plain(piece.quantity)} {piece.unit}, USD {plain(piece.value)}",
        at=piece.admitted_on,
        details=[
            told("status", piece.status),
            told("PF filed on", piece.pf_filed_on),
            told("origin", piece.origin),
            told("left in the layer", f"{plain(piece.left)} {piece.unit}"),
        ],
        children=source_nodes(lookup, piece.layer),
    )


def source_nodes(lookup: Lookup, layer: str) -> list[Node]:
    """The 214 of a layer with its classification; for a return, the order it came back from."""
    opened = opening(lookup, layer)
    if opened is None:
        return [Node(title="its opening is not in the archive")]
    fact: LayerOpened = opened.fact
    if fact.returned_from:
        return [Node(title=f"came back from {name_of(fact.returned_from)}", at=fact.admitted_at)]
    return [admission_node(lookup, fact.admission, line=fact.line)]


def name_of(stream: str) -> str:
    """A stream as people call it."""
    match stream_parts(stream):
        case ("order", _, issuer, order):
            return f"order {order} ({issuer})"
        case ("admission", _, issuer, shipment):
            return f"shipment {shipment} ({issuer})"
        case ("daily", _, account, day, _):
            return f"cumulative 214 of {account} for {day}"
        case ("entry", zone, account, week):
            return f"entry of {account} for the week of {week}, zone {zone}"
        case _:
            return stream


def admission_node(lookup: Lookup, admission: str, line: int | None = None) -> Node:
    """A 214: how it went, and the classification of one line or of all."""
    facts = lookup.stream(admission)
    drafted = first_of(facts, AdmissionDrafted)
    numbered = last_of(facts, AdmissionNumbered)
    authorized = last_of(facts, AdmissionAuthorized)
    details = [told("stream", admission)]
    if drafted is not None:
        draft, at = drafted
        details += [
            told("announced", at),
            told("bill", draft.conveyance.bill),
            told("applicant", draft.parties.applicant),
        ]
        details += _values(draft.lines, line)
    details += _happened(facts, line)
    number = numbered[0].number if numbered else "not numbered yet"
    of_line = "" if line is None else f", line {line}"
    return Node(
        title=f"214 {number}{of_line}: {name_of(admission)}",
        at=authorized[0].authorized_at if authorized else "",
        details=details,
        children=classification_nodes(lookup, facts, line),
    )


def _values(lines: list[AdmissionLine], line: int | None) -> list[tuple[str, str]]:
    """How the value of each line came about, where it was reckoned (19 CFR 146.65(b))."""
    found: list[tuple[str, str]] = []
    for each in lines:
        if each.valuation is not None and line in (None, each.line):
            name = f"value of line {each.line}"
            found.append(told(name, f"${plain(each.value)}"))
            found += [
                told(f"{name}, step {at}", f"{s.what} ${plain(s.usd)} = {s.how}: {s.rule}")
                for at, s in enumerate(each.valuation.steps, start=1)
            ]
    return found


def _happened(facts: list[Told], line: int | None) -> list[tuple[str, str]]:
    """What befell a 214 after it was announced, as time went; a line's discrepancies only with that line."""
    steps: list[tuple[str, str, str]] = []
    for fact, at in ((t.fact, t.envelope.time) for t in facts):
        match fact:
            case AdmissionHeld():
                steps.append((at, "held", f"{at}: {'; '.join(hold.reason for hold in fact.holds)}"))
            case FilingRequested() if fact.kind == "214":
                steps.append((at, f"filed, attempt {fact.attempt}", at))
            case AdmissionRejected():
                why = "; ".join(fact.reasons or fact.codes)
                steps.append((at, f"rejected, attempt {fact.attempt}", f"{at}: {why}"))
            case AdmissionAuthorized():
                steps.append((fact.authorized_at, "permitted by CBP", fact.authorized_at))
            case AdmissionArrived():
                steps.append((fact.arrived_at, "arrived", fact.arrived_at))
            case ReceiptCounted():
                steps.append((fact.counted_at, f"counted, receipt {fact.receipt}", fact.counted_at))
            case DiscrepancyFound() if line in (None, fact.line):
                counts = f"announced {plain(fact.announced)}, counted {plain(fact.counted)}"
                steps.append((at, "discrepancy", f"{at}: line {fact.line}: {counts}"))
            case AdmissionConcurred():
                steps.append((fact.concurred_at, "concurred", fact.concurred_at))
            case _:
                pass
    return [told(label, value) for _, label, value in sorted(steps, key=lambda step: step[0])]


def classification_nodes(lookup: Lookup, admission: list[Told], line: int | None) -> list[Node]:
    """Who decided the number of each line, why, and in which revision; the last word on a line counts."""
    last = {fact.line: (fact, at) for fact, at in facts_of(admission, LineClassified)}
    nodes: list[Node] = []
    for number, (fact, at) in sorted(last.items()):
        if line not in (None, number):
            continue
        decision = [n.told for n in lookup.named(fact.decision) if n.what == "decision"]
        decided = next((t for t in decision if isinstance(t.fact, Classified)), None)
        nodes.append(
            Node(
                title=f"line {number} classified {fact.number}, decided by {fact.decided_by}",
                at=decided.envelope.time if decided else at,
                details=[
                    told("licence", fact.licence),
                    told("why", fact.reason),
                    told("decision", fact.decision),
                    told("part", decided.envelope.stream if decided else ""),
                ],
                children=revision_nodes(lookup, fact.revision),
            )
        )
    return nodes


def revision_nodes(lookup: Lookup, revision: str) -> list[Node]:
    """The tariff revision, as it was imported."""
    if not revision:
        return []
    imports = [n.told for n in lookup.named(revision) if n.what == "revision"]
    facts = [(t.fact, t.envelope.recordedtime) for t in imports if isinstance(t.fact, TariffRevisionImported)]
    if not facts:
        return [Node(title=f"tariff revision {revision}")]
    fact, at = facts[-1]
    return [
        Node(
            title=f"tariff revision {fact.revision}, in force from {fact.effective_from}",
            at=at,
            details=[
                told("file", fact.file_name),
                told("sha256", fact.sha256),
                told("lines", str(fact.lines)),
            ],
        )
    ]
