"""Kafka as a bus: the contract on one process and on several."""

from collections.abc import AsyncIterator

import pytest
from tests.integration.kafka_process import KafkaSpace

from ftz_common.bus.kafka_broker import Connection
from ftz_common.testing.bus_suite import BusSuite, ReplicaSuite


@pytest.fixture
async def broker(connection: Connection, unique: str) -> AsyncIterator[KafkaSpace]:
    space = KafkaSpace(connection, unique)
    yield space
    await space.close()


class TestKafkaBus(BusSuite, ReplicaSuite):
    @pytest.fixture
    def broker(self, broker: KafkaSpace) -> KafkaSpace:
        return broker
