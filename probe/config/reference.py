"""Writes `docs/configuration.md` from the models and from the comments of the manual.

    python -m probe.config.reference > docs/configuration.md

The models give each key, its kind of value and its default; `config/vigie.yml` and
`config/examples/generic.yml` give what it means, so that nothing is said twice.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probe.config import models, support, tickets
from probe.config.formats import say_duration
from probe.config.outliner import outline
from probe.config.percentages import say_percent

Json = dict[str, Any]
MANUALS = ("config/vigie.yml", "config/examples/generic.yml")
_LINE = re.compile(r"^(?P<lead> *)(?P<off># ?)?(?P<deep> *)(?P<item>- )?(?P<key>[A-Za-z0-9_-]+):(?: (?P<rest>.*))?$")
_TRAILING = re.compile(r"(?:^|\s)#\s+(.*)$")
_HEAD = """# Configuration

Written by `python -m probe.config.reference` from the models and the manual; do not edit.
[config/vigie.yml](../config/vigie.yml) is the manual: the same keys, in place, with examples.
`vigie config schema` prints a JSON Schema for editors, `vigie config check FILE` names every mistake.

"""
_WORDS = {
    "text": "text",
    "whole": "whole number",
    "truth": "true or false",
    "day": "day (2027-03-01)",
    "anything": "anything",
    "parse_duration": "duration (30s, 2h)",
    "parse_percent": "percentage",
    "parse_goal": "percentage",
    "_read_path": "path",
    "_read_store": "path, or postgresql://...",
    "parse_date": "day (2027-03-01)",
    "parse_days": "days (mon-fri)",
    "parse_hours": "hours (09:30-18:00)",
    "check_selector": "CSS selector",
    "check_pattern": "pattern",
    "check_url": "URL",
    "check_issuer": "URL",
    "check_origin": "URL",
    "check_host": "host or host:port",
    "check_mail": "mail address",
    "check_template": "template (Jinja2)",
    "_check_template": "template (Jinja2)",
    "_check_field": "template (Jinja2)",
    "check_listen": "address:port",
    "check_ip_port": "address:port",
    "check_zone": "time zone (Europe/Paris)",
    "check_path": "path of a URL",
}
_PLAIN = {
    "SecretRef": {"file": "The file that holds the secret. Keep it 0600.", "env": "The environment variable that holds it."},
    "DatedSecretRef": {
        "file": "The file that holds the secret. Keep it 0600.",
        "env": "The environment variable that holds it.",
        "expires": "The day on which it ends: told of before (`expiry`).",
    },
    "Config": {"spool_limit": "Observations that wait in the spool at most.", "hubs": "What is watched."},
    "Politeness": {"requests": "Requests to one host in a period, at most.", "period": "The period."},
    "Expiry": {"soon": "Tell of it so long before.", "very_soon": "Tell of it as urgent so long before."},
    "Control": {"targets": "At least two, on different networks.", "interval": "Time between two questions to a target."},
    "ControlTarget": {"name": "A name of your own.", "url": "What is asked for."},
    "LoginRecipe": {"pages": "The pages of the login, in their order."},
    "PageProfile": {"mire": "The page of choice.", "error": "The hub's error page."},
    "ErrorPage": {"code": "The element that holds the error's code.", "ignore_codes": "Codes that mean no error."},
    "Person": {"name": "Whom one reaches there.", "mail": "Where one reaches them."},
    "Clocks": {"take_in_hand": "Until an incident is taken in hand."},
    "Times": {"escalate": "Until it is escalated.", "total": "Until it must be resolved."},
    "Intermittent": {"failures": "Failures within the window."},
    "Failing": {"share": "Percent of the journeys."},
    "DeactivationWebhook": {"url": "Where each step is posted."},
    "Api": {"tokens": "A name for each person or program, and its token."},
    "Credentials": {"token": "A bearer token.", "user": "Or a user name,", "password": "with its password."},
    "RequestTrackerSystem": {"user": "Instead of a token: a user name,", "password": "with its password."},
    "Retry": {"longest": "The longest pause.", "deadline": "The deadline of one try."},
    "Statuses": {
        "work": "Of a ticket that is worked on.",
        "wait": "Of one that waits for an answer.",
        "resolve": "Of one that is resolved.",
        "reopen": "Of one that is opened again.",
        "close": "Of one that is closed.",
    },
    "MailSystem": {
        "host": "The mail server.",
        "port": "Its port.",
        "user": "The user name to log in with.",
        "password": "The password.",
        "sender": "The address that mails come from.",
        "sender_name": "The name beside it.",
        "to": "The mailboxes that get every mail.",
    },
    "GlpiSystem": {"entity": "The number of GLPI's entity."},
    "WebhookSystem": {"content_type": "What the body is.", "secret_headers": "Headers whose values are secrets."},
    "Links": {"vigie": "Where Vigie's pages are reached.", "grafana": "Where Grafana is reached."},
    "Hub": {
        "name": "A name of your own. It stands in the ledger: keep it.",
        "issuer": "The issuer, as the hub's metadata and tokens have it.",
        "idps": "The IdPs that are watched.",
        "thresholds": "When an outage is confirmed, and how vantages are counted.",
    },
    "Endpoints": {
        "authorization": "Where a login begins.",
        "token": "Where the code is exchanged.",
        "userinfo": "Where the identity is fetched.",
        "jwks": "Where the keys are.",
        "end_session": "Where one logs out.",
    },
    "ServiceProvider": {"client_id": "The name under which the hub knows this client."},
    "Account": {"username": "Of the synthetic account.", "password": "Of the synthetic account."},
    "Direct": {"url": "The IdP's metadata, or a health page of it."},
    "TrustedDevice": {"cookie": "The cookie that is kept."},
    "Intervals": {
        "mire": "Between two looks at the mire.",
        "journey": "Between two journeys of an IdP.",
        "direct": "Between two direct questions to an IdP.",
        "negative": "Between two runs of a negative journey.",
    },
    "Deadlines": {
        "mire": "Of a look at the mire.",
        "journey": "Of a journey of an IdP.",
        "direct": "Of a direct question to an IdP.",
        "negative": "Of a negative journey.",
    },
    "Changes": {"announced": "The kinds of changes that need an announcement."},
}
"""What the manual leaves to the key's name, or has no room for."""


