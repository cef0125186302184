"""The sentences for the details of a journey: what is missing, what came, and what there is.

told(Detail(DetailKind.FIELD_MISSING, ("username",), ("login", "password"))).en
== "the form has no field username (its fields: login, password)"
"""

from probe.core.judgement.detail import Detail, DetailKind
from probe.texts.bilingual import Text, Vocabulary
from probe.texts.columns import NONE_FEMININE

_NONE = Text("aucun", "none")

DETAILS = Vocabulary(
    {
        # the mire
        DetailKind.ANOTHER_PAGE: Text(
            "la page n'a pas {names}, à quoi le profil reconnaît la mire (ce qui est affiché : {others})",
            "the page lacks {names}, by which the profile knows the mire (what is displayed: {others})",
        ),
        DetailKind.TILE_MISSING: Text(
            "la mire n'a pas la tuile {names} (tuiles : {others})", "the mire has no tile {names} (tiles: {others})"
        ),
        DetailKind.TILE_GREYED: Text("tuile grisée : {names} (tuiles : {others})", "greyed tile: {names} (tiles: {others})"),
        DetailKind.TILE_NOT_SENDABLE: Text(
            "la tuile {names} n'a ni formulaire complet, ni lien (tuiles : {others})",
            "the tile {names} has neither a complete form nor a link (tiles: {others})",
        ),
        DetailKind.UID_NOT_IN_FORM: Text(
            "le formulaire de la tuile ne contient pas son identifiant {names}", "the tile's form does not hold its uid {names}"
        ),
        DetailKind.CHOOSER_SKIPPED: Text("renvoi sans passer par la mire, vers : {names}", "sent past the mire, to: {names}"),
        # a recipe, and pages that are pressed
        DetailKind.RECIPE_MISSING: Text(
            "ce fournisseur d'identité n'a pas de recette de connexion", "this identity provider has no login recipe"
        ),
        DetailKind.PAGE_NOT_IN_RECIPE: Text(
            "la page n'est pas celle qu'attend la recette, {names} (formulaires de la page : {others})",
            "the page is not the one that the recipe expects, {names} (forms on the page: {others})",
        ),
        DetailKind.FORM_MISSING: Text(
            "la page n'a pas le formulaire {names} (formulaires : {others})", "the page has no form {names} (forms: {others})"
        ),
        DetailKind.FIELD_MISSING: Text(
            "le formulaire n'a pas le champ {names} (ses champs : {others})", "the form has no field {names} (its fields: {others})"
        ),
        DetailKind.BUTTON_MISSING: Text(
            "la page n'a pas le bouton {names} (boutons : {others})", "the page has no button {names} (buttons: {others})"
        ),
        DetailKind.PAGE_CAME_BACK: Text(
            "la même page revient après l'envoi de {names} (elle a : {others})",
            "the same page comes back after {names} was sent (it has: {others})",
        ),
        DetailKind.PASSWORD_ASKED_AGAIN: Text(
            "le mot de passe est redemandé après l'envoi de {names} (formulaires : {others})",
            "the password is asked for again after {names} was sent (forms: {others})",
        ),
        DetailKind.NEW_PASSWORD_ASKED: Text(
            "après l'envoi de {names}, un nouveau mot de passe est demandé pour ce compte (formulaires : {others})",
            "after {names} was sent, a new password is asked for this account (forms: {others})",
        ),
        DetailKind.AGREEMENT_ASKED: Text(
            "après l'envoi de {names}, ce compte doit cocher une case pour continuer (formulaires : {others})",
            "after {names} was sent, this account must tick a box to go on (forms: {others})",
        ),
        DetailKind.REFUSAL_SHOWN: Text("la page affiche un refus, {names}", "the page shows a refusal, {names}"),
        DetailKind.ERROR_SHOWN: Text("la page affiche une erreur, {names}", "the page shows an error, {names}"),
        DetailKind.TOO_MANY_PAGES: Text("plus de {names} pages du hub à la suite", "more than {names} pages of the hub in a row"),
        DetailKind.UNKNOWN_HUB_PAGE: Text(
            "le profil ne reconnaît pas cette page du hub (formulaires : {others})",
            "the profile does not recognise this page of the hub (forms: {others})",
        ),
        # addresses
        DetailKind.HOST_NOT_CONFIGURED: Text(
            "hôte absent de la configuration : {names} (hôtes permis : {others})",
            "host not in the configuration: {names} (hosts allowed: {others})",
        ),
        DetailKind.STATUS: Text("statut HTTP {names} (attendu : {others})", "HTTP status {names} (expected: {others})"),
        DetailKind.TEXT_MISSING: Text("la réponse ne contient pas {names}", "the answer does not hold {names}"),
        # the request, and the answer to it
        DetailKind.CREDENTIAL_ENDED: Text("périmé selon la configuration : {names}", "it has ended, as the configuration says: {names}"),
        DetailKind.PARAMETER_REFUSED: Text(
            "paramètre refusé : {names} (envoyés : {others})", "parameter refused: {names} (sent: {others})"
        ),
        DetailKind.CLIENT_REFUSED: Text(
            "client refusé, authentifié par {names} : vérifier client_id et client_secret (méthodes du hub : {others})",
            "client refused, authenticated by {names}: check client_id and client_secret (the hub's methods: {others})",
        ),
        DetailKind.CLIENT_KEY_REFUSED: Text(
            "client refusé, authentifié par {names} : vérifier client_id, et que le hub connaît la clé publique de private_key, "
            "sous private_key_kid et pour private_key_alg (méthodes du hub : {others})",
            "client refused, authenticated by {names}: check client_id, and that the hub knows the public key of private_key, "
            "under private_key_kid and for private_key_alg (the hub's methods: {others})",
        ),
        DetailKind.ADDRESS_UNKNOWN: Text(
            "le hub n'a rien à cette adresse (statut HTTP {others}) : vérifier {names}",
            "the hub has nothing at this address (HTTP status {others}): check {names}",
        ),
        DetailKind.GRANT_REFUSED: Text("code refusé : {names} (envoyés : {others})", "code refused: {names} (sent: {others})"),
        DetailKind.ERROR_ANSWER: Text("erreur renvoyée : {names}", "error sent back: {names}"),
        DetailKind.PARAMETER_ABSENT: Text("la réponse n'a pas {names} (elle a : {others})", "the answer lacks {names} (it has: {others})"),
        DetailKind.ISSUER: Text("émetteur reçu : {names} (configuré : {others})", "issuer received: {names} (configured: {others})"),
        DetailKind.ENDPOINT_MISSING: Text(
            "adresse inconnue : {names} (ni dans la configuration, ni dans les métadonnées)",
            "unknown endpoint: {names} (neither in the configuration nor in the metadata)",
        ),
        # tokens and identity
        DetailKind.NOT_JSON: Text("ce n'est pas un objet JSON : {names}", "this is no JSON object: {names}"),
        DetailKind.NOT_A_TOKEN: Text("ce n'est pas un jeton lisible : {names}", "this is no readable token: {names}"),
        DetailKind.ALGORITHM: Text("algorithme reçu : {names} (acceptés : {others})", "algorithm received: {names} (accepted: {others})"),
        DetailKind.KEY_UNKNOWN: Text(
            "clé de signature inconnue : {names} (publiées : {others})", "unknown signing key: {names} (published: {others})"
        ),
        DetailKind.SIGNATURE: Text("signature incorrecte : {names}", "wrong signature: {names}"),
        DetailKind.NO_KEYS: Text("le hub ne publie aucune clé utilisable", "the hub publishes no usable key"),
        DetailKind.ENCRYPTED: Text(
            "chiffré, sans clé de déchiffrement configurée : {names}", "encrypted, and no decryption key is configured: {names}"
        ),
        DetailKind.DECRYPTION: Text(
            "impossible à déchiffrer avec la clé configurée : {names}", "cannot be decrypted with the configured key: {names}"
        ),
        DetailKind.USERINFO_FORM: Text(
            "forme d'userinfo reçue : {names} (configurée : {others})", "form of userinfo received: {names} (configured: {others})"
        ),
        DetailKind.ACR: Text("niveau (acr) reçu : {names} (acceptés : {others})", "level (acr) received: {names} (accepted: {others})"),
        DetailKind.CLAIM_ABSENT: Text("donnée absente : {names} (reçues : {others})", "claim absent: {names} (received: {others})"),
        DetailKind.CLAIM_WRONG: Text("valeur incorrecte : {names}", "wrong value: {names}"),
        DetailKind.EXPIRED: Text("expiré : {names}", "expired: {names}"),
        DetailKind.NOT_YET_VALID: Text("date dans le futur : {names}", "date in the future: {names}"),
        DetailKind.CLAIMS_MISSING: Text(
            "données d'identité absentes : {names} (reçues : {others})", "claims missing: {names} (received: {others})"
        ),
        DetailKind.CLAIMS_DIFFER: Text(
            "données qui diffèrent de celles de la personne de test : {names}", "claims that differ from the persona: {names}"
        ),
        # negative journeys
        DetailKind.CLIENT_ACCEPTED: Text(
            "le hub affiche sa mire à un client qu'il ne connaît pas", "the hub shows its mire to a client that it does not know"
        ),
        DetailKind.IDP_ACCEPTED: Text(
            "le hub accepte un fournisseur d'identité qu'il ne connaît pas, et mène le navigateur chez un autre",
            "the hub accepts an identity provider that it does not know, and takes the browser to another one",
        ),
        DetailKind.REDIRECT_URI_ACCEPTED: Text(
            "le hub accepte une adresse de retour qui n'est pas la nôtre", "the hub accepts a redirect_uri that is not ours"
        ),
        DetailKind.STATE_NOT_REQUIRED: Text("le hub accepte une demande sans « state »", "the hub accepts a request without a state"),
        DetailKind.SECRET_ACCEPTED: Text(
            "le hub accepte de notre client un faux secret ou une fausse signature",
            "the hub accepts a wrong secret or signature of our client",
        ),
        DetailKind.CODE_INVENTED: Text("le hub donne des jetons contre un code inventé", "the hub gives tokens for an invented code"),
        DetailKind.CODE_ACCEPTED_TWICE: Text(
            "le hub donne deux fois des jetons contre le même code", "the hub gives tokens twice for one code"
        ),
        DetailKind.TOKEN_OUTLIVES: Text(
            "le hub donne l'identité contre un jeton périmé (durée de vie annoncée : {names})",
            "the hub gives the identity for a token that has expired (lifetime told: {names})",
        ),
        DetailKind.SESSION_OUTLIVES: Text(
            "la session du hub survit à la déconnexion : il reconnaît l'usager sans afficher la mire",
            "the hub's session outlives the logout: it knows the citizen again without showing the mire",
        ),
        # why a negative journey proves nothing
        DetailKind.CODE_JUDGED_FIRST: Text(
            "le hub juge le code avant le client, même inconnu ({names})",
            "the hub judges the code before the client, even an unknown one ({names})",
        ),
        DetailKind.TOKEN_LIVES_LONG: Text(
            "le jeton vit {names}, plus que la sonde n'attend ({others})",
            "the token lives {names}, longer than the prober waits ({others})",
        ),
        DetailKind.NO_SESSION: Text(
            "le hub affiche sa mire à un usager connecté : il n'y a pas de session à fermer",
            "the hub shows its mire to a logged-in citizen: there is no session to end",
        ),
        # our own network
        DetailKind.OWN_PROXY: Text(
            "notre mandataire (network.proxy) ne répond pas ou nous refuse (statut : {names})",
            "our own proxy (network.proxy) does not answer or refuses us (status: {names})",
        ),
        # answers
        DetailKind.ISSUER_NOT_SENT: Text(
            "{names} n'envoie pas le certificat intermédiaire ; Chromium va le chercher, la plupart des programmes non",
            "{names} does not send the intermediate certificate; Chromium fetches it, most programs do not",
        ),
        DetailKind.FORM_POLICY: Text(
            "la directive form-action de la page n'autorise pas {names}", "the page's form-action does not allow {names}"
        ),
        DetailKind.UNREADABLE: Text("réponse illisible ({names})", "unreadable answer ({names})"),
    }
)
"""`{names}` and `{others}` are those of the detail."""


