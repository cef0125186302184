"""The hub's pages, with the ids, names and structure on which a client relies.

Words and markup are our own. Source: docs/hub.md, "The mire".
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from simulator.hub import errors
from simulator.parties import AIDANTS_CONNECT_UID, Idp
from simulator.web import text

_SILENT_CODES = {errors.PARAMETERS, errors.UNKNOWN_CLIENT, errors.REDIRECT_URI, errors.NOT_FOUND, errors.REPLAYED}
"""Codes whose page has no button to the support form."""

_MENU = (
    ("Comment cela fonctionne", "Un compte que vous avez déjà suffit : choisissez-le, connectez-vous, vous revenez au service."),
    ("Vos données", "Seules les informations nécessaires au service lui sont transmises, et rien n’est conservé au-delà de la connexion."),
    ("Besoin d’aide", "Mot de passe oublié, compte bloqué, message inattendu : chaque fournisseur répond pour son propre compte."),
    ("Vos dernières connexions", "Le tableau de bord montre où et quand votre identité a été utilisée, et permet d’en refuser l’usage."),
    ("Accessibilité", "Cette page se parcourt au clavier ; chaque bouton porte le nom du compte qu’il ouvre."),
    ("Sécurité", "Vérifiez l’adresse affichée par votre navigateur avant de saisir un mot de passe, ici comme chez votre fournisseur."),
)

_ICON = (
    "<svg aria-hidden='true' focusable='false' width='24' height='24' viewBox='0 0 24 24'>"
    "<path d='M12 2 3 6v6c0 5 3.8 9 9 10 5.2-1 9-5 9-10V6l-9-4Zm0 2.2 7 3.1V12c0 3.9-2.8 7.1-7 8-4.2-.9-7-4.1-7-8V7.3l7-3.1Z'/>"
    "<path d='m10.9 15.6-3.5-3.5 1.4-1.4 2.1 2.1 4.3-4.3 1.4 1.4-5.7 5.7Z'/></svg>"
)

_ARROW = (
    "<span class='tile-arrow'><svg aria-hidden='true' focusable='false' width='20' height='20' viewBox='0 0 24 24'>"
    "<path class='tile-arrow-line' d='M4 11.1h12.2l-5.4-5.4 1.3-1.2 7.5 7.5-7.5 7.5-1.3-1.3 5.4-5.4H4v-1.7Z'/>"
    "<path class='tile-ring' d='M12 1.5a10.5 10.5 0 1 1 0 21 10.5 10.5 0 0 1 0-21Zm0 1.6a8.9 8.9 0 1 0 0 17.8 8.9 8.9 0 0 0 0-17.8Z'/>"
    "</svg></span>"
)


def document(title: str, body_id: str, content: str) -> str:
    """Return a whole page around its content: head, header, footer; 6.5 kB without the content."""
    assets = "".join(f"<link rel='stylesheet' href='/assets/{name}.css'>" for name in ("system", "grid", "forms", "tiles", "dialogs"))
    help_items = "".join(
        f"<li class='footer-item'><details class='footer-details'><summary class='footer-summary'>{_ICON}<span>{head}</span></summary>"
        f"<p class='footer-text'>{body}</p></details></li>"
        for head, body in _MENU
    )
    links = "".join(
        "<li class='footer-link-item'><a class='footer-link' target='_blank' rel='noopener' "
        f"href='https://franceconnect.gouv.fr/{slug}'>{label}</a></li>"
        for slug, label in (
            ("accessibilite", "Accessibilité : partiellement conforme"),
            ("cgu", "Conditions générales d’utilisation"),
            ("mentions-legales", "Mentions légales"),
            ("donnees-personnelles", "Données personnelles"),
            ("nous-contacter", "Nous contacter"),
        )
    )
    return (
        "<!doctype html><html lang='fr' data-scheme='system'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'><meta name='robots' content='noindex'>"
        f"<title>{text(title)}</title>{assets}<link rel='icon' href='/favicon.ico'></head><body id='{body_id}'>"
        "<ul class='skip-links'><li><a href='#main'>Contenu</a></li><li><a href='#footer'>Pied de page</a></li></ul>"
        f"<header role='banner' class='header'><div class='header-brand'>{_ICON}<p class='header-state'>République<br>Française</p>"
        f"<p class='header-title'>FranceConnect</p></div></header><main id='main' role='main' class='container'>{content}</main>"
        f"<footer id='footer' role='contentinfo' class='footer'><ul class='footer-list'>{help_items}</ul>"
        f"<ul class='footer-links'>{links}</ul>"
        "<p class='footer-note'>Sauf mention contraire, les textes de cette page de démonstration sont libres de droits.</p>"
        "<!--environment:SIMULATOR--></footer></body></html>"
    )


@dataclass(frozen=True, slots=True)
class TileView:
    """One IdP, as the mire shows it. `title` is the name on its tile."""

    idp: Idp
    title: str
    active: bool
    beta: bool = False
    modal: bool = False


def _tile(view: TileView, prefix: str, csrf: str) -> str:
    idp, uid = view.idp, view.idp.uid
    badge = f"<p class='fr-badge{' fr-badge--info' if view.active else ''} fr-badge--sm'>BETA</p>" if view.beta else ""
    caption = text(view.title) + ("" if view.active else "<br>Indisponible")
    opens = view.modal and view.active
    kind = f"type='button' aria-controls='fr-modal-provider-{uid}' data-fr-opened='false'" if opens else "type='submit'"
    once = "data-prevent-double-submit" if view.active else ""
    button = (
        f"<button id='idp-{uid}' data-testid='idp-{uid}' class='tile-button {idp.name}' {kind} {'' if view.active else 'disabled'}>"
        f"<figure class='tile-figure'><img class='tile-image' src='/img/fi/{idp.image}' alt='' width='120' height='60' loading='lazy'>"
        f"<figcaption class='tile-caption'>{caption}</figcaption></figure>{_ARROW}{badge}</button>"
    )
    dialog = ""
    if opens:
        dialog = (
            f"<dialog id='fr-modal-provider-{uid}' data-testid='provider-selection-modal-{uid}' aria-labelledby='modal-title-{uid}'>"
            f"<h2 id='modal-title-{uid}'>Continuer avec {text(idp.title)} ?</h2><p>Ce compte demande une démarche préalable.</p>"
            "<button type='submit' data-testid='modal-continue-button'>Continuer</button></dialog>"
        )
    token = f"<input type='hidden' name='csrfToken' value='{csrf}'>" if csrf else ""
    return (
        f"<li class='tile'><form name='fs-request' action='{prefix}/redirect-to-idp' method='POST' "
        f"class='interaction-main-content-form' {once}>"
        f"{button}{dialog}<input type='hidden' name='providerUid' value='{uid}'>{token}</form></li>"
    )


def _helpers_button(prefix: str, csrf: str) -> str:
    """Return the button for helpers: a form like a tile's, beside the list, never greyed."""
    token = f"<input type='hidden' name='csrfToken' value='{csrf}'>" if csrf else ""
    return (
        "<section class='helpers'><h2>Vous aidez quelqu’un dans ses démarches ?</h2>"
        f"<form id='form-aidants-connect' name='fs-request' action='{prefix}/redirect-to-idp' method='POST' data-prevent-double-submit>"
        "<button type='submit' data-testid='interaction-aidants-connect-button'>Continuer avec Aidants Connect</button>"
        f"<input type='hidden' name='providerUid' value='{AIDANTS_CONNECT_UID}'>{token}</form></section>"
    )


