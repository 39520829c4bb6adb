"""Additional duties by each measure's own terms, read literally; 19 CFR 146.65(a)(1) for its date."""

import re
from fractions import Fraction
from typing import Any

from tests.oracle.rates import amounts, cents

Measures = list[dict[str, Any]]


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
    owed = [part for part in parts if part is not None]
    return None if len(owed) < len(parts) else sum(owed, Fraction(0))
