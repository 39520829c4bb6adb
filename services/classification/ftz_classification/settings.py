"""Settings of the classification engine; without them a person classifies with what is remembered.

The language model stays off until an address and a name are given.
"""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class EngineSettings(BaseSettings):
    """Where the engine finds what `ftz classify data` prepared."""

    model_config = SettingsConfigDict(env_prefix="FTZ_", frozen=True, extra="ignore")

    classify_dir: Path | None = Field(
        None, description="Folder that `ftz classify data` prepared; unset: nothing is proposed"
    )
    data: Path | None = Field(None, description="Folder of tariff terms and training files")
    classify_vectors: bool = Field(True, description="Use sentence vectors where their weights are installed")

    llm_url: str = Field(
        "",
        description="OpenAI-compatible endpoint that may reorder candidates (.../v1); empty: none",
    )
    llm_model: str = Field("", description="Language model to ask for by name")
    llm_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint, if it wants one")
    llm_seconds: float = Field(20, gt=0, description="Longest wait for a whole answer")
    llm_budget: int = Field(
        100_000, ge=0, description="Tokens that may be spent in all, as FTZ_CLASSIFY_DIR records them"
    )
