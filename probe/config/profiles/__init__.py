"""Built-in page profiles: YAML data beside this file, written as a user's own `profiles:` would be."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from probe.config.source import parse_source

if TYPE_CHECKING:
    from probe.config.models import PageProfile

_FOLDER = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """The built-in profiles' names, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.yml")))


@cache
def built_in(name: str) -> "PageProfile":
    """The built-in profile of that name. Raises KeyError when there is none."""
    from probe.config.models import PageProfile  # here: the names are asked by what needs no models

    if name not in names():
        raise KeyError(name)
    return PageProfile.model_validate(parse_source(f"{name}.yml", (_FOLDER / f"{name}.yml").read_bytes()).data)