def sentence(detail: Detail) -> Text:
    """Return the sentence of a detail, without a full stop."""
    text = DETAILS[detail.kind] if detail.names else _OF_ALL.get(detail.kind, DETAILS[detail.kind])
    if not detail.names and not detail.others:
        text = _OF_NONE.get(detail.kind, text)
    names = _listed(detail.names, _WITHOUT_NAMES.get(detail.kind, _NONE))
    return text.format(names=names, others=_listed(detail.others, _WITHOUT_OTHERS.get(detail.kind, _NONE)))


_OF_ALL = {
    DetailKind.TILE_GREYED: Text("toutes les tuiles sont grisées : {others}", "every tile is greyed: {others}"),
    DetailKind.TILE_NOT_SENDABLE: Text(
        "la mire est affichée, mais aucune de ses tuiles n'a de formulaire complet ni de lien (tuiles : {others})",
        "the mire is displayed, but none of its tiles has a complete form or a link (tiles: {others})",
    ),
    DetailKind.PAGE_NOT_IN_RECIPE: Text(
        "après la dernière page de la recette vient encore une page, pour laquelle la recette n'a rien (formulaires de la page : {others})",
        "after the last page of the recipe comes one more page, for which the recipe has nothing (forms on the page: {others})",
    ),
}
"""The sentence where no name is given: it is about all tiles, or a page that the recipe lacks."""

_OF_NONE = {DetailKind.TILE_GREYED: Text("la mire n'affiche aucune tuile", "the mire displays no tile")}
"""The sentence where there is nothing to name."""


_WITHOUT_NAMES = {
    DetailKind.PARAMETER_REFUSED: Text("le hub ne dit pas lequel", "the hub does not say which"),
}
_WITHOUT_OTHERS = dict.fromkeys((DetailKind.CLIENT_REFUSED, DetailKind.CLIENT_KEY_REFUSED), Text("inconnues", "not known")) | dict.fromkeys(
    (
        DetailKind.TILE_MISSING,
        DetailKind.TILE_GREYED,
        DetailKind.TILE_NOT_SENDABLE,
        DetailKind.KEY_UNKNOWN,
        DetailKind.CLAIM_ABSENT,
        DetailKind.CLAIMS_MISSING,
    ),
    NONE_FEMININE,
)
"""What stands for a list without a name, where "none" would say something else."""


def _listed(names: tuple[str, ...], empty: Text) -> Text:
    listed = ", ".join(names)
    return Text(listed, listed) if names else empty
