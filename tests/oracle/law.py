"""The weekly entry, read literally from the law and as slowly as one likes: the oracle of the duty engine.

It shares no code with the product: the standard library, fractions, plain dicts. What comes in are facts as
JSON, the schedule as the text that was imported, and the sets of measures as their authors wrote them.

    what left            19 CFR 146.63(c)(1), 146.71(d): removals of the week, less what was taken back
    lines                19 CFR 146.65(a): one number, status, PF filing date, origin
    value                19 CFR 146.65(b): the price paid, in proportion to the quantity; whole dollars
    time of entry        19 CFR 141.68(a)(1), (b): first release, else the day the summary serves as the entry
    rate                 19 CFR 146.65(a), 141.69; HTSUS general notes 3(a), 3(b)
    additional duties    each measure's own terms; 19 CFR 146.65(a)(1) for its date
    fee                  19 CFR 24.23(b)(1)
"""

import csv
import re
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

Facts = list[tuple[str, str, dict[str, Any]]]
Measures = list[dict[str, Any]]

#: Least and most of an entry by fiscal year: 90 FR 34665 (2026); FR Doc. 2026-15530 (2027).
FEE_BOUNDS = {2026: ("33.58", "651.50"), 2027: ("34.58", "670.86")}
COLUMN_TWO = {"CU": "1989-01-01", "KP": "1989-01-01", "RU": "2022-04-09", "BY": "2022-04-09"}


def half_up(amount: Fraction, step: Fraction) -> Fraction:
    """To the next multiple of `step`, a half upwards."""
    return (amount / step + Fraction(1, 2)).__floor__() * step


def cents(amount: Fraction) -> Fraction:
    """Whole cents."""
    return half_up(amount, Fraction(1, 100))


# ---- the schedule -------------------------------------------------------------------------------


class Schedule:
    """One revision: its first day, and for each number the two columns, inherited from its eight digits."""

    def __init__(self, name: str, first_day: str, text: str) -> None:
        self.name, self.first_day = name, first_day
        self._columns: dict[str, tuple[str, str]] = {}
        for row in csv.DictReader(text.strip().splitlines(), skipinitialspace=True):
            number = row["HTS Number"].strip().replace(".", "")
            rates = row["General Rate of Duty"].strip(), row["Column 2 Rate of Duty"].strip()
            self._columns[number] = rates if any(rates) else self._columns.get(number[:8], rates)

    def rate(self, number: str, origin: str, on: str) -> tuple[str, str]:
        """The column that counts for an origin on a day, and what stands in it."""
        general, second = self._columns[number]
        if origin in COLUMN_TWO and COLUMN_TWO[origin] <= on:
            return "column2", second
        return "general", general


def in_force(schedules: list[Schedule], on: str) -> Schedule:
    """The revision with the last first day that is not after `on`."""
    return max((s for s in schedules if s.first_day <= on), key=lambda s: s.first_day)


def amounts(text: str, value: Fraction, quantity: Fraction, unit: str, known: dict[str, Fraction]) -> list:
    """What each part of a rate comes to, exactly; None for a part that wants a unit nobody gave."""
    found: list[Fraction | None] = []
    for part in text.split(" + "):
        if part == "Free":
            found.append(Fraction(0))
        elif percent := re.fullmatch(r"([0-9.]+)%", part):
            found.append(value * Fraction(percent[1]) / 100)
        elif cent := re.fullmatch(r"([0-9.]+)¢/kg", part):
            found.append(known["kg"] * Fraction(cent[1]) / 100 if "kg" in known else None)
        elif dollars := re.fullmatch(r"\$([0-9.]+)/kg", part):
            found.append(known["kg"] * Fraction(dollars[1]) if "kg" in known else None)
        elif each := re.fullmatch(r"([0-9.]+)¢ each", part):
            found.append(quantity * Fraction(each[1]) / 100 if unit == "No." else None)
        else:
            raise ValueError(f"the oracle does not read {text!r}")
    return found


