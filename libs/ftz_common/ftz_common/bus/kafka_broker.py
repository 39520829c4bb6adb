"""FastStream's Kafka broker as a ledger needs it: every default that is unsafe for one is set here.

This is the only place that imports FastStream and aiokafka.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    IllegalStateError,
    KafkaError,
    TopicAlreadyExistsError,
    for_code,
)
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram512

from ftz_common.bus.port import BusUnavailable

_log = logging.getLogger("ftz.bus")

#: Our largest event is 256 kB; the rest is room for headers and for other people's records.
REQUEST_BYTES_MAX = 1_048_576


@dataclass(frozen=True, slots=True)
class Connection:
    """Where Kafka is, and how patient we are with it. Times are milliseconds."""

    servers: str  #: host:port, comma-separated
    client: str = "ftz"  #: the service's name: it stands in the broker's log
    username: str = ""
    password: str = ""
    tls: bool = False
    scram: bool = True  #: SCRAM-SHA-512; else PLAIN (only ever over TLS)
    session_ms: int = 10_000  #: a process that is silent for so long is dead
    poll_interval_ms_max: int = 300_000  #: a batch may take so long
    poll_ms: int = 200  #: a fetch waits so long for something; what comes meanwhile it takes at once
    metadata_ms: int = 10_000  #: a new source's topic is heard after so long
    request_ms: int = 40_000


class BusRefused(Exception):
    """The bus cannot be used as it is: wrong credentials, a missing topic, a wrong partition count."""


def make_broker(connection: Connection) -> KafkaBroker:
    """A broker that neither loses nor invents."""
    return KafkaBroker(
        connection.servers.split(","),
        security=_security(connection),
        client_id=connection.client,
        acks="all",  # 1 loses what only a leader that dies has seen
        enable_idempotence=True,  # a retry inside the client neither doubles nor reorders
        allow_auto_create_topics=False,  # a typo would make a topic of one partition that lives for ever
        ack_policy=AckPolicy.MANUAL,  # ACK_FIRST lets the offset go before anything is done
        max_request_size=REQUEST_BYTES_MAX,
        max_batch_size=131_072,
        linger_ms=2,  # we wait for whole batches anyway: fuller requests, and no record waits long
        metadata_max_age_ms=connection.metadata_ms,
        request_timeout_ms=connection.request_ms,
        graceful_timeout=None,  # stopping waits for the batch in hand, however long it takes
        apply_types=False,  # bytes in, bytes out: nothing is validated by annotation
        logger=_log,
        log_level=logging.DEBUG,  # one line per batch is for looking closely
    )


def make_subscriber(
    broker: KafkaBroker,
    connection: Connection,
    *,
    group: str | None,
    topics: Sequence[str],
    batch_max: int,
    listener: ConsumerRebalanceListener,
    handle: Callable[[Sequence[ConsumerRecord[bytes, bytes]]], Awaitable[None]],
) -> Any:
    """A batch subscriber of raw records; offsets are committed by whoever handles them."""
    names = [] if any(topic.endswith("*") for topic in topics) else list(topics)
    subscriber: Any = broker.subscriber(
        *names,
        pattern=None if names else pattern_of(topics),
        batch=True,
        group_id=group,
        ack_policy=AckPolicy.MANUAL,  # said again: a policy of the broker does not reach every subscriber
        auto_offset_reset="earliest",  # "latest" silently misses what came before a group's first start
        isolation_level="read_committed",  # someone else's aborted transaction is no fact
        max_records=batch_max,
        batch_timeout_ms=connection.poll_ms,
        session_timeout_ms=connection.session_ms,
        heartbeat_interval_ms=max(100, connection.session_ms // 4),
        max_poll_interval_ms=connection.poll_interval_ms_max,
        listener=listener,
        parser=_unparsed,  # the default one fails the whole batch on a header that is no UTF-8
        decoder=_undecoded,
        no_reply=True,  # a producer's reply-to header must not direct what we answer
        include_in_schema=False,  # the AsyncAPI files are made from the contract table
    )

    async def hear(records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        await handle(records)

    async def fetch(consumer: Any) -> tuple[ConsumerRecord[bytes, bytes], ...]:
        # FastStream's own sleeps as long again after a fetch that found nothing, deaf to what comes meanwhile
        found = await consumer.getmany(timeout_ms=connection.poll_ms, max_records=batch_max)
        return tuple(record for records in found.values() for record in records)

    subscriber(hear)
    subscriber.get_msg = fetch
    return subscriber


def pattern_of(topics: Iterable[str]) -> str:
    """One expression for names and prefixes (`ftz.shipments.*`)."""
    parts = [re.escape(t[:-1]) + "[^{}]+" if t.endswith("*") else re.escape(t) for t in topics]
    return f"^(?:{'|'.join(parts)})$"


async def _unparsed(records: Any) -> Any:
    return KafkaAckableMessage(
        body=b"", raw_message=records, consumer=cast(Any, None), message_id="", correlation_id=""
    )


async def _undecoded(message: Any) -> Any:
    return message.raw_message


def _security(connection: Connection) -> BaseSecurity | None:
    context = ssl.create_default_context() if connection.tls else None
    if connection.username:
        sasl = SASLScram512 if connection.scram else SASLPlaintext
        return sasl(connection.username, connection.password, ssl_context=context, use_ssl=connection.tls)
    return BaseSecurity(ssl_context=context, use_ssl=True) if connection.tls else None


def _client_options(connection: Connection) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap_servers": connection.servers,
        "client_id": connection.client,
        "request_timeout_ms": connection.request_ms,
        "metadata_max_age_ms": connection.metadata_ms,
    }
    if connection.tls:
        options["ssl_context"] = ssl.create_default_context()
    if connection.username:
        options["sasl_mechanism"] = "SCRAM-SHA-512" if connection.scram else "PLAIN"
        options["sasl_plain_username"] = connection.username
        options["sasl_plain_password"] = connection.password
    transport = "SSL" if connection.tls else "PLAINTEXT"
    options["security_protocol"] = f"SASL_{transport}" if connection.username else transport
    return options


@dataclass(frozen=True, slots=True)
class NewTopicSpec:
    """A topic to create."""

    name: str
    partitions: int
    replicas: int = 1
    configs: Mapping[str, str] | None = None


class Cluster:
    """What can be asked of the cluster itself: its topics, and how far groups are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._admin: AIOKafkaAdminClient | None = None
        self._ends: Any = None  # a consumer that reads nothing: it only asks for offsets

    async def open(self) -> None:
        """Connect; raises `BusRefused` for an address that does not answer, or wrong credentials."""
        if self._admin is not None:
            return
        options = _client_options(self._connection)
        admin = AIOKafkaAdminClient(**options)
        ends: Any = AIOKafkaConsumer(group_id=None, **options)
        try:
            await admin.start()
            await ends.start()
        except (KafkaError, OSError) as error:
            await admin.close()
            await ends.stop()
            raise BusRefused(unreachable(self._connection, error)) from error
        self._admin, self._ends = admin, ends

    async def close(self) -> None:
        """Disconnect."""
        admin, ends = self._admin, self._ends
        self._admin = self._ends = None
        if admin is not None:
            await admin.close()
        if ends is not None:
            await ends.stop()

    async def topics(self) -> dict[str, int]:
        """Every topic, with its number of partitions."""
        described: list[dict[str, Any]] = await self._asked(lambda admin: admin.describe_topics())
        return {t["topic"]: len(t["partitions"]) for t in described if not t["is_internal"]}

    async def create(self, topics: Sequence[NewTopicSpec]) -> None:
        """Create topics that do not exist; returns when the brokers know them. Raises `BusRefused`."""
        if not topics:
            return
        new = [
            NewTopic(t.name, t.partitions, t.replicas, topic_configs=dict(t.configs or {})) for t in topics
        ]
        answer = await self._asked(lambda admin: admin.create_topics(new))
        for name, code, *message in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise BusRefused(f"topic {name} could not be created: {error.__name__} {message}")
        wanted = {t.name for t in topics}
        while not wanted <= (await self.topics()).keys():  # noqa: ASYNC110 nobody tells us when brokers know
            await asyncio.sleep(0.05)

    async def configs(self, topics: Iterable[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Some settings of some topics."""
        resources = [
            ConfigResource(ConfigResourceType.TOPIC, topic, dict.fromkeys(names)) for topic in topics
        ]
        if not resources:
            return {}
        answers = await self._asked(lambda admin: admin.describe_configs(resources))
        found: dict[str, dict[str, str]] = {}
        for answer in answers:
            for _code, _message, _kind, topic, entries in answer.resources:
                found[topic] = {str(entry[0]): str(entry[1]) for entry in entries}
        return found

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """The offsets that a group has let go, by (topic, partition)."""
        found = await self._asked(lambda admin: admin.list_consumer_group_offsets(group))
        return {(p.topic, p.partition): o.offset for p, o in found.items() if o.offset >= 0}

    async def ends(self, topics: Mapping[str, int]) -> dict[tuple[str, int], int]:
        """The offset that the next record of each partition will have."""
        if self._ends is None:
            raise BusUnavailable("not connected")
        partitions = [TopicPartition(topic, n) for topic, count in topics.items() for n in range(count)]
        try:
            found: dict[Any, int] = await self._ends.end_offsets(partitions) if partitions else {}
        except (KafkaError, OSError) as error:
            raise BusUnavailable(f"Kafka: {error!r}") from error
        return {(p.topic, p.partition): offset for p, offset in found.items()}

    async def _asked(self, ask: Callable[[AIOKafkaAdminClient], Awaitable[Any]]) -> Any:
        if self._admin is None:
            raise BusUnavailable("not connected")
        try:
            return await ask(self._admin)
        except (KafkaError, OSError) as error:
            raise BusUnavailable(f"Kafka: {error!r}") from error


def unreachable(connection: Connection, error: BaseException) -> str:
    """Why we cannot start, and what to do."""
    who = f" as {connection.username}" if connection.username else ""
    # the client tells a wrong password from a closed door only in its log
    what = "FTZ_KAFKA, FTZ_KAFKA_USERNAME and FTZ_KAFKA_PASSWORD" if who else "FTZ_KAFKA"
    return f"Kafka at {connection.servers} does not take us{who} ({error!r}): check {what}, and that it runs"


__all__ = [
    "BusRefused",
    "Cluster",
    "Connection",
    "ConsumerRebalanceListener",
    "ConsumerRecord",
    "IllegalStateError",
    "KafkaError",
    "NewTopicSpec",
    "TopicPartition",
    "make_broker",
    "make_subscriber",
]
