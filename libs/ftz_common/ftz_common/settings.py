"""Settings: typed, frozen, from the environment (prefix FTZ_); `ftz settings` documents every one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

S = TypeVar("S", bound=BaseSettings)


class Settings(BaseSettings):
    """What every process can be told."""

    model_config = SettingsConfigDict(env_prefix="FTZ_", frozen=True, extra="ignore")

    var: Path = Field(
        default=Path("var"), description="Folder of the embedded database; one process at a time"
    )
    host: str = Field(
        default="127.0.0.1", description="Address the HTTP API listens on; loopback unless you change it"
    )
    port: int = Field(default=8214, ge=0, le=65535, description="Port of the HTTP API; 0 takes a free one")
    log_level: str = Field(
        default="warning", description="debug, info, warning or error: JSON lines on stderr"
    )
    fuse_failures_max: int = Field(
        default=20, ge=1, description="Failures in a row after which a consumer stops"
    )
    batch_max: int = Field(default=250, ge=1, le=10_000, description="Records that a consumer takes at once")
    states_mb_max: int = Field(
        default=512,
        ge=1,
        description="Memory that the states at hand may take, in MB; what is not used is read again later",
    )
    filing: Literal["sandbox", "folder"] = Field(
        default="sandbox",
        description="Who takes 214s: the simulated CBP, or a folder that the broker's ABI software reads",
    )
    filing_folder: Path = Field(
        default=Path("var/filing"), description="That folder; one file system, made when it is first needed"
    )


class SettingsRefused(Exception):
    """A variable of the environment says something that it cannot say."""


def told(settings: type[S]) -> S:
    """What the environment says; raises `SettingsRefused` naming each wrong variable and what it is for."""
    try:
        return settings()
    except SettingsError as error:  # a variable that should be JSON
        raise SettingsRefused(f"{error}; `ftz settings` lists every variable") from error
    except ValidationError as error:
        wrong = "; ".join(_wrong(settings, details) for details in error.errors(include_url=False))
        raise SettingsRefused(f"{wrong}; `ftz settings` lists every variable") from None


def _wrong(settings: type[BaseSettings], details: Any) -> str:
    name, *within = map(str, details["loc"])
    name = name.lower().removeprefix(settings.model_config.get("env_prefix", "").lower())
    field = settings.model_fields.get(name)
    variable = f"{settings.model_config.get('env_prefix', '')}{name}".upper()
    secret = field is not None and field.annotation is SecretStr
    said = "" if secret else f" is {details['input']!r}"
    place = f" ({'.'.join(within)})" if within else ""
    meant = f" ({field.description})" if field is not None and field.description else ""
    return f"{variable}{place}{said}: {details['msg']}{meant}"


class Documented(NamedTuple):
    """One variable as `ftz settings` prints it."""

    variable: str
    default: str
    description: str


def documented(settings: type[BaseSettings]) -> Iterator[Documented]:
    """Every variable of a settings class, in order."""
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        default: Any = field.default
        yield Documented(f"{prefix}{name}".upper(), str(default), field.description or "")