# ---- additional duties --------------------------------------------------------------------------


def meets(measure: dict[str, Any], number: str, origin: str) -> bool:
    """Whether its list of numbers and its list of origins mean these goods."""
    numbers = measure.get("numbers", "all")
    listed = numbers == "all" or any(number.startswith(n.replace(".", "")) for n in numbers)
    origins = measure.get("origins", "all")
    named = origins == "all" or origin in origins
    spared = origin in measure.get("not_origins", []) or any(
        number.startswith(n.replace(".", "")) for n in measure.get("not_numbers", [])
    )
    return listed and named and not spared


def lasts(measure: dict[str, Any], on: str) -> bool:
    """Whether a day lies in its period."""
    return measure.get("from", "") <= on <= measure.get("to", "9999-12-31")


def by_calendar(measure: dict[str, Any], among: Measures, filed_on: str, entry_date: str) -> tuple[str, str]:
    """Whether its days and its policy let it apply, and the day whose rule counts."""
    filed, entered = lasts(measure, filed_on), lasts(measure, entry_date)
    policy = measure.get("rate_date_policy", "MANUAL")
    if filed_on == entry_date or filed == entered:
        return "applies", filed_on if policy == "PF_FILING_DATE" else entry_date
    if policy == "MANUAL":
        return "blocked", ""
    if policy == "PF_FILING_DATE":
        return ("applies" if filed else "not-in-force"), filed_on
    if policy == "ENTRY_DATE" or entered:
        return ("applies" if entered else "not-in-force"), entry_date
    # LATER_OF_RULES: the old rule stays until another rule of its programme follows it.
    follows = any(m["programme"] == measure["programme"] and lasts(m, entry_date) for m in among)
    return ("not-in-force" if follows else "applies"), filed_on


def answer_of(measure: dict[str, Any], goods: tuple[str, str], on: str, said: dict[str, Any]) -> str:
    """Whether its terms, its exemptions and its conditions let it apply, as if it stood alone."""
    if measure["rate"] == "unknown":
        return "unknown"
    spares = [e for e in measure.get("exempt", []) if meets(e, *goods) and lasts(e, on)]
    if any(not e.get("fact") or said.get(e["fact"], {}).get("holds") for e in spares):
        return "exempt"
    if any(e["fact"] not in said and e.get("if_unknown", "ask") == "ask" for e in spares):
        return "blocked"
    for wanted in measure.get("only_if", []):
        if wanted["fact"] not in said:
            return "blocked"
        if said[wanted["fact"]]["holds"] != (wanted.get("is", "yes") == "yes"):
            return "not-met"
    return "applies"


def one_per_group(answers: dict[str, str], by_id: dict[str, dict[str, Any]], number: str) -> None:
    """Of one group a single measure is owed: the lowest order, then the one that names most digits."""

    def depth(measure: dict[str, Any]) -> int:
        listed = measure.get("numbers", "all")
        dotless = [] if listed == "all" else [n.replace(".", "") for n in listed]
        return max((len(n) for n in dotless if number.startswith(n)), default=0)

    for group in {m["group"] for m in by_id.values() if m.get("group")}:
        members = [i for i, m in by_id.items() if m.get("group") == group]
        open_ = [i for i in members if answers[i] in ("applies", "blocked")]
        ranked = sorted(open_, key=lambda i: (int(by_id[i].get("order", 0)), -depth(by_id[i]), i))
        for later in ranked[1:]:
            answers[later] = "excluded" if answers[ranked[0]] == "applies" else "blocked"


