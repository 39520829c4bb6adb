"""The sender of 214s: a consumer that puts what is to be filed into the folder, and reads answers there.

The intent is journaled before anything leaves. A filing goes out once per (control, attempt), and only while
its admission waits for that attempt's answer: filings that were answered before the folder was chosen stay.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from ftz_admissions.domain.admission_state import Admission
from ftz_admissions.domain.daily import Daily
from ftz_admissions.senders.folder import Came, Folder, Sent
from ftz_common.bus.port import Delivery
from ftz_common.contracts import envelope as envelopes
from ftz_common.contracts import table
from ftz_common.contracts.catair.admission import e214_of
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.filing import FilingRequested
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.consumer import Failed
from ftz_common.flow.journal import Journal
from ftz_common.store.port import StoreUnavailable
from ftz_common.values.names import stream_parts

_log = logging.getLogger(__name__)

FILED = table.BY_FACT["admissions", FilingRequested].type
_DECODER = table.decoder(FILED)

Job = tuple[FilingRequested, Envelope]
Take = Callable[[Came], Awaitable[object]]


@dataclass
class FolderSender:
    """The consumer, and the reader of answers. `take`: journals an answer, idempotently by its content."""

    journal: Journal
    filers: Mapping[str, Aggregate]  #: by kind of stream
    folder: Folder
    take: Take
    sent: int = 0

    def read(self, delivery: Delivery) -> Job | None:
        """Filings of 214s."""
        fact_type = delivery.headers.get("ce_type") or envelopes.decode(delivery.value).type
        if fact_type != FILED:
            return None
        envelope = envelopes.decode(delivery.value)
        return _DECODER.decode(envelope.data), envelope

    async def do(self, jobs: list[tuple[Delivery, Job]]) -> None:
        """Send what waits. A folder that cannot be written to is tried again; raises `Failed` else."""
        for index, (_, (filing, envelope)) in enumerate(jobs):
            filer = self.filers[stream_parts(filing.reply_to)[0]]
            _, state = await self.journal.state(filer, filing.reply_to)
            if not _waits(state, filing):
                continue
            try:
                self.sent += await asyncio.to_thread(self._send, filing, envelope)
            except OSError as error:
                raise StoreUnavailable(f"the filing folder {self.folder.root}: {error}") from error
            except Exception as error:
                raise Failed(index, error) from error

    def _send(self, filing: FilingRequested, envelope: Envelope) -> bool:
        made = e214_of(filing)
        if made.problems:
            # Filed before the folder was chosen, else it would be held. The clock of the answer runs.
            _log.error(
                "attempt %d of 214 %s is not sent: %s; announce the shipment again once CBP is overdue",
                filing.attempt,
                filing.control,
                made.problems[0],
            )
            return False
        sent = Sent(
            control=filing.control,
            attempt=filing.attempt,
            sha256=sha256(made.text.encode()).hexdigest(),
            reply_to=filing.reply_to,
            zone=envelope.zone,
        )
        return self.folder.send(sent, made.text)

    async def collect(self) -> int:
        """Take the answers that came; returns how many. One that cannot be taken is moved aside."""
        try:
            came = await asyncio.to_thread(self.folder.answers)
            for each in came:
                if each.problem:
                    _log.error("answer %s is refused: %s", each.path.name, each.problem)
                    await asyncio.to_thread(self.folder.refuse, each)
                else:
                    await self.take(each)
                    await asyncio.to_thread(self.folder.taken, each)
        except OSError as error:
            _log.warning("the filing folder %s cannot be read: %s", self.folder.root, error)
            return 0
        return len(came)


def _waits(state: Admission | Daily, filing: FilingRequested) -> bool:
    return (state.phase, state.number, state.attempt) == ("filed", filing.control, filing.attempt)
