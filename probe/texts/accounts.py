"""The words for a persona's account at the hub (docs/domain.md, "The same account")."""

from probe.core.judgement.accounts import AccountState
from probe.texts.bilingual import Text, Vocabulary

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
