"""Built-in page profiles: YAML files beside this one, written like a user's own `profiles:`."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from probe.config.source import parse_source

if TYPE_CHECKING:
    from probe.config.models import CodeTable, PageProfile
    from probe.core.judgement.hub_codes import HubCodes

_FOLDER = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """Return the names of the built-in profiles, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.yml")))


@cache
def built_in(name: str) -> "PageProfile":
    """Return the built-in profile of that name. Raises KeyError when there is none."""
    from probe.config.models import PageProfile  # here, as callers of `names` need no models

    if name not in names():
        raise KeyError(name)
    return PageProfile.model_validate(parse_source(f"{name}.yml", (_FOLDER / f"{name}.yml").read_bytes()).data)


@cache
def built_in_codes(table: "CodeTable") -> "HubCodes":
    """Return what the error codes of a built-in table mean (`codes/` beside this file)."""
    from pydantic import TypeAdapter

    from probe.config.models import CodeClasses
    from probe.core.judgement.hub_codes import HubCodes

    name = f"codes/{table.value}.yml"
    return HubCodes(TypeAdapter(CodeClasses).validate_python(parse_source(name, (_FOLDER / name).read_bytes()).data))
