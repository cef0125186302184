"""The words of the judgement: states, conditions, outcomes, faults, reasons and steps.

A reason that only says what happened on the wire names the party that was asked, which need not be
the party at fault: `reason("timeout", "idp-login")` is
« le fournisseur d'identité ne répond pas (délai dépassé) ».
"""

from probe.core.judgement.observation import Fault, Kind, Negative, Observation, Outcome, Reason, SetupPart, Step
from probe.core.judgement.reach import Reach
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1, C2, C3, State
from probe.texts.bilingual import Text, Vocabulary

LEDGER = Text("historique", "ledger")
"""What the observations are kept in; a `registre` is the incident register only."""

STATES = Vocabulary(
    {
        State.UP: Text("disponible", "available"),
        State.BLIP: Text("disponible, échec à confirmer", "available, failure to be confirmed"),
        State.DOWN: Text("indisponible", "unavailable"),
        State.UNKNOWN: Text("inconnu", "unknown"),
    }
)
"""Of a hub or of an IdP."""

REACHES = Vocabulary(
    {
        Reach.MIRE: Text("mire seule", "mire only"),
        Reach.LOGIN_PAGE: Text("page de connexion seule", "login page only"),
    }
)
"""Up to where something that is up was seen, where that is not the identity."""

HOLDS = Vocabulary(
    {
        State.UP: Text("non", "no"),
        State.BLIP: Text("non, échec à confirmer", "no, failure to be confirmed"),
        State.DOWN: Text("oui, en cours", "yes, at present"),
        State.UNKNOWN: Text("inconnu", "unknown"),
    }
)
"""Whether a condition of unavailability holds: the same states, as the answer to a question."""

CONDITIONS = Vocabulary(
    {
        C1: Text("C1 : la mire n'est pas affichée", "C1: the mire is not displayed"),
        C2: Text("C2 : les données d'identité ne sont pas renvoyées", "C2: identity data is not returned"),
        C3: Text("C3 : tous les fournisseurs d'identité sont indisponibles", "C3: all identity providers are unavailable"),
    }
)

LOGIN_PAGE_MISSING = Text("C1 : la page de connexion du hub n'est pas affichée", "C1: the hub's login page is not displayed")
"""C1 of a hub without a chooser, which logs citizens in itself."""

KINDS = Vocabulary(
    {
        Kind.MIRE: Text("mire", "mire"),
        Kind.IDENTITY: Text("connexion complète", "whole login"),
        Kind.LOGIN_PAGE: Text("page de connexion", "login page"),
        Kind.DIRECT: Text("appel direct", "direct call"),
        Kind.CONTROL: Text("témoin du réseau", "control of the network"),
        Kind.NEGATIVE: Text("connexion à refuser", "login to be refused"),
    }
)
"""Which journey was run."""

OUTCOMES = Vocabulary(
    {
        Outcome.OK: Text("réussi", "passed"),
        Outcome.FAILED: Text("échoué", "failed"),
        Outcome.INCONCLUSIVE: Text("non concluant", "inconclusive"),
    }
)

FAULTS = Vocabulary(
    {
        Fault.HUB: Text("le hub", "the hub"),
        Fault.IDP: Text("le fournisseur d'identité", "the identity provider"),
        Fault.SP: Text("notre fournisseur de services", "our service provider"),
        Fault.PROBER: Text("la sonde", "the prober"),
        Fault.NETWORK: Text("le réseau de la sonde", "the prober's network"),
    }
)
"""Who is at fault."""

AT_FAULT = Text("En cause", "At fault")
"""The head of a column, or the label of a line, of faults."""

_SERVER = Text("le serveur", "the server")
_AT_IDP = frozenset({Step.DIRECT, Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN})
"""The steps at which the IdP is asked."""
_AT_OTHERS = frozenset({Step.CONTROL, Step.SP_CALLBACK})
"""The steps at which neither is: a control target is asked, or nobody. At any other the hub is."""