LIKE = {
    "Client": "ServiceProvider",
    "ClientIdP": "IdP",
    "IdPDefaults": "IdP",
    "MailSystem": "RequestTrackerSystem",
    "GlpiSystem": "RequestTrackerSystem",
    "WebhookSystem": "RequestTrackerSystem",
    "HubWindowGoal": "HubGoal",
    "IdpGoal": "HubGoal",
    "WindowGoal": "HubGoal",
}
"""A model whose keys mean what those of another do, unless the manual says otherwise."""


@dataclass(slots=True)
class Manual:
    """The meaning of each key, by its model, out of the comments around it."""

    drawn: Json
    meanings: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self, text: str) -> None:
        """Take in a manual's comments. What an earlier one says stays."""
        above: list[str] = []
        stack: list[tuple[int, str]] = []
        last: tuple[str, str] | None = None
        taken: set[tuple[str, str]] = set(self.meanings)
        for line in text.splitlines():
            found = _LINE.match(line)
            place = self._place(found, stack) if found else None
            if place is not None and found:
                last = place if place not in taken else None
                trailing = _TRAILING.search(found["rest"] or "")
                words = " ".join([*above, trailing[1] if trailing else ""]).strip()
                above = []
                if last and words:
                    self.meanings.setdefault(last, words)
            elif not line.strip():
                above, last = [], None
            elif last and (more := re.match(r"^ {20,}#\s+(.*)|^ *# {15,}#?\s*(.*)", line)):
                self.meanings[last] = f"{self.meanings.get(last, '')} {more[1] or more[2]}".strip()
            elif comment := re.match(r"^ *# ?(.*)", line):
                above.append(comment[1].strip())
            else:
                above, last = [], None

    def meaning(self, model: str, key: str) -> str:
        """Return what a key means; empty where nothing says it."""
        return self.meanings.get((model, key)) or self.meanings.get((LIKE.get(model, ""), key), "")

    def _place(self, found: re.Match[str], stack: list[tuple[int, str]]) -> tuple[str, str] | None:
        column = len(found["lead"]) + len(found["deep"]) + (2 if found["item"] else 0)
        before = [each for each in stack if each[0] < column]
        keys = [key for _, key in before] + [found["key"]]
        place = next(self._owners(self.drawn["root"], keys), None)
        if place is not None:
            stack[:] = [*before, (column, found["key"])]
        return place if place and place[0] else None

    def _owners(self, shape: Json, keys: list[str]) -> Iterator[tuple[str, str]]:
        """Yield the model and key at the end of a path; an empty model for a name of one's own."""
        for inner in self._parts(shape):
            if inner["is"] == "map":
                if len(keys) == 1:
                    yield "", keys[0]
                else:
                    yield from self._owners(inner["of"], keys[1:])
            elif inner["is"] == "model" and keys[0] in self.drawn["models"][inner["name"]]:
                if len(keys) == 1:
                    yield inner["name"], keys[0]
                else:
                    yield from self._owners(self.drawn["models"][inner["name"]][keys[0]], keys[1:])

    def _parts(self, shape: Json) -> Iterator[Json]:
        if shape["is"] in ("model", "map"):
            yield shape
        elif shape["is"] == "either":
            for each in shape["of"].values():
                yield from self._parts(each)
        elif "of" in shape:
            yield from self._parts(shape["of"])