def kept_away(answers: dict[str, str], by_id: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What does not add to a group: out when one of that group is owed, open while one is open."""
    after = dict(answers)
    for name, measure in by_id.items():
        if answers[name] not in ("applies", "blocked"):
            continue
        against = {answers[o] for o, m in by_id.items() if m.get("group") in measure.get("not_with", [])}
        for theirs, mine in (("applies", "excluded"), ("blocked", "blocked"), ("unknown", "unknown")):
            if theirs in against:
                after[name] = mine
                break
    return after


def additional(
    measures: Measures, said: dict[str, Any], line: dict[str, Any], entry_date: str, base: Fraction
) -> dict[str, tuple[str, Fraction | None]]:
    """Each measure that meets a line: its answer, and its cents where it applies."""
    goods, filed_on = (line["number"], line["origin"]), line["pf_filed_on"] or entry_date
    dated = [m for m in measures if meets(m, *goods) and (lasts(m, filed_on) or lasts(m, entry_date))]
    by_id = {m["id"]: m for m in dated}
    answers: dict[str, str] = {}
    for name, measure in by_id.items():
        answers[name], on = by_calendar(measure, dated, filed_on, entry_date)
        if answers[name] == "applies":
            answers[name] = answer_of(measure, goods, on, said)
    one_per_group(answers, by_id, line["number"])
    answers = kept_away(answers, by_id)
    found: dict[str, tuple[str, Fraction | None]] = {}
    for name, measure in by_id.items():
        if answers[name] != "applies":
            found[name] = answers[name], None
            continue
        owed = _owed(measure, said, line, base)
        found[name] = ("blocked", None) if owed is None else ("applies", cents(owed))
    return found


def _owed(
    measure: dict[str, Any], said: dict[str, Any], line: dict[str, Any], base: Fraction
) -> Fraction | None:
    value = line["value"]
    if measure.get("kind") == "minimum-total":
        return max(Fraction(0), value * Fraction(measure["rate"].rstrip("%")) / 100 - base)
    rate = measure["rate"].removeprefix("The duty provided in the applicable subheading + ")
    if of := re.fullmatch(r"([0-9.]+)% on the value of the (.+)", rate):
        stated = said.get(of[2])
        if stated is None:
            return None
        if stated.get("percent") is not None:
            content = value * Fraction(stated["percent"]) / 100
        else:
            content = line["quantity"] * Fraction(stated["usd_per_unit"])
        return None if content > value else content * Fraction(of[1]) / 100
    parts = amounts(rate, value, line["quantity"], line["unit"], line["known"])
    return None if None in parts else sum(parts, Fraction(0))


# ---- the entry ----------------------------------------------------------------------------------


def weeks(facts: Facts) -> list[str]:
    """The entries that something foreign left under for consumption, as streams."""
    return sorted({_entry_of(d) for _, d in _moves(facts) if d["disposition"] == "consumption"})


def _entry_of(drawn: dict[str, Any]) -> str:
    return f"entry/{drawn['zone']}/{drawn['account']}/{drawn['week']}"


def _moves(facts: Facts) -> list[tuple[int, dict[str, Any]]]:
    signs = {"ftz.inventory.stock.drawn.v1": 1, "ftz.inventory.draw.reversed.v1": -1}
    return [(signs[kind], data) for kind, _, data in facts if kind in signs]


def _local_day(instant: str, timezone: str) -> str:
    return (
        datetime.fromisoformat(instant.replace("Z", "+00:00"))
        .astimezone(ZoneInfo(timezone))
        .date()
        .isoformat()
    )


def summary_date(facts: Facts, entry: str) -> str:
    """The day on which a person let the summary serve as the entry (19 CFR 141.68(b)); "" if none did."""
    decided = [
        d["entry_date"] for kind, s, d in facts if kind == "ftz.duty.entrydate.decided.v1" and s == entry
    ]
    return decided[0] if decided else ""


def lines_of(facts: Facts, entry: str) -> list[dict[str, Any]]:
    """The lines of an entry: what left of each layer, at its share of what was paid for it on admission."""
    layers = {d["layer"]: d for kind, _, d in facts if kind == "ftz.inventory.layer.opened.v1"}
    admitted = {
        (d["admission"], d["line"], d["receipt"]): d
        for kind, _, d in facts
        if kind == "ftz.admissions.goods.admitted.v1"
    }
    late = {
        d["withdrawal"]
        for kind, s, d in facts
        if kind == "ftz.duty.entry.correction-needed.v1" and s == entry
    }
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for sign, drawn in _moves(facts):
        if drawn["disposition"] != "consumption" or _entry_of(drawn) != entry or drawn["withdrawal"] in late:
            continue
        for piece in drawn["pieces"]:
            layer = layers[piece["layer"]]
            goods = admitted.get((layer["admission"], layer["line"], layer["receipt"]), layer)
            if goods["status"] == "D" or layer["status"] == "D":
                continue
            filed_on = goods.get("pf_filed_on") or ""
            key = (goods["number"], goods["status"], filed_on, goods["origin"], goods["unit"])
            line = found.setdefault(key, _line(key))
            quantity = sign * Fraction(piece["quantity"])
            part = line["layers"].setdefault(piece["layer"], {"quantity": Fraction(0), "goods": goods})
            part["quantity"] += quantity
    return [line for key in sorted(found) if _measured(line := found[key])["quantity"]]


def _measured(line: dict[str, Any]) -> dict[str, Any]:
    """Quantity, value and other units of a line from its layers: each in proportion to what was admitted."""
    line["quantity"] = sum((part["quantity"] for part in line["layers"].values()), Fraction(0))
    line["known"] = {line["unit"]: line["quantity"]}
    paid = Fraction(0)
    for part in line["layers"].values():
        goods, quantity = part["goods"], part["quantity"]
        paid += Fraction(goods["value"]) * quantity / Fraction(goods["quantity"])
        for measure in goods.get("measures", []):
            so_far = line["known"].get(measure["unit"], Fraction(0))
            line["known"][measure["unit"]] = so_far + quantity * Fraction(measure["quantity"])
    line["value"] = half_up(paid, Fraction(1))
    return line


def released(facts: Facts, entry: str, timezone: str) -> list[tuple[str, dict[tuple[str, ...], Fraction]]]:
    """The week's released entries in the order in which they were asked for: date, and what each may hold."""
    asked = {d["attempt"]: d for kind, s, d in facts if kind == "ftz.duty.estimate.added.v1" and s == entry}
    dates: dict[int, str] = {}
    rooms: dict[int, dict[tuple[str, ...], Fraction]] = {}
    for kind, stream, data in facts:
        if kind != "ftz.duty.estimate.accepted.v1" or stream != entry:
            continue
        estimate = asked[data["attempt"]]
        document = estimate.get("document", 1)
        day = _local_day(data["accepted_at"], timezone)
        dates[document] = min(day, dates.get(document, day))
        room = rooms.setdefault(document, {})
        for line in estimate["lines"]:
            key = (line["number"], line["status"], line["origin"], line["unit"])
            room[key] = room.get(key, Fraction(0)) + Fraction(line["quantity"])
    return [(dates[document], rooms[document]) for document in sorted(dates)]


def divided(
    lines: list[dict[str, Any]], entries: list[tuple[str, dict[tuple[str, ...], Fraction]]]
) -> list[list[dict[str, Any]]]:
    """What exceeds an estimate is of the supplemental entry (19 CFR 146.63(c)(1)).

    Which goods those are the law does not say; by choice each entry is filled up in turn, with layers in the
    order of their names. What no entry has room for stands in the last that names such goods, else in the
    first.
    """
    found: list[list[dict[str, Any]]] = [[] for _ in entries]
    rooms = [dict(room) for _, room in entries]
    for line in lines:
        key = (line["number"], line["status"], line["origin"], line["unit"])
        waiting = [(name, line["layers"][name]) for name in sorted(line["layers"])]
        naming = [at for at, room in enumerate(rooms) if key in room]
        rest = line["quantity"]
        shares = {at: Fraction(0) for at in range(len(rooms))}
        for at, room in enumerate(rooms):
            shares[at] = min(room.get(key, Fraction(0)), rest)
            room[key] = room.get(key, Fraction(0)) - shares[at]
            rest -= shares[at]
        shares[naming[-1] if naming else 0] += rest
        for at, quantity in shares.items():
            if quantity:
                found[at].append(_measured(line | {"layers": _taken(waiting, quantity)}))
    return found


def _taken(waiting: list[tuple[str, dict[str, Any]]], quantity: Fraction) -> dict[str, Any]:
    """So much of the layers that wait, the first of them first."""
    taken: dict[str, Any] = {}
    while quantity:
        name, part = waiting[0]
        takes = min(part["quantity"], quantity)
        taken[name] = part | {"quantity": takes}
        quantity -= takes
        waiting[0] = name, part | {"quantity": part["quantity"] - takes}
        if not waiting[0][1]["quantity"]:
            waiting.pop(0)
    return taken


def _line(key: tuple[str, ...]) -> dict[str, Any]:
    number, status, filed_on, origin, unit = key
    return {
        "number": number,
        "status": status,
        "pf_filed_on": filed_on,
        "origin": origin,
        "unit": unit,
        "layers": {},
    }


def statements(facts: Facts, account: str, number: str, origin: str) -> dict[str, Any]:
    """What people stated of the goods, by the name of the fact; the last word counts."""
    return {
        d["fact"]: d
        for kind, _, d in facts
        if kind == "ftz.duty.goods.stated.v1"
        and (d["account"], d["number"], d["origin"]) == (account, number, origin)
    }


def entry_of(
    facts: Facts, entry: str, timezone: str, schedules: list[Schedule], measures: Measures
) -> list[dict[str, Any]] | None:
    """The week's entries; None when one cannot be made: no time of entry, or a person must say something."""
    lines = lines_of(facts, entry)
    entries = released(facts, entry, timezone) or [(summary_date(facts, entry), {})]
    if not entries[0][0]:
        return None
    decided = {
        d["measure"]: d["policy"]
        for kind, _, d in facts
        if kind == "ftz.duty.measure.ruled.v1" and d.get("policy") is not None
    }
    measures = [m | {"rate_date_policy": decided[m["id"]]} if m["id"] in decided else m for m in measures]
    made: list[dict[str, Any]] = []
    for (entry_date, _), held in zip(entries, divided(lines, entries), strict=True):
        for line in held:
            said = statements(facts, entry.split("/")[2], line["number"], line["origin"])
            if not _price(line, said, entry_date, schedules, measures):
                return None
        if held:
            made.append(_summed(entry_date, held))
    return made


def _summed(entry_date: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """One entry: its own fee, within the least and most of the fiscal year of its date."""
    value = sum((line["value"] for line in lines), Fraction(0))
    duty = sum((line["duty"] for line in lines if line["duty"] is not None), Fraction(0))
    day = date.fromisoformat(entry_date)
    year = day.year + (day.month >= 10)
    least, most = map(Fraction, FEE_BOUNDS[year])
    return {
        "entry_date": entry_date,
        "fee_year": year,
        "lines": lines,
        "entered_value": value,
        "duty": duty,
        "mpf": min(max(cents(value * Fraction("0.003464")), least), most),
    }


def _price(
    line: dict[str, Any], said: dict[str, Any], entry_date: str, schedules: list[Schedule], measures: Measures
) -> bool:
    """Fill in rate and duty; False when a measure waits for a person."""
    on = line["pf_filed_on"] if line["status"] == "P" else entry_date
    schedule = in_force(schedules, on)
    column, text = schedule.rate(line["number"], line["origin"], on)
    parts = amounts(text, line["value"], line["quantity"], line["unit"], line["known"])
    unpriced = None in parts
    base = Fraction(0) if unpriced else sum(parts, Fraction(0))
    stack = additional(measures, said, line, entry_date, base)
    if any(result == "blocked" for result, _ in stack.values()):
        return False
    owed = [cents(part) for part in parts if part is not None]
    owed += [amount for _, amount in stack.values() if amount is not None]
    line["revision"], line["column"], line["rate_text"], line["stack"] = schedule.name, column, text, stack
    line["duty"] = None if unpriced else sum(owed, Fraction(0))
    return True
