"""The scenarios of the demo's federation: data only.

A scenario is a list of scenes. A scene lasts a number of seconds, with its faults in force; names
and parties are the simulator's. The times are those of a demo of `LENGTH_SECONDS`; a shorter one
plays them faster.
"""

from dataclasses import dataclass
from typing import Any

LENGTH_SECONDS = 58.0


@dataclass(frozen=True, slots=True)
class Scene:
    seconds: float
    french: str
    english: str
    faults: tuple[tuple[str, str, dict[str, Any]], ...] = ()  # (party, fault, options)


_WELL = ("Tout fonctionne", "All is well")
_IDPS = ("impot_gouv", "ameli", "la_poste", "msa", "yris", "france_identite", "trustme")
_ONE_IDP = Scene(9, "Ameli.fr tombe en panne", "Ameli.fr breaks down", (("ameli", "front_error", {}),))
_ALL_IDPS = Scene(
    9, "Tous les fournisseurs d'identité tombent", "Every identity provider goes down", tuple((idp, "down", {}) for idp in _IDPS)
)
_MIRE = Scene(
    9, "La mire disparaît : le hub répond 503", "The mire is gone: the hub answers 503", (("hub", "edge_error", {"status": 503}),)
)
_REGISTRY = Scene(
    9, "Le répertoire d'état civil ne répond plus : connexion réussie, identité perdue",
    "The civil registry is gone: the login succeeds, the identity is lost", (("registry", "bad_xml", {}),),
)  # fmt: skip


def _well(seconds: float) -> Scene:
    return Scene(seconds, *_WELL)


SCENARIOS: dict[str, list[Scene]] = {
    "story": [_well(5), _ONE_IDP, _well(4), _ALL_IDPS, _well(4), _MIRE, _well(4), _REGISTRY, _well(5)],
    "healthy": [_well(58)],
    "idp": [_well(10), Scene(28, _ONE_IDP.french, _ONE_IDP.english, _ONE_IDP.faults), _well(20)],
    "all-idps": [_well(10), Scene(28, _ALL_IDPS.french, _ALL_IDPS.english, _ALL_IDPS.faults), _well(20)],
    "mire": [_well(10), Scene(28, _MIRE.french, _MIRE.english, _MIRE.faults), _well(20)],
    "identity": [_well(10), Scene(28, _REGISTRY.french, _REGISTRY.english, _REGISTRY.faults), _well(20)],
    "egress": [
        _well(10),
        Scene(
            28,
            "Le hub ne joint plus aucun fournisseur d'identité",
            "The hub reaches no identity provider any more",
            (("hub", "egress_down", {}),),
        ),
        _well(20),
    ],
    "suspicious": [
        _well(10),
        Scene(
            28,
            "Le hub se méfie de la sonde : toutes les tuiles sont grisées",
            "The hub suspects the probe: every tile is greyed",
            (("hub", "suspicious", {}),),
        ),
        _well(20),
    ],
}
