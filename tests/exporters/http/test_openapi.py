"""The OpenAPI document describes the calls that the API has."""

from pathlib import Path

import httpx
from jsonschema import Draft202012Validator

from exporters.http.api import PREFIX
from exporters.http.openapi import description, document
from tests.fakes.api import ApiInMemory

PAGE = Path(__file__).parents[3] / "docs" / "openapi.json"


async def test_it_is_served_to_everybody() -> None:
    async with ApiInMemory().client() as client:
        assert (await client.get("/openapi.json")).json() == description()


def test_the_committed_description_is_that_of_the_code() -> None:
    assert PAGE.read_text("utf-8") == document(), "python -m exporters.http.openapi > docs/openapi.json"


def references(value: object) -> set[str]:
    if isinstance(value, dict):
        return {one for key, inner in value.items() for one in ([inner] if key == "$ref" else references(inner))}
    return {one for inner in value for one in references(inner)} if isinstance(value, list) else set()


def test_every_schema_is_one_and_is_there() -> None:
    schemas = description()["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert {f"#/components/schemas/{name}" for name in schemas} >= references(description())


async def test_every_described_call_is_answered_and_every_other_method_is_not() -> None:
    """404 and 405 are how the router says that it has no such route;
    every described one gets further.
    """
    memory_api = ApiInMemory()
    values = {"number": "1", "hub": "fc", "idp": "ameli", "system": "rt", "name": "C1@1970-01-01T00:00:01Z"}
    async with memory_api.client() as client:
        for path, calls in description()["paths"].items():
            url = path.format(**values)
            for method in ("get", "post", "put", "delete", "patch"):
                answer: httpx.Response = await client.request(method, url)
                known = answer.status_code not in (404, 405)
                assert known is (method in calls), f"{method} {PREFIX}{path}: {answer.status_code}"