REASONS = Vocabulary(
    {
        # transport
        Reason.DNS: Text("le nom de domaine n'est pas résolu (DNS)", "the domain name is not resolved (DNS)"),
        Reason.CONNECT: Text("{who} refuse la connexion ou n'est pas joignable", "{who} refuses the connection or cannot be reached"),
        Reason.TLS: Text("connexion sécurisée impossible (TLS, certificat)", "no secure connection (TLS, certificate)"),
        Reason.TIMEOUT: Text("{who} ne répond pas (délai dépassé)", "{who} does not answer (timed out)"),
        Reason.RESET: Text("{who} coupe la connexion avant la fin de sa réponse", "{who} breaks the connection before its answer is whole"),
        Reason.PROTOCOL: Text("{who} donne une réponse illisible", "{who} gives an answer that cannot be read"),
        Reason.HEAD_REFUSED: Text(
            "{who} répond par un en-tête HTTP mal formé, que les navigateurs lisent et que la sonde ne peut pas lire",
            "{who} answers with a malformed HTTP head, which browsers read and the prober cannot read",
        ),
        Reason.TOO_LARGE: Text("{who} donne une réponse trop longue", "{who} gives an answer that is too large"),
        Reason.FORM_BLOCKED: Text(
            "{who} interdit son propre formulaire (Content-Security-Policy)", "{who} forbids its own form (Content-Security-Policy)"
        ),
        Reason.REDIRECT_LOOP: Text("{who} redirige sans fin", "{who} redirects without end"),
        Reason.UNEXPECTED_HOST: Text("{who} redirige vers un hôte inattendu", "{who} redirects to an unexpected host"),
        Reason.HTTP_STATUS: Text("{who} répond par une erreur HTTP", "{who} answers with an HTTP error"),
        # the hub
        Reason.NOT_THE_MIRE: Text(
            "la mire n'est pas affichée, ou ses formulaires sont inutilisables", "the mire is not displayed, or its forms cannot be used"
        ),
        Reason.NO_IDP_SELECTABLE: Text("aucun fournisseur d'identité n'est proposé", "no identity provider is offered"),
        Reason.TILES_GREYED: Text("toutes les tuiles sont grisées pour la sonde", "every tile is greyed for the prober"),
        Reason.IDP_NOT_OFFERED: Text("la mire ne propose pas ce fournisseur d'identité", "the mire does not offer this identity provider"),
        Reason.HUB_ERROR: Text("le hub affiche sa page d'erreur", "the hub shows its error page"),
        Reason.SESSION_LOST: Text("le hub a perdu la session", "the hub lost the session"),
        Reason.REGISTRY_ERROR: Text("l'état civil (RNIPP) ne répond pas au hub", "the civil registry (RNIPP) fails the hub"),
        Reason.STORE_ERROR: Text("une base de données du hub est en panne", "a data store of the hub fails"),
        Reason.CODE_MISSING: Text(
            "le hub renvoie l'usager sans code d'autorisation", "the hub sends the citizen back without an authorization code"
        ),
        Reason.STATE_MISMATCH: Text("le hub renvoie l'usager avec un autre « state »", "the hub sends the citizen back with another state"),
        Reason.ISSUER_MISMATCH: Text(
            "le hub renvoie l'usager sous un autre nom d'émetteur", "the hub sends the citizen back under another issuer"
        ),
        Reason.TOKEN_ERROR: Text("le hub refuse d'échanger le code contre les jetons", "the hub refuses to exchange the code for tokens"),
        Reason.ID_TOKEN: Text("le jeton d'identité du hub est incorrect", "the hub's ID token is wrong"),
        Reason.SIGNATURE: Text("une signature du hub ne peut pas être vérifiée", "a signature of the hub cannot be verified"),
        Reason.USERINFO_ERROR: Text("le hub ne donne pas l'identité (userinfo)", "the hub does not give the identity (userinfo)"),
        Reason.CLAIMS_MISSING: Text("il manque des données d'identité", "identity data is missing"),
        Reason.CLAIMS_MISMATCH: Text("les données d'identité sont celles d'un autre", "the identity data is somebody else's"),
        # the IdP
        Reason.IDP_ERROR: Text(
            "le fournisseur d'identité donne une erreur ou une page inattendue",
            "the identity provider gives an error or an unexpected page",
        ),
        Reason.IDP_DISCOVERY: Text(
            "le hub ne peut pas préparer sa demande au fournisseur d'identité", "the hub cannot build its request to the identity provider"
        ),
        Reason.IDP_TOKEN: Text(
            "le fournisseur d'identité ne donne pas de jeton au hub", "the identity provider gives the hub no good token"
        ),
        Reason.IDP_USERINFO: Text(
            "le fournisseur d'identité ne donne pas l'identité au hub", "the identity provider does not give the hub the identity"
        ),
        Reason.IDP_IDENTITY: Text(
            "le hub n'accepte pas l'identité ou le niveau donnés par le fournisseur d'identité",
            "the hub does not accept the identity provider's identity or level",
        ),
        Reason.IDP_CALLBACK: Text(
            "le fournisseur d'identité renvoie mal l'usager vers le hub", "the identity provider sends the citizen back to the hub wrongly"
        ),
        Reason.LOGIN_PAGE_MISSING: Text("la page de connexion n'est pas affichée", "the login page is not displayed"),
        # the comparison of all IdPs
        Reason.AT_EVERY_IDP: Text(
            "le même échec touche tous les fournisseurs d'identité", "the same failure meets every identity provider"
        ),
        Reason.AT_THIS_IDP_ONLY: Text(
            "l'échec ne touche que ce fournisseur d'identité, d'autres fonctionnent",
            "the failure meets this identity provider, while others work",
        ),
        # ours
        Reason.RECIPE_UNFIT: Text(
            "la page de connexion est affichée, mais la recette ne lui convient pas",
            "the login page is displayed, and the recipe does not fit it",
        ),
        Reason.SCRIPT_NEEDED: Text(
            "la page est construite par un script, que la sonde n'exécute pas",
            "the page is built by a script, which the prober does not run",
        ),
        Reason.CREDENTIALS_REFUSED: Text("le compte de test est refusé", "the test account is refused"),
        Reason.ACCOUNT_SUSPENDED: Text("le compte de test est suspendu par la sonde", "the test account is suspended by the prober"),
        Reason.CREDENTIAL_ENDED: Text(
            "un secret, une clé ou un mot de passe de la sonde est périmé", "a secret, key or password of the prober has ended"
        ),
        Reason.LOGIN_BUDGET: Text(
            "le compte de test a fait toutes ses connexions du jour (budget)", "the test account has made all logins of its day (budget)"
        ),
        Reason.TEST_USER: Text("la personne de test est refusée", "the test person is refused"),
        Reason.SP_CONFIGURATION: Text("le hub refuse la configuration de la sonde", "the hub refuses the prober's configuration"),
        Reason.CLIENT_UNKNOWN: Text(
            "le hub ne connaît plus ce client, et en connaît un autre de la sonde",
            "the hub no longer knows this client, and knows another one of the prober's",
        ),
        Reason.TURNED_AWAY: Text(
            "{who} renvoie la sonde (limite de requêtes, filtre, épreuve pour robots)",
            "{who} turns the prober away (limit on requests, filter, challenge for robots)",
        ),
        Reason.NOTHING_PROVED: Text("ce refus ne prouve rien", "this refusal proves nothing"),
        Reason.CLOCK_OFF: Text("l'horloge de la sonde est fausse", "the prober's clock is wrong"),
        Reason.TOO_SLOW: Text("la sonde a utilisé un code ou un jeton périmé", "the prober used a code or a token that had expired"),
        Reason.OVERSLEPT: Text("la sonde a été suspendue pendant le parcours", "the prober was suspended during the journey"),
        Reason.NEGATIVE_PASSED: Text("le hub accepte ce qu'il doit refuser", "the hub accepts what it must refuse"),
        Reason.PROBER_ERROR: Text("erreur interne de la sonde", "internal error of the prober"),
    }
)
"""Why a journey did not pass. `{who}` is the party that was asked: see `reason`."""

