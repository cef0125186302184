"""What to do about one journey that did not pass, in a sentence.

Whose fault it is says most of it. Where the journey proves nothing, its reason says which setting,
which account or which machine of ours to look at.
"""

from probe.core.judgement.detail import OF_THE_OWNER, Detail
from probe.core.judgement.observation import Fault, Observation, Outcome, Reason
from probe.texts.bilingual import Text, Vocabulary

_BY_FAULT = Vocabulary(
    {
        Fault.HUB: Text(
            "prévenir l'exploitation du hub, avec l'étape, le motif et l'heure, si l'échec se confirme",
            "tell those who run the hub, with the step, the reason and the time, if the failure is confirmed",
        ),
        Fault.IDP: Text(
            "écrire au fournisseur d'identité, avec l'étape, le motif et l'heure, si l'échec se confirme",
            "write to the identity provider, with the step, the reason and the time, if the failure is confirmed",
        ),
        Fault.SP: Text(
            "comparer notre client avec ce que le hub a enregistré : client_id, redirect_uri, scope, acr_values, client_auth",
            "compare our client with what the hub has on record: client_id, redirect_uri, scope, acr_values, client_auth",
        ),
        Fault.PROBER: Text(
            "vérifier la machine de la sonde : sa charge, ses mises en veille, son réseau",
            "check the prober's machine: its load, its suspends, its network",
        ),
        Fault.NETWORK: Text(
            "vérifier le réseau de la sonde : DNS, routes, pare-feu, mandataire (network.proxy)",
            "check the prober's network: DNS, routes, firewall, proxy (network.proxy)",
        ),
    }
)
_NOBODYS = Text(
    "attendre les parcours suivants : rien ne dit encore de qui cela vient",
    "wait for the next journeys: nothing says yet whose it is",
)
_BY_REASON = Vocabulary(
    {
        Reason.RECIPE_UNFIT: Text(
            "mettre la recette de connexion (recipe) à jour d'après la page ; vigie journey l'essaie",
            "bring the login recipe (recipe) up to date with the page; vigie journey tries it",
        ),
        Reason.CREDENTIALS_REFUSED: Text(
            "vérifier l'identifiant et le mot de passe du compte de test (account), en se connectant une fois à la main",
            "check the name and the password of the test account (account), by one login by hand",
        ),
        Reason.ACCOUNT_SUSPENDED: Text(
            "rétablir le compte de test ou son mot de passe (account), puis relire la configuration (SIGHUP)",
            "mend the test account or its password (account), then read the configuration again (SIGHUP)",
        ),
        Reason.CREDENTIAL_ENDED: Text(
            "renouveler ce secret, cette clé ou ce mot de passe, et sa date de fin dans la configuration",
            "renew this secret, key or password, and its end in the configuration",
        ),
        Reason.LOGIN_BUDGET: Text(
            "rien avant minuit ; si le budget du compte est trop bas, l'augmenter ou espacer les parcours",
            "nothing before midnight; if the account's budget is too low, raise it, or run fewer journeys",
        ),
        Reason.TEST_USER: Text(
            "demander au hub pourquoi la personne de test est refusée (état civil, blocage), ou en prendre une autre",
            "ask the hub why the test person is refused (civil registry, a block), or take another one",
        ),
        Reason.TURNED_AWAY: Text(
            "demander à l'hôte qui écarte la sonde de la laisser passer (adresse, débit), ou espacer les parcours",
            "ask the host that turns the prober away to let it pass (address, rate), or run fewer journeys",
        ),
        Reason.IDP_NOT_OFFERED: Text(
            "demander aux administrateurs du hub si ce fournisseur d'identité est désactivé, ou exclu pour notre client ; "
            "sinon, corriger tile",
            "ask the hub's administrators whether this identity provider is disabled, or excluded for our client; else mend tile",
        ),
        Reason.TILES_GREYED: Text(
            "demander aux administrateurs du hub pourquoi ses tuiles sont grisées pour la sonde seule",
            "ask the hub's administrators why its tiles are greyed for the prober alone",
        ),
        Reason.HEAD_REFUSED: Text(
            "comparer avec un navigateur, et signaler à l'hôte l'en-tête que la sonde ne peut pas lire",
            "compare with a browser, and tell the host of the header that the prober cannot read",
        ),
        Reason.NOTHING_PROVED: Text(
            "rien si cela ne dure pas ; sinon, vérifier que ce parcours convient à ce hub (negative)",
            "nothing if it does not last; else check whether this journey suits this hub (negative)",
        ),
        Reason.CLOCK_OFF: Text("remettre à l'heure la machine de la sonde (NTP)", "set the clock of the prober's machine (NTP)"),
        Reason.PROBER_ERROR: Text(
            "signaler cette erreur de Vigie, avec le journal de l'heure", "report this error of Vigie's, with the log of that time"
        ),
        Reason.NEGATIVE_PASSED: Text(
            "vérifier la faille, puis la signaler à la sécurité, et pas par les canaux ouverts aux fournisseurs d'identité",
            "check the flaw, then report it to security, and not by a channel that identity providers read",
        ),
    }
)
"""Of the reasons that say more than the fault does."""


ASKED_OF_THE_OWNER = Text(
    "se connecter une fois à la main avec le compte de test (account), et y faire ce que la page demande",
    "log in once by hand with the test account (account), and do there what the page asks",
)
"""Of an account whose password is right, where the IdP wants something before the login goes on."""


def to_mend(reason: Reason | None, detail: Detail | None = None) -> Text:
    """Write what to do about a reason, without a full stop; "" where the fault says it."""
    if reason is Reason.CREDENTIALS_REFUSED and detail is not None and detail.kind in OF_THE_OWNER:
        return ASKED_OF_THE_OWNER
    return (_BY_REASON.find(reason) if reason is not None else None) or Text("", "")


def to_check(seen: Observation) -> Text:
    """Write what to do about a journey, without a full stop; "" of one that passed."""
    if seen.outcome is Outcome.OK:
        return Text("", "")
    own = to_mend(seen.reason, seen.detail)
    if own.fr:
        return own
    return _NOBODYS if seen.fault is None else _BY_FAULT[seen.fault]
