"""Settings of the classification engine; without them a person classifies with what is remembered."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class EngineSettings(BaseSettings):
    """Where the engine finds what `ftz classify data` prepared."""

    model_config = SettingsConfigDict(env_prefix="FTZ_", frozen=True, extra="ignore")

    classify_dir: Path | None = Field(
        None, description="Folder that `ftz classify data` prepared; unset: nothing is proposed"
    )
    data: Path | None = Field(None, description="Folder of tariff terms and training files")
    classify_vectors: bool = Field(True, description="Use sentence vectors where their weights are installed")

    @classmethod
    def from_environment(cls) -> "EngineSettings":
        """What the environment says."""
        return cls.model_validate({})