NEGATIVES = Vocabulary(
    {
        Negative.CLIENT: Text("client inconnu", "unknown client"),
        Negative.IDP: Text("fournisseur d'identité inconnu", "unknown identity provider"),
        Negative.REDIRECT_URI: Text("adresse de retour étrangère", "foreign redirect_uri"),
        Negative.STATE: Text("demande sans « state »", "request without a state"),
        Negative.SECRET: Text("faux secret de client", "wrong client secret"),
        Negative.CODE: Text("code utilisé deux fois", "code used twice"),
        Negative.TOKEN: Text("jeton périmé", "expired token"),
        Negative.LOGOUT: Text("session encore ouverte après la déconnexion", "session still open after the logout"),
    }
)
"""What the hub must refuse."""

STEPS = Vocabulary(
    {
        Step.CONTROL: Text("témoin du réseau", "control of the network"),
        Step.DIRECT: Text("appel direct du fournisseur d'identité", "direct call of the identity provider"),
        Step.DISCOVERY: Text("métadonnées du hub", "metadata of the hub"),
        Step.AUTHORIZE: Text("demande d'authentification au hub", "authentication request to the hub"),
        Step.MIRE: Text("affichage de la mire", "display of the mire"),
        Step.REDIRECT_TO_IDP: Text(
            "choix sur la mire, renvoi au fournisseur d'identité", "choice on the mire, redirect to the identity provider"
        ),
        Step.IDP_LOGIN_PAGE: Text("page de connexion du fournisseur d'identité", "login page of the identity provider"),
        Step.IDP_LOGIN: Text("connexion chez le fournisseur d'identité", "login at the identity provider"),
        Step.OIDC_CALLBACK: Text("retour au hub", "return to the hub"),
        Step.VERIFY: Text("vérification auprès de l'état civil", "verification by the civil registry"),
        Step.CONSENT: Text("page de consentement du hub", "consent page of the hub"),
        Step.RESUME: Text("reprise par le hub avant le retour au service", "resumption by the hub before the return to the service"),
        Step.SP_CALLBACK: Text("retour au service", "return to the service"),
        Step.TOKEN: Text("obtention des jetons", "exchange of the code for tokens"),
        Step.JWKS: Text("clés de signature du hub", "signing keys of the hub"),
        Step.USERINFO: Text("obtention de l'identité (userinfo)", "fetching of the identity (userinfo)"),
        Step.CLAIMS: Text("comparaison de l'identité reçue", "comparison of the identity received"),
        Step.LOGOUT: Text("déconnexion", "logout"),
    }
)
"""Where a journey ended."""


