"""What the citizen sees of a trouble: the impact, as tickets and commands say it."""

from probe.core.incident.scope import ACCOUNTS, SHARED, SLOW, ScopeKind, ScopeSubject
from probe.core.judgement.subject import C1, C2, C3
from probe.core.plain_text import visible
from probe.texts.bilingual import Text, Vocabulary

_SIGHTS = Vocabulary(
    {
        C1: Text(
            "La page de choix du fournisseur d'identité ne s'affiche pas : personne ne peut se connecter.",
            "The page on which to pick an identity provider is not displayed: nobody can log in.",
        ),
        C2: Text(
            "L'usager s'authentifie chez son fournisseur d'identité, puis la connexion échoue : "
            "ses données d'identité ne parviennent pas au service.",
            "The citizen authenticates at the identity provider, then the login fails: the identity data does not reach the service.",
        ),
        C3: Text(
            "La page de choix s'affiche, mais aucun fournisseur d'identité ne permet de se connecter.",
            "The page on which to pick is displayed, but no identity provider lets anybody log in.",
        ),
        SHARED: Text(
            "Plus de la moitié des fournisseurs d'identité ne permettent pas de se connecter.",
            "More than half of the identity providers let nobody log in.",
        ),
        SLOW: Text(
            "La connexion est anormalement lente, quel que soit le fournisseur d'identité.",
            "Logging in is unusually slow, whichever the identity provider.",
        ),
        ACCOUNTS: Text(
            "L'usager se connecte sans erreur, et le service ne le reconnaît pas : il lui a été donné un autre compte.",
            "The citizen logs in without an error, and the service does not recognise them: they were given another account.",
        ),
    }
)
"""What the citizen sees, by the subject of the incident's scope."""
_OF_ONE = Vocabulary(
    {
        ScopeKind.IDP: Text("L'usager qui choisit {idp} ne peut pas se connecter.", "A citizen who picks {idp} cannot log in."),
        ScopeKind.INTERMITTENT: Text(
            "L'usager qui choisit {idp} échoue par moments à se connecter.", "A citizen who picks {idp} fails now and again to log in."
        ),
        ScopeKind.SLOW_IDP: Text("La connexion par {idp} est anormalement lente.", "Logging in by {idp} is unusually slow."),
        ScopeKind.IDP_AT_CLIENT: Text(
            "L'usager qui choisit {idp} ne peut pas se connecter aux services que représente le client {client} ; aux autres, si.",
            "A citizen who picks {idp} cannot log in to the services that client {client} stands for, and can log in to others.",
        ),
        ScopeKind.CLIENT: Text(
            "L'usager ne peut pas se connecter aux services que représente le client {client} ; aux autres, si.",
            "A citizen cannot log in to the services that client {client} stands for, and can log in to others.",
        ),
    }
)
"""The same where it is about one identity provider or one client, by the kind of scope."""
_NO_LOGIN_PAGE = Text(
    "La page de connexion du hub ne s'affiche pas : personne ne peut se connecter.",
    "The hub's login page is not displayed: nobody can log in.",
)
_ACCEPTED = Text(
    "Rien. Mais un tiers pourrait se faire passer pour un service ou pour un usager.",
    "Nothing. But somebody could pass for a service or for a citizen.",
)


def sight(subject: ScopeSubject, idp: str, *, own_login: bool = False) -> Text:
    """Write what the citizen sees, by what an incident is about; "" where that does not say it.

    `idp`: what people call the identity provider that it is about. `own_login`: citizens log in at
    the hub itself, which has no page on which to choose.
    """
    if subject.kind in _OF_ONE:
        return _OF_ONE[subject.kind].format(idp=idp, client=visible(subject.seen_by, " "))
    if subject.kind is ScopeKind.SECURITY:
        return _ACCEPTED
    if subject.name == C1 and own_login:
        return _NO_LOGIN_PAGE
    return _SIGHTS[str(subject)] if str(subject) in _SIGHTS else Text("", "")
