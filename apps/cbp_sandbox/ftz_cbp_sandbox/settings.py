"""How the simulated CBP is set up: variables FTZ_CBP_..., or a scenario's `cbp` section."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PortCode = Annotated[str, Field(pattern=r"^[0-9]{4}$")]


class MatchSettings(BaseModel):
    """Which filings: every field that is given must agree; `control` is the start of the number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["214", "3461", "7501"] | None = None
    control: str = ""
    bill: str = ""
    attempt: int | None = Field(default=None, ge=1)


class BehaviourSettings(BaseModel):
    """What happens to the filings that match; the first that matches counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: MatchSettings
    do: Literal["late", "twice", "never", "reject"]
    hours: int = Field(default=0, ge=0, description="Until the answer, or between two of them")
    code: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "BehaviourSettings":
        if self.do == "late" and not self.hours:
            raise ValueError("`do: late` needs `hours`")
        if self.code and self.do != "reject":
            raise ValueError("`code` goes with `do: reject`")
        return self


class SandboxSettings(BaseSettings):
    """The simulated CBP; by default it answers at once, by its rules."""

    model_config = SettingsConfigDict(env_prefix="FTZ_CBP_", frozen=True, extra="ignore")

    answer_hours: int = Field(
        default=0, ge=0, description="Hours that a prompt answer of the simulated CBP takes"
    )
    ports: list[PortCode] = Field(
        default=[], description="Ports the simulated CBP knows; empty: any four digits"
    )
    rules: Literal["basic", "e214", "catair"] = Field(
        default="basic",
        description="What filings are held against: what each must say; for a 214 also every field of the"
        " e214; or for all of them every field of their CATAIR records",
    )
    bonds: list[str] = Field(
        default=[],
        description="Operators' importer of record numbers with an active bond of type 4; empty: not checked",
    )
    behaviours: list[BehaviourSettings] = Field(
        default=[],
        description="Filings it rejects, answers late, twice or never: JSON list of {match, do, hours, code}",
    )
