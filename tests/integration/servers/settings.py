"""Where tests find their servers: FTZ_TEST_KAFKA, FTZ_TEST_MONGO, FTZ_TEST_SERVERS, CI."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServerSettings(BaseSettings):
    """All optional: without them Docker is tried, then Java and Maven."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    kafka: str = Field("", validation_alias="FTZ_TEST_KAFKA", description="host:port of a Kafka broker")
    mongo: str = Field("", validation_alias="FTZ_TEST_MONGO", description="mongodb:// address")
    cache: Path = Field(
        Path.home() / ".cache" / "ftz" / "servers",
        validation_alias="FTZ_TEST_SERVERS",
        description="Where the jars of locally spawned servers are kept",
    )
    ci: bool = Field(False, validation_alias="CI", description="A missing server is then a failure")
