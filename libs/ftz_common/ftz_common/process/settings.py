"""What a process of the production world can be told besides what every process can."""

from typing import Literal

from pydantic import Field, SecretStr

from ftz_common.bus.kafka_broker import Connection
from ftz_common.settings import Settings


class ProcessSettings(Settings):
    """Kafka, MongoDB, and the clock."""

    kafka: str = Field(default="127.0.0.1:9092", description="Kafka: host:port, comma-separated")
    kafka_username: str = Field(default="", description="User at Kafka (SCRAM-SHA-512); empty: none")
    kafka_password: SecretStr = Field(default=SecretStr(""), description="Password at Kafka")
    kafka_tls: bool = Field(default=False, description="Speak TLS with Kafka")
    kafka_session_ms: int = Field(default=10_000, ge=500, description="Silent for so long, a process is dead")
    kafka_poll_ms: int = Field(
        default=200, ge=1, le=10_000, description="A fetch waits so long for something to come"
    )
    kafka_poll_interval_ms_max: int = Field(default=300_000, ge=1000, description="A batch may take so long")
    kafka_metadata_ms: int = Field(default=10_000, ge=100, description="New topics are heard after so long")
    kafka_request_ms: int = Field(default=40_000, ge=1000, description="What one request to Kafka may take")
    partitions: int = Field(default=6, ge=1, le=1000, description="Partitions of each topic: fixed for life")
    replicas: int = Field(default=1, ge=1, le=9, description="Replicas of each topic (`ftz topics apply`)")
    mongo: SecretStr = Field(default=SecretStr("mongodb://127.0.0.1:27017"), description="Address of MongoDB")
    mongo_prefix: str = Field(
        default="ftz", pattern=r"^[a-z0-9_]{1,30}$", description="Databases: <prefix>_<service>"
    )
    mongo_driver: Literal["motor", "pymongo"] = Field(default="motor", description="Which driver is used")
    clock: Literal["real", "played"] = Field(
        default="real", description="played: time is moved by ftz.clock.v1"
    )

    def connection(self, client: str) -> Connection:
        """How a process reaches Kafka."""
        return Connection(
            servers=self.kafka,
            client=client,
            username=self.kafka_username,
            password=self.kafka_password.get_secret_value(),
            tls=self.kafka_tls,
            session_ms=self.kafka_session_ms,
            poll_interval_ms_max=self.kafka_poll_interval_ms_max,
            poll_ms=self.kafka_poll_ms,
            metadata_ms=self.kafka_metadata_ms,
            request_ms=self.kafka_request_ms,
        )
