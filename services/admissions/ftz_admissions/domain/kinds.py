"""The types of admission, and what each of them asks for: one table (CATAIR e214 record 20 position 3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.admissions import AdmissionLine, LineStatus, Particulars
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import AdmissionType, Conveyance

#: What a conveyance must say where goods came by one.
_CAME = ("mode", "carrier", "bill", "port_of_unlading", "export_date", "import_date")
_ELECTED: tuple[LineStatus, ...] = ("P", "Z")
_ANY: tuple[LineStatus, ...] = ("P", "N", "D", "Z")


@dataclass(frozen=True, slots=True)
class Kind:
    """`conveyance`: how the goods came is said; `history`: they come from another zone as what they were."""

    name: str
    citation: str
    statuses: Sequence[LineStatus] = _ANY
    conveyance: bool = True
    series: str = "214"  #: kind of the number series
    papers: bool = True  #: the documents that the procedures require
    history: bool = False
    counted_already: bool = False  #: what is announced is what was found in the zone


KINDS: dict[AdmissionType, Kind] = {
    "A": Kind("regular", "19 CFR 146.32"),
    "C": Kind("status change", "19 CFR 146.41(b), 146.44(a)", _ELECTED, conveyance=False, papers=False),
    "D": Kind("domestic", "19 CFR 146.43", ("D",), conveyance=False, papers=False),
    "O": Kind("overage", "19 CFR 146.53(d)", conveyance=False, counted_already=True),
    "T": Kind("temporary deposit", "19 CFR 146.35", ("",), series="214-T", papers=False),
    "Z": Kind("zone-to-zone", "19 CFR 146.66", conveyance=False, papers=False, history=True),
}


def problem_of(said: Particulars, came: Conveyance, lines: Sequence[AdmissionLine]) -> Refusal | None:
    """The first thing that an announcement of this type must say and does not, or must not say and does."""
    return next(_problems(said, came, lines), None)


def _problems(said: Particulars, came: Conveyance, lines: Sequence[AdmissionLine]) -> Iterator[Refusal]:
    kind = KINDS[said.admission_type]
    if kind.conveyance:
        yield from _conveyance(kind, came, said.blanket != "")
    if "08" in said.reasons and not said.remarks:
        yield refuse(
            "remarks-missing",
            "reason 08 (other) says nothing by itself",
            "CATAIR e214 records 11 and 12",
            "say in `remarks` why the 214 is replaced",
            "data.remarks",
        )
    for index, line in enumerate(lines):
        yield from _status(kind, line, f"data.lines[{index}]")
    if kind.history:
        yield from _from_zone(kind, said.from_zone)
        for index, line in enumerate(lines):
            yield from _history(kind, line, f"data.lines[{index}]")
    if kind.counted_already and not _is_day(said.found_on):
        yield refuse(
            "overage-without-day",
            f"found on {said.found_on!r}",
            "19 CFR 146.53(d)",
            "say on which local day the overage was identified: five days run from it",
            "data.found_on",
        )


def _conveyance(kind: Kind, came: Conveyance, blanket: bool) -> Iterator[Refusal]:
    """A blanket 214 names the bill with each line."""
    for name in _CAME:
        if not getattr(came, name) and not (blanket and name == "bill"):
            yield refuse(
                "conveyance-incomplete",
                f"a {kind.name} admission says {name.replace('_', ' ')}",
                "19 CFR 146.32(a)",
                "say how the goods came",
                f"data.{name}",
            )


def _status(kind: Kind, line: AdmissionLine, place: str) -> Iterator[Refusal]:
    """Status is explicit, and one that goods of this type may have."""
    if line.status in kind.statuses:
        return
    if line.status == "":
        yield refuse(
            "status-missing",
            f"line {line.line} has no zone status",
            "19 CFR 146.32(c)(1)",
            "say P, N, D or Z; it is never assumed",
            f"{place}.status",
        )
    elif kind.statuses == ("",):
        yield refuse(
            "deposit-has-no-status",
            f"line {line.line} asks for status {line.status} in a temporary deposit",
            "19 CFR 146.35(c)",
            "leave the status empty; it is elected with the complete 214",
            f"{place}.status",
        )
    else:
        yield refuse(
            "status-not-of-type",
            f"line {line.line} asks for status {line.status} in a {kind.name} admission",
            kind.citation,
            f"a {kind.name} admission has status {' or '.join(kind.statuses)}; announce other goods apart",
            f"{place}.status",
        )


def _from_zone(kind: Kind, zone: str) -> Iterator[Refusal]:
    if not (len(zone) == 3 and zone.isdecimal()):
        yield refuse(
            "zone-missing",
            f"the goods come from zone {zone!r}",
            kind.citation,
            "name the transferring zone by its number, three digits",
            "data.from_zone",
        )


def _history(kind: Kind, line: AdmissionLine, place: str) -> Iterator[Refusal]:
    """Status, PF date and frozen number travel with the goods (19 CFR 146.66(c), 146.65(a)(1))."""
    if line.status == "P":
        if not _is_day(line.pf_filed_on):
            yield refuse(
                "pf-date-missing",
                f"line {line.line} is privileged foreign since {line.pf_filed_on!r}",
                "19 CFR 146.66(c), 146.65(a)(1)",
                "say the day on which its status was applied for; it travels with the goods",
                f"{place}.pf_filed_on",
            )
        if not (line.frozen_number.isdecimal() and len(line.frozen_number) in (8, 10)):
            yield refuse(
                "pf-number-missing",
                f"line {line.line} is privileged foreign under number {line.frozen_number!r}",
                "19 CFR 146.66(c), 146.65(a)(1)",
                "say the tariff number that was frozen, eight or ten digits",
                f"{place}.frozen_number",
            )
    elif line.pf_filed_on:
        yield refuse(
            "pf-date-without-pf",
            f"line {line.line} has status {line.status} and a PF filing date",
            kind.citation,
            "leave the date out, or correct the status",
            f"{place}.pf_filed_on",
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
