"""The words for a persona's account at the hub (docs/domain.md, "The same account")."""

from probe.core.judgement.accounts import AccountState
from probe.core.judgement.suspension import Suspension
from probe.core.plain_text import visible
from probe.texts.bilingual import Text, Texts, Vocabulary
from probe.texts.details import sentence
from probe.texts.what_to_check import ASKED_OF_THE_OWNER

STATES = Vocabulary(
    {
        AccountState.NONE: Text("pas encore vu", "not seen yet"),
        AccountState.SAME: Text("le même", "the same"),
        AccountState.DOUBTED: Text("un autre, une fois : à confirmer", "another one, once: to be confirmed"),
        AccountState.CHANGED: Text("un autre", "another one"),
    }
)
"""How the account stands, beside a heading that says that it is about accounts."""

CHANGED = Text("le hub lui donne un autre compte (sub) qu'avant", "the hub gives it another account (sub) than before")
DIFFERS = Text(
    "le hub lui donne un autre compte (sub) que par les autres fournisseurs d'identité",
    "the hub gives it another account (sub) than through the other identity providers",
)
"""What is wrong with the account of an identity provider's persona, beside the provider's name."""

SUSPENDED = Text("compte de test suspendu", "test account suspended")
_SUSPENDED = Text(
    "compte de test suspendu : ses identifiants ont été refusés {times} fois de suite{since}. Il n'est plus essayé, de peur d'être "
    "bloqué, et le fournisseur d'identité n'est suivi que jusqu'à sa page de connexion. Rétablir le compte ou son secret, puis lever la "
    "suspension : `systemctl reload vigie`, ou SIGHUP à `vigie run`",
    "test account suspended: its credentials were refused {times} times in a row{since}. It is tried no more, lest it be locked, and "
    "the identity provider is watched up to its login page only. Restore the account or its secret, then lift the suspension: "
    "`systemctl reload vigie`, or SIGHUP to `vigie run`",
)
_ASKED = Text(
    "compte de test suspendu : {times} connexions de suite n'ont pas abouti{since}, car {asked}. Il n'est plus essayé, de peur d'être "
    "bloqué, et le fournisseur d'identité n'est suivi que jusqu'à sa page de connexion. À faire : {what} ; puis lever la suspension : "
    "`systemctl reload vigie`, ou SIGHUP à `vigie run`",
    "test account suspended: {times} logins in a row did not succeed{since}, for {asked}. It is tried no more, lest it be locked, and "
    "the identity provider is watched up to its login page only. What to do: {what}; then lift the suspension: "
    "`systemctl reload vigie`, or SIGHUP to `vigie run`",
)
_SINCE = Text(" depuis le {at}", " since {at}")


def suspended(one: Suspension, texts: Texts) -> str:
    """Write that an account is suspended, why, what that means and what lifts it."""
    since = _SINCE.format(at=texts.sentence_instant(one.since_us)) if one.since_us else ""
    if one.asked is not None:
        asked, what = (visible(text.in_language(texts.language), " ") for text in (sentence(one.asked), ASKED_OF_THE_OWNER))
        return _ASKED.in_language(texts.language).format(times=one.refused, since=since, asked=asked, what=what)
    return _SUSPENDED.format(times=one.refused, since=since).in_language(texts.language)
