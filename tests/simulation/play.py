"""One seed: set up the zone, send the plan under faults, come to rest."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import ModuleType
from typing import Any

from tests.simulation.clerks import Clerks
from tests.simulation.inputs import START, Decision, Event, Plan, plan
from tests.simulation.invariants import Watch
from tests.simulation.leavers import Leavers
from tests.simulation.movers import Movers
from tests.simulation.zone import (
    DOCK,
    RAISED,
    REVISION,
    REVISION_2,
    SECOND,
    ZONE,
    PartOf,
    document,
    part_of,
    parts,
    schedule,
)

import ftz_admissions.app
import ftz_alerts.app
import ftz_cbp_sandbox.app
import ftz_classification.app
import ftz_duty.app
import ftz_inventory.app
import ftz_reporting.app
from ftz_admissions.domain.opening import Header
from ftz_cbp_sandbox.settings import BehaviourSettings, MatchSettings, SandboxSettings
from ftz_common.bus.port import Message
from ftz_common.flow.aggregate import To
from ftz_common.flow.intake import intake_topic
from ftz_common.flow.series import SERIES, ContinueSeries, series_stream
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.testing.simulator.process import Request
from ftz_common.testing.simulator.world import World
from ftz_common.values.names import stream_name, stream_parts
from ftz_duty.domain.entry_filing import SummaryIsEntry
from ftz_duty.usecases import ENTRY

_SERVICES: dict[str, ModuleType] = {
    "admissions": ftz_admissions.app,
    "classification": ftz_classification.app,
    "inventory": ftz_inventory.app,
    "duty": ftz_duty.app,
    "reporting": ftz_reporting.app,
    "alerts": ftz_alerts.app,
}

#: Long enough for the last week to be compiled and for in-bonds to be overdue.
END = START + timedelta(days=50)


def _behaviours(planned: Plan) -> list[BehaviourSettings]:
    found: list[BehaviourSettings] = []
    for kind, attempt in planned.rejected:
        match = MatchSettings.model_validate({"kind": kind, "attempt": attempt})
        found.append(BehaviourSettings(match=match, do="reject"))
    for bill, do in sorted(planned.bills.items()):
        match = MatchSettings(kind="214", bill=bill, attempt=1)
        hours = {"late": 50, "twice": 30}.get(do, 0)
        found.append(BehaviourSettings(match=match, do=do, hours=hours))  # pyright: ignore[reportArgumentType]
    return found


class Simulation:
    """A seed on its way."""

    def __init__(self, seed: int, *, faults: bool = True) -> None:
        self.seed = seed
        self.plan: Plan = plan(seed)
        self.watch = Watch(self.plan)
        self.movers = Movers(seed, self.watch.goods, self.ask)
        watch = self.watch
        self.leavers = Leavers(seed, watch.goods, watch.admitting, watch.leaving, self.ask)
        self.clerks = Clerks(seed, watch.admitting, watch.money, watch.desk, self.ask)
        self._reviewed = 0
        self._applied = 0
        self._reported = 0
        sandbox = SandboxSettings(answer_hours=seed % 3, behaviours=_behaviours(self.plan))
        settings = Settings()

        def built(build: Callable[[Settings, Ports], Service]) -> Callable[[Ports], Service]:
            return lambda ports: build(settings, ports)

        builders = {name: built(module.build) for name, module in _SERVICES.items()}
        builders["cbp"] = lambda ports: ftz_cbp_sandbox.app.build(settings, ports, sandbox)
        processes = dict.fromkeys(builders, 1) | {"inventory": 2}
        second = ("admissions", "classification", "duty", "reporting", "alerts", "cbp")[seed % 6]
        processes[second] = 2
        self.world = World(
            seed,
            START,
            builders,
            processes,
            observe=self.watch.commit,
            observe_rows=self.watch.rows,
            faults=faults,
            partitions=2,
        )

    def run(self) -> None:
        """From the first day to rest."""
        self._set_up()
        for at, events, decisions in self.plan.bursts():
            self.world.move_to(at)
            self._send(events, decisions)
            self._review()
            self.movers.burst(at)
            self.leavers.burst(at)
            self.clerks.burst(at)
            self._answer_for(at)
            self._apply_zone(at)
            if self.world.random.random() < 0.6:
                self.world.settle()
                self.world.operator.repair()
        self.world.move_to(END)
        self.world.calm()
        self._rule()
        self.movers.settle(self.watch.goods.differences)
        self.leavers.settle(END.date())
        self.clerks.settle(END)
        self.world.calm()

    def _rule(self) -> None:
        """Where CBP released nothing of a week, a person lets its summary be the entry."""
        for entry in self.watch.money.unreleased():
            command = SummaryIsEntry("nothing of this week was released in time")
            ruling = To(ENTRY, entry, command, account=stream_parts(entry)[2], zone=ZONE)
            self.ask("duty", f"rule {entry}", lambda _service, ruling=ruling: ruling)

    def _set_up(self) -> None:
        world = self.world
        world.settle()
        applied = document()
        self.ask("admissions", "zone", lambda s: self._cases(s).apply_zone(applied, "2026-03-01"))
        world.settle()
        self.movers.begin()
        for name, day, changed in ((REVISION, "2026-01-01", {}), (REVISION_2, SECOND, RAISED)):
            content = schedule(changed)
            self.ask(
                "duty",
                name,
                lambda s, n=name, d=day, c=content: self._cases(s).import_tariff(
                    n, d, c, "extract.csv", extract=True
                ),
            )
            world.settle()
        self.clerks.begin()
        world.settle()
        self.clerks.decide()
        world.settle()
        self._open()

    @staticmethod
    def _cases(service: Service) -> Any:
        """The use cases of a service, as its API has them."""
        arm = next(iter({**service.arms.facts, **service.arms.foreign}.values()))
        return arm.__self__

    def ask(self, service: str, key: str, ask: Callable[[Service], Any]) -> None:
        """A person's command over HTTP, retried under the same key until it is answered."""

        async def call(at: Service) -> Any:
            asked = ask(at)
            if hasattr(asked, "__await__"):
                asked = await asked
            if not isinstance(asked, To):
                return asked
            return await at.command(
                asked.aggregate,
                asked.stream,
                asked.command,
                principal="person",
                idempotency_key=key,
                account=asked.account,
                zone=asked.zone,
            )

        self.world.send(Request(service, call, lambda answer: self.watch.answered(key, answer)))

    def _send(self, events: list[Event], decisions: list[Decision]) -> None:
        world = self.world
        order = list(events)
        world.random.shuffle(order)
        for event in order:
            message = Message(intake_topic(event.source), event.id, event.body, event.headers)
            world.publish([message] * event.copies)
        for decision in decisions:
            self._decide(decision.part, decision.number, decision.key)

    def _apply_zone(self, at: datetime) -> None:
        """The operator applies the zone again, changed, and once more: these facts stand on two topics."""
        if self.world.random.random() < 0.5:
            self._applied += 1
            changed = document() | {"name": f"Simulated zone {self._applied}"}
            day = at.date().isoformat()
            for turn in range(3):
                self.ask(
                    "admissions",
                    f"zone-{self._applied}-{turn}",
                    lambda service: self._cases(service).apply_zone(changed, day),
                )

    def _answer_for(self, at: datetime) -> None:
        """People report discrepancies, some too late, and give 214s up."""
        admitting = self.watch.admitting
        for place, found in sorted(admitting.found.items(), key=lambda item: item[0]):
            differs = found.counted != found.announced and place not in admitting.reported
            if differs and self.world.random.random() < 0.2:
                self._reported += 1
                signed = date.fromisoformat(found.joint_report_by) - timedelta(days=15)
                told = (
                    signed if self.world.random.random() < 0.6 else max(signed, at.date() - timedelta(days=1))
                )
                said = {"line": place[1], "form": "joint", "signed_on": signed, "told_on": told}
                said |= {"reference": f"JR-{self._reported}", "who": "person-7"}
                self.ask(
                    "admissions",
                    f"report-{self._reported}",
                    lambda s, stream=place[0], said=said: self._cases(s).reported(stream, ZONE, **said),
                )
        for account, shipment in self.plan.given_up:
            stream = stream_name("admission", account, DOCK, shipment)
            if stream in admitting.types and self.world.random.random() < 0.4:
                self._reported += 1
                self.ask(
                    "admissions",
                    f"give-up-{self._reported}",
                    lambda s, stream=stream: self._cases(s).withdrawn(stream, ZONE, "sold", "person-7"),
                )

    def _open(self) -> None:
        """The zone is taken over: some layers of the year before, and numbers that go on."""
        columns = "account,uin,quantity,unit,value,status,origin,number,admission_number,line,admitted_on"
        columns += ",measure:kg"
        rows = [
            f"{part.account},{part.uin},{5 + turn},NO,{10 * turn + 7}.50,N,{part.origin},{part.number},"
            f"999-25-{turn:06},1,2026-01-{10 + turn},{part.kilograms}"
            for turn, part in enumerate(parts()[:4])
        ]
        content = "\n".join([columns, *rows]).encode()
        as_of = date(2026, 2, 28)

        def part(service: Service) -> Any:
            found, problems = self._cases(service).openings.opening_rows(ZONE, content, as_of)
            assert not problems, problems
            header = Header("0" * 64, len(found), 1, as_of.isoformat(), "person-7", "count")
            return self._cases(service).openings.open_part(ZONE, "opening", header, 1, found)

        self.ask("admissions", "opening", part)
        series = series_stream("admissions", ZONE, "214", "26")
        go_on = To(SERIES, series, ContinueSeries(41, "person-7", "the system before"), zone=ZONE)
        self.ask("admissions", "numbers", lambda _service: go_on)
        self.world.settle()

    def _review(self) -> None:
        """Licensed people look at the reviews that are open, and decide most of them."""
        for stream in sorted(self.watch.numbers.reviews):
            if self.world.random.random() < 0.6:
                self._reviewed += 1
                _, account, uin = stream_parts(stream)
                part = part_of(account, uin)
                # lines that wait since before the second revision need a decision in the first
                revision = REVISION if self._reviewed % 3 == 0 else ""
                self._decide(part, part.number, f"review-{self._reviewed}", revision)

    def _decide(self, part: PartOf, number: str, key: str, revision: str = "") -> None:
        self.ask(
            "classification",
            key,
            lambda service: self._cases(service).decided(
                account=part.account,
                uin=part.uin,
                number=number,
                who="person-7",
                licence="12345",
                reason="as described",
                revision=revision,
            ),
        )
