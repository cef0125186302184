"""The words of the annual figure: what people stated about it, and how unknown time is read."""

from probe.core.judgement.subject import State
from probe.core.sla.availability import UnknownTime
from probe.core.sla.correction import CorrectionKind
from probe.texts.bilingual import Text, Vocabulary
from probe.texts.judgement import STATES

UNKNOWN_TIME = Vocabulary(
    {
        UnknownTime.IGNORE: Text("écarté", "left out"),
        UnknownTime.DOWN: STATES[State.DOWN],
        UnknownTime.UP: STATES[State.UP],
    }
)
"""How time that nobody knows of is read."""

ACTS = Vocabulary(
    {
        CorrectionKind.UP: Text("corrigé en disponible", "corrected to available"),
        CorrectionKind.UNKNOWN: Text("corrigé en inconnu", "corrected to unknown"),
        CorrectionKind.EXCLUDED: Text("fenêtre exclue", "excluded window"),
        CorrectionKind.WITHDRAWN: Text("retrait", "withdrawal"),
    }
)
"""What somebody stated."""
