"""Composition: the admissions service on the ports of its world."""

from typing import Any

from ftz_admissions.api import router
from ftz_admissions.handlers import arms
from ftz_admissions.senders.filing import FolderSender
from ftz_admissions.senders.folder import Came, Folder
from ftz_admissions.usecases import ADMISSION, AGGREGATES, DAILY, UseCases
from ftz_admissions.views import AdmissionRows
from ftz_common.contracts import table
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings


class Admissions(Service):
    """The service, and where 214s are files, the sender that puts them there and reads the answers."""

    sender: FolderSender | None = None

    def subscribe(self) -> None:
        """See `Service`."""
        super().subscribe()
        if self.sender is not None:
            consumer = self._consumer(f"{self.name}.filing", self.sender.read, self.sender.do)
            self._subscribe(consumer, (table.home(self.name),))

    async def tick(self) -> int:
        """See `Service`."""
        done = await super().tick()
        return done + await self.sender.collect() if self.sender is not None else done

    async def status(self) -> dict[str, Any]:
        """See `Service`."""
        status = await super().status()
        if self.sender is not None:
            status["filing"] = {"to": str(self.sender.folder.root), "sent": self.sender.sent}
        return status


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    reference = Reference()
    as_file = settings.filing == "folder"
    cases = UseCases(reference, ports.clock, as_file=as_file)
    service = Admissions(
        "admissions",
        ports,
        AGGREGATES,
        arms(cases),
        reference,
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    service.projection = AdmissionRows(service.journal, ADMISSION)
    if as_file:
        service.sender = _sender(service, cases, settings)
    service.routes = lambda: router(service, cases)
    return service


def _sender(service: Service, cases: UseCases, settings: Settings) -> FolderSender:
    async def take(came: Came) -> None:
        answer, sent = came.answer, came.sent
        assert answer is not None  # noqa: S101 `collect` refuses what is none
        assert sent is not None  # noqa: S101 as above
        said = FilingAnswered(
            to=sent.reply_to,
            kind="214",
            control=answer.control,
            attempt=answer.attempt,
            accepted=answer.accepted,
            codes=answer.codes,
            reasons=answer.reasons,
        )
        asked = cases.answered_by_file(said, sent.zone)
        await service.command(
            asked.aggregate,
            asked.stream,
            asked.command,
            principal="filing-folder",
            idempotency_key=f"{answer.control}/{answer.attempt}/{came.digest}",
            body_digest=came.digest,
            account=asked.account,
            zone=asked.zone,
        )

    filers = {filer.kind: filer for filer in (ADMISSION, DAILY)}
    return FolderSender(service.journal, filers, Folder(settings.filing_folder), take)
