"""What the machine writes into the register, for people: in French, or in English."""

from collections.abc import Mapping
from typing import Literal

from probe.core.incident.model import Fact, Origin, Scope
from probe.core.incident.scope import SHARED, SLOW
from probe.core.judgement.subject import C1, C2, C3

Language = Literal["fr", "en"]

_TITLES: Mapping[str, Mapping[str, str]] = {
    "fr": {
        C1: "La mire de choix des fournisseurs d'identité n'est pas affichée",
        C2: "Les données d'identité ne sont pas renvoyées",
        C3: "Tous les fournisseurs d'identité sont indisponibles",
        SHARED: "Plus de la moitié des fournisseurs d'identité dysfonctionnent à la fois",
        SLOW: "Les temps de réponse sont fortement affectés",
        Origin.IDP.value: "Fournisseur d'identité {idp} indisponible",
        Origin.INTERMITTENT.value: "Fournisseur d'identité {idp} : échecs intermittents",
        Origin.SLOW.value: "Fournisseur d'identité {idp} : temps de réponse dégradés",
    },
    "en": {
        C1: "The page on which citizens pick an identity provider is not displayed",
        C2: "Identity data are not returned",
        C3: "All identity providers are unavailable",
        SHARED: "More than half of the identity providers are failing at once",
        SLOW: "Response times are strongly affected",
        Origin.IDP.value: "Identity provider {idp} is unavailable",
        Origin.INTERMITTENT.value: "Identity provider {idp} fails now and again",
        Origin.SLOW.value: "Identity provider {idp}: degraded response times",
    },
}
_FACTS: Mapping[str, Mapping[Fact, str]] = {
    "fr": {
        Fact.BEGAN: "Début du dysfonctionnement, selon le registre",
        Fact.ENDED: "Fin du dysfonctionnement, selon le registre",
        Fact.VANISHED: "Le registre a été rectifié : il n'y a pas eu d'interruption",
        Fact.REMOVED: "N'est plus surveillé",
        Fact.RECOVERED: "Le fournisseur d'identité désactivé fonctionne de nouveau",
    },
    "en": {
        Fact.BEGAN: "Beginning of the trouble, by the ledger",
        Fact.ENDED: "End of the trouble, by the ledger",
        Fact.VANISHED: "The ledger was corrected: there was no outage",
        Fact.REMOVED: "No longer watched",
        Fact.RECOVERED: "The deactivated identity provider works again",
    },
}
_REOPENED: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "again": "Le dysfonctionnement a repris",
        "lasts": "Le dysfonctionnement dure encore",
        "apart": "Le fournisseur d'identité dysfonctionne encore, l'incident qui le couvrait est terminé",
    },
    "en": {
        "again": "The trouble is back",
        "lasts": "The trouble still lasts",
        "apart": "The identity provider still fails, and the incident that covered it is over",
    },
}


def title(scope: Scope, origin: Origin, idp: str | None, language: Language) -> str:
    """The title of an incident that the machine opens."""
    words = _TITLES[language]
    return (words[scope.subject] if scope.subject in words and idp is None else words[origin.value]).format(idp=idp)


def fact(seen: Fact, language: Language) -> str:
    """What was seen, as a sentence."""
    return _FACTS[language][seen]


def reopened(why: str, language: Language) -> str:
    """Why the machine reopens: `again`, `lasts` or `apart`."""
    return _REOPENED[language][why]
