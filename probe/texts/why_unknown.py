"""Says why nobody can tell the state of a subject, and on what an outage goes on."""

from probe.core.judgement.corroboration import NeverPassed
from probe.core.judgement.own_trouble import OwnTrouble
from probe.core.judgement.past import ChangedSetting
from probe.core.judgement.subject import NUMBERS
from probe.core.judgement.why_unknown import Explanation, WhyUnknown
from probe.core.plain_text import visible
from probe.texts import details
from probe.texts import judgement as labels
from probe.texts.bilingual import Text, Texts, Vocabulary
from probe.texts.subjects import Titles, subject_title

WHY = Vocabulary(
    {
        WhyUnknown.NEVER_PASSED: Text("jamais réussi avec ces réglages", "never passed yet with these settings"),
        WhyUnknown.INCONCLUSIVE: Text("parcours non concluants", "inconclusive journeys"),
        WhyUnknown.SUSPENDED: Text(
            "compte de test suspendu : sa connexion a été refusée plusieurs fois",
            "test account suspended: its login was refused several times",
        ),
        WhyUnknown.FEW_VANTAGES: Text("trop peu de points de vue répondent", "too few vantages report"),
        WhyUnknown.NOT_YET: Text("pas encore observé", "not observed yet"),
        WhyUnknown.STALE: Text("plus observé depuis le {latest}", "not observed since {latest}"),
        WhyUnknown.MASKED: Text("masqué par C1", "hidden by C1"),
        WhyUnknown.NOT_OFFERED: Text("la mire ne le propose pas", "the mire does not offer it"),
        WhyUnknown.HUB_AT_FAULT: Text("les connexions échouent, par la faute du hub", "logins fail, by the hub's fault"),
        WhyUnknown.COMPARED: Text(
            "l'échec est en cours de comparaison avec les autres fournisseurs d'identité",
            "the failure is being compared with the other identity providers",
        ),
        WhyUnknown.UNWATCHED: Text("tuile que personne ne surveille : {names}", "a tile that nobody watches: {names}"),
        WhyUnknown.NO_LOGIN: Text(
            "aucune connexion n'aboutit : aucune identité à rendre", "no login succeeds: there is no identity to return"
        ),
        WhyUnknown.NO_IDENTITY: Text(
            "aucun fournisseur d'identité n'est suivi jusqu'à l'identité", "no identity provider is watched as far as the identity"
        ),
        WhyUnknown.OTHER: Text("aucun fournisseur d'identité n'est suivi sur la mire", "no identity provider on the mire is watched"),
    }
)
_OF_SEVERAL = {
    WhyUnknown.SUSPENDED: Text(
        "comptes de test suspendus : leurs connexions ont été refusées plusieurs fois",
        "test accounts suspended: their logins were refused several times",
    ),
    WhyUnknown.NOT_OFFERED: Text("la mire ne les propose pas", "the mire does not offer them"),
}
_SEVERAL = Text("{count} fournisseurs d'identité", "{count} identity providers")
_DEACTIVATED = Text("désactivé depuis le {since}", "deactivated since {since}")
_COLON = Text(" : ", ": ")
_UNPROVEN = Text(
    "notre réglage a changé ({part}), premier parcours le {since}, et n'a jamais réussi depuis : "
    "l'échec peut venir de nous. Vérifier {keys} ; `vigie correct` corrige une panne finie entre-temps",
    "our setting changed ({part}), first journey on {since}, and has never passed since: the failure may be ours. "
    "Check {keys}; `vigie correct` corrects an outage that ended meanwhile",
)


def why_unknown(found: Explanation, subject: str, titles: Titles, texts: Texts, *, briefly: bool = False) -> str:
    """Write why a subject is unknown; what it depends on is named where that is another subject.

    Of several IdPs it says how many. `briefly`: without the details, and without what to check.
    """
    why = _OF_SEVERAL.get(found.why, WHY[found.why]) if found.idps else WHY[found.why]
    if found.never_passed is not None and not briefly:
        why = labels.never_passed(found.never_passed.part)
    if found.trouble is not None:
        why = own_trouble(found.trouble, briefly=briefly)
    if found.deactivated_us:
        why = _joined(why, Text(" ; ", "; "), _DEACTIVATED.format(since=texts.instant(found.deactivated_us)))
    text = why.format(latest=texts.instant(found.latest_us), names=visible(", ".join(found.names), " ")).in_language(texts.language)
    if found.idps:
        return f"{_SEVERAL.format(count=len(found.idps)).in_language(texts.language)}{_COLON.in_language(texts.language)}{text}"
    if found.subject == subject or found.why is WhyUnknown.MASKED:
        return text
    of = NUMBERS.get(found.subject) or subject_title(found.subject, titles).in_language(texts.language)
    return f"{of}{_COLON.in_language(texts.language)}{text}"


def own_trouble(trouble: OwnTrouble, *, briefly: bool = False) -> Text:
    """Write why journeys say nothing of hub or IdP."""
    text = WHY[WhyUnknown.INCONCLUSIVE]
    if trouble.reason is not None:
        text = _joined(text, _COLON, labels.reason(trouble.reason, trouble.step, on_hub=trouble.on_hub))
    if trouble.detail is not None and not briefly:
        text = _joined(text, Text(" - ", " - "), details.sentence(trouble.detail))
    return Text(_braced(visible(text.fr, " ")), _braced(visible(text.en, " ")))


def _joined(first: Text, between: Text, second: Text) -> Text:
    return Text(first.fr + between.fr + second.fr, first.en + between.en + second.en)


def _braced(text: str) -> str:
    """Return a text that `str.format` leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def unproven(failures: NeverPassed | ChangedSetting, texts: Texts) -> str:
    """Write that an outage goes on with a setting of ours that changed and has never passed."""
    since = texts.sentence_instant(failures.since_us)
    text = _UNPROVEN.format(part=labels.SETUP_PARTS[failures.part], since=since, keys=labels.keys(failures.part))
    return text.in_language(texts.language)