SETUP_PARTS = Vocabulary(
    {
        SetupPart.CLIENT: Text("le client", "the client"),
        SetupPart.MIRE: Text("la demande d'authentification et la mire", "the authentication request and the mire"),
        SetupPart.LOGIN_PAGE: Text("la recette, jusqu'à la page de connexion", "the recipe, up to the login page"),
        SetupPart.LOGIN: Text("la recette de connexion", "the login recipe"),
        SetupPart.RETURN: Text("le retour par les pages du hub", "the way back through the hub's pages"),
        SetupPart.TOKEN: Text("les contrôles du jeton d'identité", "the checks of the ID token"),
        SetupPart.USERINFO: Text("la forme de l'identité (userinfo)", "the form of the identity (userinfo)"),
        SetupPart.CLAIMS: Text("l'identité attendue", "the identity that is expected"),
        SetupPart.DIRECT: Text("l'appel direct", "the direct call"),
        SetupPart.CONTROL: Text("le témoin", "the control target"),
    }
)
"""The parts of our own settings, in the order in which a journey comes to them."""

_KEYS = {
    SetupPart.CLIENT: "issuer, client_id",
    SetupPart.MIRE: "issuer, client_id, redirect_uri, scope, acr_values, authorize_parameters, pkce, profile, recipe",
    SetupPart.LOGIN_PAGE: "tile, hosts, recipe",
    SetupPart.LOGIN: "recipe, hosts, account",
    SetupPart.RETURN: "redirect_uri, hosts, profile",
    SetupPart.TOKEN: "acr_values, expected_acr, id_token_alg, client_auth, endpoints",
    SetupPart.USERINFO: "userinfo, id_token_alg, endpoints",
    SetupPart.CLAIMS: "persona, scope, acr_values",
    SetupPart.DIRECT: "direct",
    SetupPart.CONTROL: "control.targets",
}
"""The keys of the configuration that a part depends on."""


def negative(word: str) -> Text:
    """Write what the hub must refuse; a word that is none of ours stands as it is."""
    return NEGATIVES[Negative(word)] if word in set(Negative) else Text(word, word)


def never_passed(part: SetupPart) -> Text:
    """Write that a part of our settings has never passed, and which keys to look at."""
    return _of_part(
        part,
        Text("jamais réussi avec ces réglages ({part}) : vérifier {keys}", "never passed yet with these settings ({part}): check {keys}"),
    )


def unless_passed(part: SetupPart) -> Text:
    """Write which part of our settings a failure depends on, where nobody knows whether it ever
    passed.
    """
    return _of_part(
        part,
        Text(
            "si cela n'a jamais réussi avec ces réglages ({part}) : vérifier {keys}",
            "if it has never passed with these settings ({part}): check {keys}",
        ),
    )


def keys(part: SetupPart) -> str:
    """Return which keys of the configuration make a part of our settings."""
    return _KEYS[part]


