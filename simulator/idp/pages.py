"""The IdP's pages. Each IdP names its fields in its own way, as real ones do."""

from starlette.responses import HTMLResponse

from simulator.parties import Idp, LoginShape
from simulator.web import text


def _page(idp: Idp, title: str, body: str, status: int = 200, identity: str = "idp-login") -> HTMLResponse:
    markup = (
        f"<!doctype html><html lang='fr'><head><meta charset='utf-8'><title>{text(title)} - {text(idp.title)}</title></head>"
        f"<body id='{identity}' data-idp='{idp.name}'><header><p>{text(idp.title)}</p></header><main><h1>{text(title)}</h1>{body}</main>"
        "<footer><a href='/aide'>Aide</a> <a href='/mentions-legales'>Mentions légales</a></footer></body></html>"
    )
    return HTMLResponse(markup, status, headers={"cache-control": "no-store"})


def _hidden(uid: str, csrf: str) -> str:
    return f"<input type='hidden' name='interactionId' value='{text(uid)}'><input type='hidden' name='_csrf' value='{text(csrf)}'>"


def _leave(uid: str) -> str:
    return f"<p><a data-testid='back-to-fc-link' href='/interaction/{text(uid)}/abort'>Revenir à FranceConnect</a></p>"


def login_page(idp: Idp, uid: str, csrf: str, *, refused: bool = False) -> HTMLResponse:
    """Return the first page: identifier and password, or the identifier alone.

    `refused` shows the refusal above it.
    """
    alert = "<p class='alert alert-error' role='alert' id='login-error'>Identifiant ou mot de passe incorrect.</p>" if refused else ""
    password = f"<label>Mot de passe <input type='password' name='{idp.password_field}' required></label>"
    body = (
        f"{alert}<form method='post' action='/login' id='login-form'>{_hidden(uid, csrf)}"
        f"<label>Identifiant <input type='text' name='{idp.user_field}' autocomplete='username' required></label>"
        f"{'' if idp.login is LoginShape.TWO_PAGES else password}"
        "<button type='submit' id='submit-login' name='action' value='login'>Continuer</button></form>"
        f"{_leave(uid)}"
    )
    return _page(idp, "Connexion", body, idp.refusal_status if refused else 200)


def password_page(idp: Idp, uid: str, csrf: str, *, refused: bool = False) -> HTMLResponse:
    """Return the second page of a two-page login."""
    alert = "<p class='alert alert-error' role='alert' id='login-error'>Mot de passe incorrect.</p>" if refused else ""
    body = (
        f"{alert}<form method='post' action='/password' id='password-form'>{_hidden(uid, csrf)}"
        f"<label>Mot de passe <input type='password' name='{idp.password_field}' required></label>"
        "<button type='submit' name='action' value='back' formnovalidate>Changer d’identifiant</button>"
        "<button type='submit' id='submit-password' name='action' value='login'>Se connecter</button></form>"
        f"{_leave(uid)}"
    )
    return _page(idp, "Mot de passe", body, idp.refusal_status if refused else 200, "idp-password")


def account_page(idp: Idp, uid: str, csrf: str, asks: str) -> HTMLResponse:
    """Return a page that wants a new password of the account's owner, or consent to new terms."""
    fields = {
        "password": "<label>Nouveau <input type='password' name='new'></label><label>Encore <input type='password' name='again'></label>",
        "terms": "<label><input type='checkbox' name='terms' required> J’accepte les nouvelles conditions</label>",
    }
    body = (
        f"<form method='post' action='/account' id='account-form'>{_hidden(uid, csrf)}{fields[asks]}"
        "<button type='submit' name='action' value='go'>Valider</button></form>"
    )
    return _page(idp, "Votre compte", body, 200, "idp-account")


def information_page(idp: Idp, uid: str, csrf: str) -> HTMLResponse:
    """Return the information page that appears now and then."""
    body = (
        "<p>Vos coordonnées sont-elles toujours à jour ?</p>"
        f"<form method='post' action='/information' id='information-form'>{_hidden(uid, csrf)}"
        "<button type='submit' id='continue' name='action' value='continue'>Me le rappeler plus tard</button></form>"
    )
    return _page(idp, "Information", body, 200, "idp-information")


def error_page(idp: Idp, status: int, message: str) -> HTMLResponse:
    return _page(idp, "Erreur", f"<p class='idp-error' role='alert'>{text(message)}</p>", status, "idp-error")


def empty_page(idp: Idp) -> HTMLResponse:
    return _page(idp, "Bienvenue", "<p>Découvrez nos services.</p>", 200, "idp-home")
