"""Turns the goals of a configuration into those of the figure, from the raw data or the models.

`vigie availability` reads them without pydantic, so nothing here imports it.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from probe.config.percentages import HUNDRED_PERCENT, parse_percent
from probe.core.judgement.subject import journey_of
from probe.core.sla.goal import CONTRACT, Goal, Goals


def goals(settings: Any) -> Goals:
    """Return the goals of a hub or an IdP.

    `settings`: its `goal:`, a mapping as in the file or a model; None means the contract's.
    A percentage is one that `probe.config.percentages.parse_percent` takes.
    """
    common = _goal(settings, CONTRACT)
    return Goals(_goal(_get(settings, "rolling"), common), _goal(_get(settings, "year"), common))


def other_goals(hubs: Iterable[Any]) -> dict[tuple[str, str], Goals]:
    """Return the goals that are not the contract's, by (hub, "") and (hub, an IdP's subject).

    `hubs`: those of the configuration, as in the file or as models.
    """
    return {subject: own for subject, own in _by_subject(hubs) if own != Goals()}


def _by_subject(hubs: Iterable[Any]) -> Iterator[tuple[tuple[str, str], Goals]]:
    for hub in hubs:
        name = _get(hub, "name")
        yield (name, ""), goals(_get(hub, "goal"))
        yield from (((name, journey_of(_get(idp, "name"))), goals(_get(idp, "goal"))) for idp in _get(hub, "idps"))


def _goal(settings: Any, above: Goal) -> Goal:
    given = ((name, _get(settings, name)) for name in Goal._fields)
    return above._replace(**{name: Fraction(parse_percent(value), HUNDRED_PERCENT) for name, value in given if value is not None})


def _get(settings: Any, name: str) -> Any:
    return settings.get(name) if isinstance(settings, Mapping) else getattr(settings, name, None)