def _of_part(part: SetupPart, text: Text) -> Text:
    return text.format(part=SETUP_PARTS[part], keys=_KEYS[part])


def reason(word: str, step: str | None = None, *, on_hub: bool = False) -> Text:
    """Return the label of a reason, which names the party that was asked.

    `step` is where the journey ended. `on_hub`: the exchange that failed was with the hub's own
    host. Where neither names a party, the label says "the server". The fault is not asked for: the
    comparison of all IdPs may blame an IdP for an answer of the hub. A word that is not in
    `REASONS`, of an old ledger for example, is its own label.
    """
    text = REASONS.find(word)
    if text is None:
        return Text(word, word)
    return text.format(who=_asked(step, on_hub=on_hub))


def _asked(step: str | None, *, on_hub: bool) -> Text:
    """Name the party that was asked at a step."""
    if on_hub:
        return FAULTS[Fault.HUB]
    if step not in set(Step) or step in _AT_OTHERS:
        return _SERVER
    return FAULTS[Fault.IDP if step in _AT_IDP else Fault.HUB]


_OF_THE_IDP = Text("le hub signale une erreur de ce fournisseur d'identité", "the hub tells of an error of this identity provider")
"""What the hub's error page says where the fault is the IdP's."""

_COMPARED = frozenset({Reason.AT_EVERY_IDP, Reason.AT_THIS_IDP_ONLY})
_WHICH = Text("{text} : {failure}", "{text}: {failure}")


def reason_of(why: Cause | Observation, subject: str = "", told: Observation | None = None) -> Text:
    """Return the label of the reason of a cause or an observation; "" where it has none.

    Of C3 many IdPs are the cause, each with a reason of its own; the ledger has the most telling
    one. `told` is the observation that tells why: where the comparison of all IdPs is the cause's
    reason, it says which failure was compared.
    """
    if why.reason is None:
        return Text("", "")
    text = _OF_THE_IDP if (why.reason, why.fault) == (Reason.HUB_ERROR, Fault.IDP) else reason(why.reason, why.step, on_hub=why.on_hub)
    if why.reason in _COMPARED and told is not None and told.reason is not None and told.reason not in _COMPARED:
        text = _WHICH.format(text=text, failure=reason(told.reason, told.step, on_hub=told.on_hub))
    return _AT_ONE.format(text=text) if _of_all_idps(why.fault, subject) else text


def fault_of(fault: Fault | None, subject: str = "") -> Text:
    """Name who is at fault, of C3 all the IdPs; "" where nobody knows."""
    if fault is None:
        return Text("", "")
    return _IDPS if _of_all_idps(fault, subject) else FAULTS.find(fault) or Text(fault, fault)


def _of_all_idps(fault: Fault | None, subject: str) -> bool:
    return subject == C3 and fault is Fault.IDP


_IDPS = Text("les fournisseurs d'identité", "the identity providers")
_AT_ONE = Text("chez l'un d'eux au moins, {text}", "at one of them at least, {text}")


def step(word: str) -> Text:
    """Return the label of a step. A word that is not in `STEPS` is its own label."""
    return STEPS.find(word) or Text(word, word)


def cause(why: Cause, subject: str = "") -> Text:
    """Write where a journey failed, why, and by whose fault; unknown parts are left out.

    `subject` is that of the outage, as the ledger has it.
    """
    parts = [step(why.step)] if why.step else []
    parts += [reason_of(why, subject)] if why.reason else []
    text = Text(" : ".join(part.fr for part in parts), ": ".join(part.en for part in parts))
    if why.fault is None:
        return text
    return Text("{text} (en cause : {who})", "{text} (at fault: {who})").format(text=text, who=fault_of(why.fault, subject))


def with_direct(text: str, direct: Cause | None, language: str) -> str:
    """Put beside a reason, in a language, what the IdP did that was asked without the hub."""
    if direct is None:
        return text
    asked = _ASKED.format(kind=KINDS[Kind.DIRECT], reason=reason_of(direct)).in_language(language)
    return _BESIDE.format(text=text, asked=asked).in_language(language) if text else asked


_ASKED = Text("{kind} : {reason}", "{kind}: {reason}")
_BESIDE = Text("{text} ; {asked}", "{text}; {asked}")


def with_word(text: Text, word: str) -> Text:
    """Put the machine's word behind a label, for an operator who needs it for logs and metrics."""
    return text if text.fr == word else Text(f"{text.fr} [{word}]", f"{text.en} [{word}]")
