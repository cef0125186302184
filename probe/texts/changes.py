"""The words for changes of a hub's outward form, and whether they were announced."""

from collections.abc import Callable

from probe.core.judgement.sighting import Aspect
from probe.core.radar.change import ChangeKind, Difference, SeenChange
from probe.core.radar.notice import Notice
from probe.core.times import HOUR_US
from probe.texts.bilingual import Text, Vocabulary

ASPECTS = Vocabulary(
    {
        Aspect.METADATA: Text("métadonnées du hub", "the hub's metadata"),
        Aspect.KEYS: Text("clés de signature du hub", "the hub's signing keys"),
        Aspect.CHAIN: Text("certificats du hub", "the hub's certificates"),
        Aspect.IDP_CHAIN: Text("certificats d'un fournisseur d'identité", "an identity provider's certificates"),
        Aspect.TILES: Text("tuiles de la mire", "the mire's tiles"),
        Aspect.MIRE: Text("structure de la mire", "the structure of the mire"),
        Aspect.CONSENT: Text("structure de la page de consentement", "the structure of the consent page"),
    }
)

CHANGE_KINDS = Vocabulary(
    {
        ChangeKind.METADATA: Text("métadonnées modifiées", "metadata changed"),
        ChangeKind.KEY_ADDED: Text("clé de signature ajoutée", "signing key added"),
        ChangeKind.KEY_REMOVED: Text("clé de signature retirée", "signing key removed"),
        ChangeKind.KEY_SWAPPED: Text("clé de signature remplacée sans recouvrement", "signing key replaced without overlap"),
        ChangeKind.KEY_SORT: Text("clé de signature d'un autre type", "signing key of another type"),
        ChangeKind.CERTIFICATE_RENEWED: Text("certificat renouvelé", "certificate renewed"),
        ChangeKind.CERTIFICATE_ISSUER: Text("certificat d'une autre autorité", "certificate of another authority"),
        ChangeKind.CERTIFICATE_KEY: Text("certificat d'un autre type de clé", "certificate with another type of key"),
        ChangeKind.CERTIFICATE_CHAIN: Text("certificats intermédiaires modifiés", "intermediate certificates changed"),
        ChangeKind.TILE_ADDED: Text("tuile ajoutée", "tile added"),
        ChangeKind.TILE_RETURNED: Text("tuile de retour", "tile back again"),
        ChangeKind.TILE_REMOVED: Text("tuile retirée", "tile removed"),
        ChangeKind.TILE_RENAMED: Text("tuile renommée", "tile renamed"),
        ChangeKind.PAGE_FORM: Text("formulaire d'une page modifié", "form of a page changed"),
        ChangeKind.PAGE_STRUCTURE: Text("structure d'une page modifiée", "structure of a page changed"),
    }
)

NOTICES = Vocabulary(
    {
        Notice.NOT_NEEDED: Text("annonce non requise", "no announcement needed"),
        Notice.NOBODY: Text("annoncé par personne", "announced by nobody"),
        Notice.LATE: Text("annoncé trop tard", "announced too late"),
        Notice.IN_TIME: Text("annoncé à temps", "announced in time"),
    }
)

RECORDED_AFTER = Text("enregistré après coup le {recorded}", "recorded after the fact on {recorded}")
"""When an announcement was recorded that was recorded only after its change had been seen."""

Instants = Callable[[int], str]
"""Writes an instant (UTC microseconds) for people."""

_ANNOUNCED = Text(
    "annoncé le {announced} (n° {number}), prévu le {planned} ; préavis de {days} jours, six mois demandés",
    "announced on {announced} (no. {number}), planned for {planned}; notice of {days} days, six months asked",
)
_SAME = Text("annoncé le {announced} (n° {number}), prévu le {planned}", "announced on {announced} (no. {number}), planned for {planned}")
_BACK = Text("l'ancien état est revenu le {back}", "the old state came back on {back}")
_ALTERNATES = Text("les deux états alternent depuis le {again}", "both states have alternated since {again}")
_LAST = Text("ancien état vu pour la dernière fois le {last}", "old state seen last on {last}")
_OVERLAP = Text("recouvrement de {hours} heures avec la clé suivante", "{hours} hours of overlap with the next key")


def announcement(*, needed: bool, **values: object) -> Text:
    """Return the sentence about an announcement: its number, its instants and its notice in days.

    `needed`: six months are asked.
    """
    return (_ANNOUNCED if needed else _SAME).format(**values)


def course(change: SeenChange, instant: Instants) -> list[Text]:
    """Return the sentences about when the old form was seen, and whether it came back."""
    told = [_LAST.format(last=instant(change.last_us))]
    if change.overlap_us is not None:
        told.append(_OVERLAP.format(hours=change.overlap_us // HOUR_US))
    if change.again_us is not None:
        told.append(_ALTERNATES.format(again=instant(change.again_us)))
    elif change.back_us is not None:
        told.append(_BACK.format(back=instant(change.back_us)))
    return told


def difference(one: Difference) -> str:
    """Return one difference as `+ name value`, `- name value` or `name: before → after`."""
    if one.before is None:
        return f"+ {one.trait} {one.after}".rstrip()
    if one.after is None:
        return f"- {one.trait} {one.before}".rstrip()
    return f"{one.trait}: {one.before} → {one.after}"
