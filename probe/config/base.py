"""The base of every configuration model: the value types, and the reference to a secret.

Durations are written `30s`, `1.5m`, `500ms`, `2h` and become integer microseconds.
`probe.config.formats` has the syntax of each value.
"""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, model_validator

from probe.config import formats, percentages
from probe.config.authorities import SYSTEM

INLINE = "\0inline"
NAMED = "\0named"
"""Tags of the two ways to give a recipe or a profile.

They appear in the locations of pydantic's errors, and no key can be equal to them.
"""


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """Resolve a relative path from the folder of the configuration file.

    The loader gives the folder as pydantic's context.
    """
    if not path.parts:
        raise ValueError("is empty")
    folder = (info.context or {}).get("folder")
    return path if folder is None else Path(folder) / path


def _beside_the_ledger(path: Path, info: ValidationInfo) -> Path:
    """Resolve a relative path of a file that Vigie writes, from the folder of its ledger.

    The loader gives that folder as `state` in pydantic's context. A file that an older Vigie made
    beside the configuration stays where it is.
    """
    beside_the_file, state = _beside_the_file(path, info), (info.context or {}).get("state")
    if state is None or (os.path.exists(beside_the_file) and not os.path.exists(Path(state) / path)):
        return beside_the_file
    return Path(state) / path


def _trusted(path: Path, info: ValidationInfo) -> Path:
    return path if path == SYSTEM else _beside_the_file(path, info)


def _read_path(value: Any) -> Any:
    return formats.check_no_home(value) if isinstance(value, str) else value


def _stored_where(place: Path | str, info: ValidationInfo) -> Path | str:
    return _beside_the_file(place, info) if isinstance(place, Path) else place


def _read_store(value: Any) -> Any:
    return value if isinstance(value, Path) else formats.check_store(value)


def how_given(value: Any) -> str:
    """Return the tag of a recipe or a profile: INLINE for a mapping, NAMED for a name."""
    return INLINE if isinstance(value, (BaseModel, Mapping)) else NAMED


Duration = Annotated[
    int,
    BeforeValidator(formats.parse_duration),
    WithJsonSchema({"type": "string", "pattern": formats.DURATION_PATTERN, "description": "a duration: 500ms, 30s, 5m, 2h, 90d"}),
]
_PERCENT = WithJsonSchema({"type": "string", "pattern": percentages.PERCENT_PATTERN, "description": "a percentage: 99.9% or 99.9"})
Percent = Annotated[int, BeforeValidator(percentages.parse_percent), _PERCENT]
"""Millionths of a percent: 1 % is 1_000_000."""
GoalPercent = Annotated[int, BeforeValidator(percentages.parse_goal), _PERCENT]
Date = Annotated[date, BeforeValidator(formats.parse_date)]
Name = Annotated[str, Field(pattern=formats.NAME_PATTERN)]
Text = Annotated[str, AfterValidator(formats.check_text)]
FilePath = Annotated[Path, BeforeValidator(_read_path), AfterValidator(_beside_the_file)]
StatePath = Annotated[Path, BeforeValidator(_read_path), AfterValidator(_beside_the_ledger)]
"""A file that Vigie writes, beside the ledger that this prober writes."""
CaFile = Annotated[
    Path,
    BeforeValidator(_read_path),
    AfterValidator(_trusted),
    WithJsonSchema({"type": "string", "description": "a file of PEM certificates; `system`: those that the system trusts"}),
]
"""Whom to trust (`probe.config.authorities`)."""
Store = Annotated[
    Path | str,
    BeforeValidator(_read_store),
    AfterValidator(_stored_where),
    WithJsonSchema({"type": "string", "description": "a path, or postgresql://USER@HOST:PORT/DATABASE without a password"}),
]
Url = Annotated[str, AfterValidator(formats.check_url)]
Issuer = Annotated[str, AfterValidator(formats.check_issuer)]
Proxy = Annotated[str, AfterValidator(formats.check_origin)]
UrlPath = Annotated[str, AfterValidator(formats.check_path)]
HostPort = Annotated[str, AfterValidator(formats.check_host)]
IpMaybePort = Annotated[str, AfterValidator(formats.check_ip)]
IpPort = Annotated[str, AfterValidator(formats.check_ip_port)]
Listen = Annotated[str, AfterValidator(formats.check_listen)]
Selector = Annotated[str, AfterValidator(formats.check_selector)]
Pattern = Annotated[str, AfterValidator(formats.check_pattern)]
HeaderValue = Annotated[str, AfterValidator(formats.check_header)]
HeaderName = Annotated[str, AfterValidator(formats.check_header_name)]
Template = Annotated[str, AfterValidator(formats.check_template)]
CookieName = Annotated[str, AfterValidator(formats.check_cookie)]
Scope = Annotated[str, AfterValidator(formats.check_scope)]
UidSource = Annotated[str, AfterValidator(formats.check_uid_source), Field(json_schema_extra={"pattern": formats.UID_PATTERN})]
Status = Annotated[int, Field(ge=100, le=599)]


class Model(BaseModel):
    """The base of the models: frozen, without unknown keys, and with errors that hide the input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SecretRef(Model):
    """The place of a secret: a file or an environment variable, exactly one of them.

    The secret itself is never in the configuration. Two references to one place are equal.
    """

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["file"]}, {"required": ["env"]}]})

    file: FilePath | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "SecretRef":
        if (self.file is None) == (self.env is None):
            raise ValueError("needs exactly one of file: and env:")
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretRef) and (self.file, self.env) == (other.file, other.env)

    def __hash__(self) -> int:
        return hash((self.file, self.env))


class DatedSecretRef(SecretRef):
    """The place of a secret, and the day from whose midnight on it is worth nothing any more."""

    expires: Date | None = None
