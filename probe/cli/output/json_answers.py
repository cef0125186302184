"""Prints answers of the API as JSON: `--json` of a command has the API's shape."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from exporters.http.answers import ApiAnswer


def print_json(answer: ApiAnswer | Sequence[ApiAnswer] | Mapping[str, Any]) -> None:
    """Print an answer of the API, a list of them, or plain values, as JSON."""
    click.echo(json.dumps(_plain(answer), ensure_ascii=False, indent=2))


def _plain(answer: ApiAnswer | Sequence[ApiAnswer] | Mapping[str, Any]) -> Any:
    if isinstance(answer, ApiAnswer):
        return answer.plain()
    return dict(answer) if isinstance(answer, Mapping) else [one.plain() for one in answer]
