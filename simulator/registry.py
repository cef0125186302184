"""The civil registry (RNIPP), which the hub asks for each identity. It answers in XML.

Source: docs/hub.md, "Identity and checks".
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.claims import REGISTRY_IDENTITY
from simulator.parties import REGISTRY
from simulator.web import text, until_gone
from simulator.world import World

PATH = "/Brpp2IdentificationComplet/individus"
FOUND, FOUND_CORRECTED, NOT_FOUND = 2, 3, 8
_SEX = {"female": "F", "male": "M"}


def registry_app(world: World) -> Starlette:
    """Return the application: `GET /health-check`, and the search of a person by civil identity."""

    async def search(request: Request) -> Response:
        board = world.board
        if board.has(REGISTRY, "timeout"):
            await until_gone(request)
        if board.has(REGISTRY, "rejected"):
            return _xml("<erreur>Appel refuse</erreur>", 403)
        if board.has(REGISTRY, "bad_data"):
            return _xml("<erreur>Parametres invalides</erreur>", 400)
        if board.has(REGISTRY, "bad_xml"):
            return Response("<individus><identite>", media_type="application/xml")
        person = board.find(REGISTRY, "person")
        if person:
            return _answer(int(person.number("response")))
        if not _known(request):
            return _answer(NOT_FOUND)
        return _answer(FOUND, deceased=board.has(REGISTRY, "deceased"))

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(routes=[Route(PATH, search), Route("/health-check", health)])


def query_for(identity: dict[str, object]) -> dict[str, str]:
    """Return the search of one person, as the hub writes it."""
    return {
        "rechercheType": "S",
        "nom": str(identity["family_name"]),
        "prenoms": str(identity["given_name"]),
        "dateNaissance": str(identity["birthdate"]).replace("-", ""),
        "sexe": _SEX.get(str(identity["gender"]), "I"),
        "codeLieuNaissance": str(identity.get("birthplace") or identity["birthcountry"]),
    }


def _known(request: Request) -> bool:
    expected = query_for(REGISTRY_IDENTITY)
    return all(request.query_params.get(name, "").upper() == value.upper() for name, value in expected.items())


def _answer(response: int, *, deceased: bool = False) -> Response:
    person = ""
    if response in (FOUND, FOUND_CORRECTED):
        civil = REGISTRY_IDENTITY
        names = "".join(f"<prenom>{text(name)}</prenom>" for name in civil["given_name_array"])
        person = (
            f"<individu deces='{str(deceased).lower()}'><nom>{text(civil['family_name'])}</nom><prenoms>{names}</prenoms>"
            f"<sexe>{_SEX[civil['gender']]}</sexe><dateNaissance>{civil['birthdate']}</dateNaissance>"
            f"<lieuNaissance>{civil['birthplace']}</lieuNaissance><paysNaissance>{civil['birthcountry']}</paysNaissance></individu>"
        )
    return _xml(f"<identification><codeReponse>{response}</codeReponse>{person}</identification>", 200)


def _xml(body: str, status: int) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n', status, media_type="application/xml")