def hidden_field(name: str) -> str:
    """Return a hidden field that the hub ignores; nothing without a name."""
    return f"<input type='hidden' name='{text(name)}' value='1'>" if name else ""


def noise() -> str:
    """Return elements with ids that nobody has seen before, or will see again."""
    letters = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(10))
    return f"<div id='{secrets.token_hex(8)}'></div><p id='{letters}'></p>"


def mire(
    prefix: str, sp_name: str, back: str, tiles: Iterable[TileView], csrf: str, *, banner: str = "", idp_error: str = "", extra: str = ""
) -> str:
    """Return the page on which the citizen picks an IdP.

    `back` is the address of the link that gives up; `idp_error` the title of an IdP that sent an
    error; `extra` markup at its end.
    """
    listed = "".join(_tile(view, prefix, csrf) for view in tiles)
    notice = f"<section class='fr-notice fr-notice--info'><p class='fr-notice__title'>{text(banner)}</p></section>" if banner else ""
    failed = ""
    if idp_error:
        failed = (
            "<section id='interaction-error-banner' class='fr-alert fr-alert--error' role='alert'>"
            f"<p data-testid='interaction-error-message'>La connexion à <b>{text(idp_error)}</b> n’a pas été possible. "
            "Réessayez, ou choisissez un autre compte.</p></section>"
        )
    content = (
        f"{notice}{failed}<h1>Connexion en cours sur {text(sp_name)}</h1><h2>Choisissez un compte pour vous connecter :</h2>"
        f"<section id='grid-main-providers'><ul data-testid='main-providers' class='tiles'>{listed}</ul></section>"
        f"{_helpers_button(prefix, csrf)}"
        f"<p><a data-testid='back-to-sp-link' href='{text(back)}'>Revenir sur {text(sp_name)}</a></p>{extra}"
    )
    title = "Erreur lors du choix du compte - FranceConnect" if idp_error else "Connexion - Choix du compte - FranceConnect"
    return document(title, "fc-interaction-page", content)


