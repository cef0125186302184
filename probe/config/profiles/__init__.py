"""Built-in page profiles: YAML data beside this file, written as a user's own `profiles:` would be."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from probe.config.source import parse_source

if TYPE_CHECKING:
    from probe.config.models import PageProfile


@cache
def names() -> tuple[str, ...]:
    """The built-in profiles' names, sorted."""
    return tuple(sorted(file.name.removesuffix(".yml") for file in resources.files(__name__).iterdir() if file.name.endswith(".yml")))


@cache
def built_in(name: str) -> "PageProfile":
    """The built-in profile of that name. Raises KeyError when there is none."""
    from probe.config.models import PageProfile  # here: the names are asked by what needs no models

    if name not in names():
        raise KeyError(name)
    content = resources.files(__name__).joinpath(f"{name}.yml").read_bytes()
    return PageProfile.model_validate(parse_source(f"{name}.yml", content).data)
