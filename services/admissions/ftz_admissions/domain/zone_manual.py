"""The procedures manual as a document: its versions, and when each was sent (19 CFR 146.21(b))."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.admissions import ManualKept
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import ZoneApplied
from ftz_common.values.calendar import PortCalendar

#: A language tag of English: "en", "en-US".
_ENGLISH = re.compile(r"en(-[A-Za-z0-9-]+)?")
_CHANGES = "19 CFR 146.21(b)(2)"


@dataclass(frozen=True, slots=True)
class KeepManual:
    """A version of the manual, and the local day on which the port director was sent it."""

    version: str
    language: str
    effective_from: str
    sha256: str
    kept_at: str
    sent_on: str
    who: str
    late_because: str = ""


def keep(
    applied: ZoneApplied | None, kept: Mapping[str, ManualKept], command: KeepManual, at: datetime
) -> Sequence[Fact] | Refusal:
    """Keep the version; a late one only with the reason, so that the record says both."""
    if applied is None:
        return refuse(
            "manual-without-zone",
            "no document of this zone was applied",
            "19 CFR 146.21(b)",
            "apply it first: `ftz zone apply zone.yaml`",
        )
    days: dict[str, date] = {}
    for place in ("effective_from", "sent_on"):
        text: str = getattr(command, place)
        try:
            days[place] = date.fromisoformat(text)
        except ValueError:
            return refuse("no-such-date", f"{text!r} is no date", _CHANGES, "YYYY-MM-DD", place)
    today = PortCalendar(applied.document.timezone).local_date(at)
    late = max(0, (days["sent_on"] - days["effective_from"]).days)
    manual = ManualKept(
        version=command.version,
        language=command.language,
        effective_from=days["effective_from"].isoformat(),
        sha256=command.sha256,
        kept_at=command.kept_at,
        sent_on=days["sent_on"].isoformat(),
        days_late=late,
        late_because=command.late_because if late else "",
        who=command.who,
    )
    before = kept.get(command.version)
    if before == manual:
        return [Noted(why=f"version {command.version} of the manual is kept so")]
    return _problem(before, manual, today) or [manual]


def _problem(before: ManualKept | None, manual: ManualKept, today: date) -> Refusal | None:
    """English, submitted at the time of its implementation, and every version once (19 CFR 146.21(b))."""
    if before is not None:
        return refuse(
            "manual-version-differs",
            f"version {manual.version} is kept: effective from {before.effective_from}, sent on "
            f"{before.sent_on}, sha256 {before.sha256[:12]}",
            "19 CFR 146.21(b)(2), 146.4(d)",
            "give what changed a version of its own; what is kept is not rewritten",
            "version",
        )
    if not _ENGLISH.fullmatch(manual.language):
        return refuse(
            "manual-not-english",
            f"the manual is in {manual.language!r}",
            "19 CFR 146.21(b)(1)",
            "the port director gets an English language copy; record that one",
            "language",
        )
    if manual.sent_on > today.isoformat():
        return refuse(
            "manual-not-sent",
            f"{manual.sent_on} has not come (it is {today})",
            _CHANGES,
            "send it to the port director, then record the day",
            "sent_on",
        )
    if manual.days_late and not manual.late_because:
        return refuse(
            "manual-sent-late",
            f"effective from {manual.effective_from}, sent on {manual.sent_on}: {manual.days_late} days late",
            _CHANGES,
            "a change is submitted at the time of its implementation; if it was late, say in `late_because` "
            "why, and it is kept as late",
            "sent_on",
        )
    return None


def changed_since(history: Sequence[ZoneApplied], kept: Mapping[str, ManualKept]) -> list[str]:
    """What zone documents changed after the newest manual took effect: it must say that, too."""
    newest = max((manual.effective_from for manual in kept.values()), default="")
    later = [name for said in history if said.effective_from > newest for name in said.changed]
    return list(dict.fromkeys(later))
