"""The words of the annual figure: what people stated about it, and how unknown time is read."""

from collections.abc import Iterable

from probe.core.judgement.subject import State
from probe.core.judgement.unknown_part import PastUnknown, UnknownPart
from probe.core.sla.availability import UnknownTime
from probe.core.sla.correction import CorrectionKind
from probe.texts.bilingual import Language, Text, Vocabulary
from probe.texts.durations import duration
from probe.texts.judgement import STATES, reason

UNKNOWN_TIME = Vocabulary(
    {
        UnknownTime.IGNORE: Text("écarté", "left out"),
        UnknownTime.DOWN: STATES[State.DOWN],
        UnknownTime.UP: STATES[State.UP],
    }
)
"""How time that nobody knows of is read."""

PAST_UNKNOWN = Vocabulary(
    {
        PastUnknown.NOT_WATCHED: Text(
            "aucun parcours : pas de veille, ou rien n'a pu être écrit", "no journey: no watch, or nothing could be written"
        ),
        PastUnknown.INCONCLUSIVE: Text("parcours non concluants", "inconclusive journeys"),
        PastUnknown.UNDECIDED: Text("les parcours ne permettaient pas de trancher", "the journeys did not decide"),
        PastUnknown.GONE: Text("les observations d'alors sont supprimées (retention)", "the observations of then are deleted (retention)"),
        PastUnknown.REST: Text("autres moments, plus courts", "other, shorter times"),
    }
)
"""Why past time was unknown."""

ACTS = Vocabulary(
    {
        CorrectionKind.UP: Text("corrigé en disponible", "corrected to available"),
        CorrectionKind.UNKNOWN: Text("corrigé en inconnu", "corrected to unknown"),
        CorrectionKind.EXCLUDED: Text("fenêtre exclue", "excluded window"),
        CorrectionKind.WITHDRAWN: Text("retrait", "withdrawal"),
    }
)
"""What somebody stated."""


def unknown_part(part: UnknownPart) -> Text:
    """Write why a part of unknown time was so."""
    why = PAST_UNKNOWN[part.why]
    if part.why is not PastUnknown.INCONCLUSIVE or part.reason is None:
        return why
    return Text("{why} : {reason}", "{why}: {reason}").format(why=why, reason=reason(part.reason))


def unknown_sentence(parts: Iterable[UnknownPart]) -> Text:
    """Write all parts in one sentence, each with its duration; "" for none."""
    told = [
        Text("{text} ({lasted})", "{text} ({lasted})").format(
            text=unknown_part(each), lasted=Text(*(duration(each.us, lang) for lang in Language))
        )
        for each in parts
    ]
    return Text(" ; ".join(each.fr for each in told), "; ".join(each.en for each in told))
