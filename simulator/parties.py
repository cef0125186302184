"""The parties of the federation. Cookies ignore ports, so each party has its own loopback address.

Names, titles, uids and images of the IdPs: docs/hub.md, "The simulated hub".
"""

from dataclasses import dataclass
from enum import StrEnum

HUB = "hub"
REGISTRY = "registry"
OUTSIDE = "outside"  # the control target: nothing to do with the hub
CONTROL = "control"  # where faults are switched

OWN_LOGIN = "accounts"
"""The name, in `vigie.yml`, of the login of a hub that logs citizens in itself."""


class LoginShape(StrEnum):
    """The shape of an IdP's login."""

    ONE_PAGE = "one-page"
    TWO_PAGES = "two-pages"  # the identifier, then the password
    INTERSTITIAL = "interstitial"  # one page, and now and then an information page after it


@dataclass(frozen=True, slots=True)
class Idp:
    """One IdP, in the hub's records and as a server of its own."""

    name: str
    title: str
    uid: str
    image: str
    order: int
    login: LoginShape
    user_field: str
    password_field: str
    discovery: bool = True  # the hub reads its metadata at each choice
    refusal_status: int = 200  # of the page that refuses a password
    alg: str = "ES256"  # of its id_token
    userinfo_jwt: bool = False


IDPS: tuple[Idp, ...] = (
    Idp("impot_gouv", "impots.gouv.fr", "8dfc4080-c90d-4234-969b-f6c961de3e90", "fi-impots.svg", 1, LoginShape.ONE_PAGE, "spi", "password"),
    Idp(
        "ameli",
        "Ameli.fr",
        "07e573f2-3312-4bb9-bc48-6fcec737e497",
        "fi-ameli.svg",
        2,
        LoginShape.TWO_PAGES,
        "identifiant",
        "code",
        refusal_status=401,
    ),
    Idp(
        "la_poste",
        "L'Identité Numérique La Poste",
        "7d4455fb-3141-4b12-8a18-718d2cb9b149",
        "fi-laposte.svg",
        3,
        LoginShape.INTERSTITIAL,
        "email",
        "password",
        alg="RS256",
    ),
    Idp("msa", "MSA", "c8d48186-811f-4c78-85f3-a5cd2ea7bfef", "fi-msa.svg", 4, LoginShape.ONE_PAGE, "login", "password", discovery=False),
    Idp(
        "yris",
        "YRIS",
        "f5f97e5a-0f73-4ac8-8da7-b1d015cb5a7e",
        "fi-yris.svg",
        5,
        LoginShape.TWO_PAGES,
        "username",
        "password",
        discovery=False,
        refusal_status=401,
    ),
    Idp(
        "france_identite",
        "France Identité",
        "0b2d3258-0ef4-42d8-981f-083175368c92",
        "fi-france-identite.svg",
        6,
        LoginShape.ONE_PAGE,
        "user",
        "pin",
        userinfo_jwt=True,
    ),
    Idp(
        "trustme",
        "TrustMe",
        "84b31772-0510-4d98-8ad8-d179919f7305",
        "fi-trustme.svg",
        7,
        LoginShape.ONE_PAGE,
        "login",
        "password",
        refusal_status=401,
    ),
)

AIDANTS_CONNECT_UID = "3189d655-0c78-4ff7-9758-f3a3ac36dd7e"
"""The uid of the button beside the mire's list. No IdP is behind it: pressing it gives Y020019."""

BY_NAME = {idp.name: idp for idp in IDPS}
BY_UID = {idp.uid: idp for idp in IDPS}

ADDRESSES: dict[str, str] = {
    HUB: "127.0.0.11",
    **{idp.name: f"127.0.0.{20 + idp.order}" for idp in IDPS},
    REGISTRY: "127.0.0.31",
    OUTSIDE: "127.0.0.41",
    CONTROL: "127.0.0.51",
}
"""Every party's address. The ports from `port_base` follow the same order."""