def own_login(prefix: str, sp_name: str, csrf: str, *, name: bool, password: bool, refused: bool, extra: str = "") -> str:
    """Return a page of the hub's own login, which asks for the user name, the password or both.

    `refused` says so above the form. `extra`: markup at its end.
    """
    asks = "" if name and password else "-name" if name else "-password"
    alert = (
        "<p id='login-error' class='fr-alert fr-alert--error' role='alert'>Identifiant ou mot de passe incorrect.</p>" if refused else ""
    )
    fields = "<label>Identifiant <input type='text' name='username' autocomplete='username' required></label>" if name else ""
    fields += "<label>Mot de passe <input type='password' name='password' required></label>" if password else ""
    token = f"<input type='hidden' name='csrfToken' value='{csrf}'>" if csrf else ""
    content = (
        f"<h1>Connexion en cours sur {text(sp_name)}</h1>{alert}"
        f"<form id='own-login{asks}' action='{prefix}/own-login' method='POST'>{token}{fields}"
        f"<button type='submit' id='submit-own-login'>Continuer</button></form>{extra}"
    )
    return document("Connexion - FranceConnect", "fc-login-page", content)


def consent(
    prefix: str, sp_name: str, csrf: str, full_name: str, details: Iterable[str], *, anonymous: bool, tick: bool, extra: str = ""
) -> str:
    """Return the page on which the citizen goes on to the service.

    `tick`: a private SP, whose box must be ticked. `extra`: markup at its end.
    """
    if anonymous:
        identity = "<p data-testid='anonymous-title'>Vous allez continuer de manière anonyme.</p>"
    else:
        identity = f"<p data-testid='identity-fullname-label'>{text(full_name)}</p><ul data-testid='consent-detail'>"
        identity += "".join(f"<li>{text(detail)}</li>" for detail in details) + "</ul>"
    agreement = "J’accepte la transmission de mes données"
    box = f"<label><input type='checkbox' id='consent' name='consent' required> {agreement}</label>" if tick else ""
    content = (
        f"<h1>Vous allez continuer sur {text(sp_name)}</h1>{identity}"
        f"<form data-testid='consent-form' action='{prefix}/login' method='POST'><input type='hidden' name='csrfToken' value='{csrf}'>"
        f"<input type='hidden' name='accept' value='1'>{box}"
        f"<button type='submit' data-testid='consent-continue' {'disabled' if tick else ''}>Continuer sur {text(sp_name)}</button></form>"
        f"{extra}"
    )
    return document("Continuer sur le service - FranceConnect", "fc-consent-page", content)


def error(code: str, error_id: str, prefix: str, sp_name: str = "", idp_name: str = "", *, back: bool = False) -> str:
    """Return the hub's error page.

    The support link's query has the id of the failure, and names the IdP when one was chosen.
    """
    about = {"platform": "FranceConnect", "error_code": code, "sp_name": sp_name, "idp_name": idp_name, "error_id": error_id}
    support = ""
    if code not in _SILENT_CODES:
        href = text(f"https://franceconnect.gouv.fr/support?{urlencode(about)}")
        support = f"<a data-testid='error-support-button' class='fr-btn' href='{href}'>Contacter le support</a>"
    leave = ""
    if back:
        href = text(f"{prefix}/redirect-to-sp-with-error?{urlencode({'error': 'server_error', 'error_description': code})}")
        leave = f"<a data-testid='back-to-sp-link' href='{href}'>Revenir sur {text(sp_name)}</a>"
    content = (
        "<section data-testid='error-section'><h1 data-testid='error-section-title'>Une erreur s’est produite</h1>"
        f"<p data-testid='error-code'>Erreur {text(code)}</p><h2 data-testid='error-section-subtitle'>Que faire ?</h2>"
        f"<p data-testid='error-message'>La connexion n’a pas abouti. Recommencez depuis le service d’origine.</p>"
        f"{support}{leave}</section>"
    )
    return document("Erreur de connexion - FranceConnect", "fc-error-page", content)


def other() -> str:
    """Return a page of the hub that is neither the mire nor an error, as after a wrong redirect."""
    return document("FranceConnect", "fc-home-page", "<h1>Bienvenue</h1><p>Retrouvez ici vos dernières connexions.</p>")


def auto_post(action: str, fields: dict[str, str]) -> str:
    """Return a page that posts its form by script (the logout's hops)."""
    inputs = "".join(f"<input type='hidden' name='{text(name)}' value='{text(value)}'>" for name, value in fields.items())
    form = f"<form id='auto' method='POST' action='{text(action)}'>{inputs}<button type='submit'>Continuer</button></form>"
    return document("Déconnexion - FranceConnect", "fc-logout-page", f"{form}<script>document.getElementById('auto').submit()</script>")