def inner_models(shape: Json) -> Iterator[tuple[str, str]]:
    """Yield the name of each model within a shape, and what its keys' path adds."""
    if shape["is"] == "model":
        yield shape["name"], ""
    elif shape["is"] == "either":
        for each in shape["of"].values():
            yield from inner_models(each)
    elif "of" in shape:
        more = {"list": "[]", "map": ".NAME"}.get(shape["is"], "")
        yield from ((name, more + rest) for name, rest in inner_models(shape["of"]))


def _kind(shape: Json) -> str:
    match shape["is"]:
        case "nullable" | "as list":
            return _kind(shape["of"])
        case "checked":
            return _WORDS.get(shape["by"]) or _kind(shape["of"])
        case "parsed":
            return _WORDS[shape["by"]]
        case "one of":
            return ", ".join(f"`{word}`" for word in shape["words"])
        case "list":
            return f"list: {_kind(shape['of'])}"
        case "map":
            return f"names, each with: {_kind(shape['of'])}"
        case "model":
            return _linked(shape["name"])
        case "either":
            return " or ".join(dict.fromkeys(_kind(each) for each in shape["of"].values()))
        case "whole":
            bounds = [str(shape[key]) for key in ("ge", "le") if key in shape]
            return f"whole number{', ' + ' to '.join(bounds) if bounds else ''}"
        case word:
            return _WORDS[word]


def _linked(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _default(shape: Json) -> str:
    if shape.get("needed"):
        return "needed"
    default = shape.get("default")
    if default is None:
        return {"list": "empty", "map": "empty", "model": "-"}.get(shape["is"], "none")
    parsed = shape.get("by", "")
    if parsed == "parse_duration":
        return f"`{say_duration(default)}`"
    if parsed in ("parse_percent", "parse_goal"):
        return f"`{say_percent(default)}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").strip()


def sections(drawn: Json) -> dict[str, list[str]]:
    """Return every model, in the order of the file, with the paths at which it stands."""
    found: dict[str, list[str]] = {}

    def walk(name: str, path: str) -> None:
        first = name not in found
        found.setdefault(name, []).append(path)
        if first:
            for key, shape in drawn["models"][name].items():
                for inner, more in inner_models(shape):
                    walk(inner, f"{path}.{key}{more}".lstrip("."))

    walk(drawn["root"]["name"], "")
    return found


def _described(name: str) -> str:
    for module in (models, support, tickets):
        model = getattr(module, name, None)
        if model is not None:
            return " ".join((model.__doc__ or "").split("\n\n")[0].split())
    return ""


def manual_of(root: Path) -> Manual:
    """Read the manuals of a checkout."""
    manual = Manual(outline())
    for name in MANUALS:
        manual.read((root / name).read_text("utf-8"))
    for model, keys in _PLAIN.items():
        for key, words in keys.items():
            manual.meanings.setdefault((model, key), words)
    manual.meanings["Direct", "expect_status"] = "The status that the answer must have."
    return manual


def document(root: Path) -> str:
    """Return the text of docs/configuration.md."""
    drawn, manual = outline(), manual_of(root)
    parts = [_HEAD]
    for name, paths in sections(drawn).items():
        places = ", ".join(f"`{path}`" for path in dict.fromkeys(paths) if path)
        where = f"Stands at {places}.\n\n" if places else "The file itself.\n\n"
        rows = [
            f"| `{key}` | {_kind(shape)} | {_default(shape)} | {_cell(manual.meaning(name, key))} |"
            for key, shape in drawn["models"][name].items()
        ]
        described = _described(name)
        parts.append(f"## {name}\n\n{described + chr(10) * 2 if described else ''}{where}")
        parts.append("| key | value | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n\n")
    return "".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(document(Path(__file__).resolve().parents[2]))
