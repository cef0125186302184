"""The rules over more than one key. They read no other file.

They read the raw data rather than the models, so that one wrong value does not hide another
problem, and so that a quick command can apply them. They pass over data of the wrong shape, which
the models report. Each violation is a pair of path and message.
"""

from collections.abc import Iterator
from typing import Any

from probe.config import profiles
from probe.config.formats import parse_duration, say_duration
from probe.config.outline import default, keys
from probe.config.source import Path_, is_private, show, suggestion
from probe.core.incident.deactivation import WEBHOOK
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN

Violation = tuple[Path_, str]
SHORTEST_INTERVAL = 100_000  # microseconds, for a demonstration; anything shorter is a load test
# Microseconds; nobody waits longer for a process to end.
SHORTEST_LOOK = 1_000_000
SHORTEST_DRAIN, LONGEST_DRAIN = 1_000_000, 600_000_000
CONTROL_VOUCHES = 3  # intervals for which a control observation vouches
WITHOUT_CHOOSER = "none"
IDENTITY, LOGIN_PAGE = "identity", "login-page"
_NEEDED = {"client_secret_post": "client_secret", "client_secret_basic": "client_secret", "private_key_jwt": "private_key"}
_OURS = ("client_id", "response_type", "redirect_uri", "scope", "state", "nonce", "acr_values", "code_challenge", "code_challenge_method")
_ENDPOINTS = ("authorization", "token", "userinfo")


def find_rules(data: Any) -> Iterator[Violation]:
    """Yield every violation. No file is read."""
    root = mapping(data)
    yield from find_equal_names(data)
    yield from _control(mapping(root.get("control")))
    yield from _shadows(mapping(root.get("profiles")))
    for name, profile in mapping(root.get("profiles")).items():
        yield from _error_id(mapping(profile), ("profiles", name))
    yield from _mire_pages(root)
    yield from _store(root)
    yield from _drain(root)
    yield from _auto_reload(root)
    yield from _expiry(root)
    yield from _support(root)
    yield from _tickets(root.get("tickets"))
    yield from _replies(root)
    for path, hub in mappings(root.get("hubs"), ("hubs",)):
        yield from _error_id(mapping(hub.get("profile")), (*path, "profile"))
        yield from _hub(hub, path, root)


def find_equal_names(data: Any) -> Iterator[Violation]:
    """Yield hubs, and IdPs of one hub, that have the same name."""
    hubs = mapping(data).get("hubs")
    yield from _duplicates(hubs, ("hubs",), "name")
    for path, hub in mappings(hubs, ("hubs",)):
        yield from _duplicates(hub.get("idps"), (*path, "idps"), "name")
        yield from _duplicates(hub.get("clients"), (*path, "clients"), "name")


def _store(root: dict[str, Any]) -> Iterator[Violation]:
    shared = _is_shared(root)
    if not shared and "store_password" in root:
        yield ("store_password",), "is for a postgresql:// store only"
    ref = root.get("store_password")
    if shared and ref is not None and "@" not in str(root["store"]):
        yield ("store",), "names no user for store_password: postgresql://USER@HOST:PORT/DATABASE"
    if not shared and str(root.get("vantages", "1")) != "1":
        yield ("vantages",), "needs a store that several probers share: postgresql://"
    for path, hub in mappings(root.get("hubs"), ("hubs",)):
        least = mapping(hub.get("thresholds")).get("min_vantages", "1")
        if not shared and str(least) != "1":
            yield (*path, "thresholds", "min_vantages"), "needs a store that several probers share: postgresql://"


def _is_shared(root: dict[str, Any]) -> bool:
    return str(root.get("store", "")).startswith("postgresql://")


def _auto_reload(root: dict[str, Any]) -> Iterator[Violation]:
    interval = _parsed(root["auto_reload"]) if root.get("auto_reload") is not None else None
    if interval is not None and 0 < interval < SHORTEST_LOOK:
        yield ("auto_reload",), f"is shorter than {say_duration(SHORTEST_LOOK)}: {show(say_duration(interval))}"


def _drain(root: dict[str, Any]) -> Iterator[Violation]:
    drain = _parsed(root["drain"]) if root.get("drain") is not None else None
    if drain is not None and 0 < drain < SHORTEST_DRAIN:
        yield ("drain",), f"is shorter than {say_duration(SHORTEST_DRAIN)}: {show(say_duration(drain))}"
    if drain is not None and drain > LONGEST_DRAIN:
        yield ("drain",), f"is longer than {say_duration(LONGEST_DRAIN)}: {show(say_duration(drain))}"


def _expiry(root: dict[str, Any]) -> Iterator[Violation]:
    expiry = mapping(root.get("expiry"))
    soon, very_soon = (_parsed(expiry[key]) if key in expiry else default("Expiry", key) for key in ("soon", "very_soon"))
    if soon is not None and very_soon is not None and very_soon > soon:
        at = ("expiry", "very_soon" if "very_soon" in expiry else "soon")
        yield at, f"makes very_soon, {say_duration(very_soon)}, longer than soon, {say_duration(soon)}"


def _support(root: dict[str, Any]) -> Iterator[Violation]:
    support = mapping(root.get("support"))
    for severity, times in mapping(mapping(support.get("clocks")).get("severities")).items():
        first, total = (_parsed(mapping(times).get(key)) for key in ("escalate", "total"))
        if first is not None and total is not None and first > total:
            yield ("support", "clocks", "severities", severity, "escalate"), f"is longer than the total, {say_duration(total)}"


def _tickets(entries: Any) -> Iterator[Violation]:
    yield from _duplicates(entries, ("tickets",), "name")
    for path, system in mappings(entries, ("tickets",)):
        if system.get("name") == WEBHOOK:
            yield (*path, "name"), f"is the name of the flags' webhook: choose another: {show(WEBHOOK)}"


def _replies(root: dict[str, Any]) -> Iterator[Violation]:
    reply_by = mapping(root.get("mail")).get("reply_by")
    mailboxes = [system.get("name") for _, system in mappings(root.get("tickets"), ("tickets",)) if system.get("system") == "mail"]
    if isinstance(reply_by, str) and reply_by not in mailboxes:
        yield ("mail", "reply_by"), f"is not the name of a ticket system with system: mail: {show(reply_by)}"


def _hub(hub: dict[str, Any], path: Path_, root: dict[str, Any]) -> Iterator[Violation]:
    idps, at_idps = hub.get("idps"), (*path, "idps")
    yield from _duplicates(idps, at_idps, "tile")
    yield from _known_profile(hub, path, root)
    yield from _chooser(hub, path, is_without_chooser(hub, root))
    yield from _client_auth(mapping(hub.get("sp")), (*path, "sp"))
    yield from _clients(hub, path, root)
    yield from _times(hub, path)
    yield from _endpoints(hub, path, root)
    yield from _negatives(hub, path)
    for at, idp in mappings(idps, at_idps):
        yield from _idp(idp, at, root, is_without_chooser(hub, root))
        yield from _idp_interval(idp, at, hub)


def _clients(hub: dict[str, Any], path: Path_, root: dict[str, Any]) -> Iterator[Violation]:
    """Refuse clients beside the main one that make no sense."""
    main = mapping(hub.get("sp")).get("client_id")
    clients, vouches = hub.get("clients"), _vouches(hub)
    yield from _duplicates(clients, (*path, "clients"), "client_id")
    for at, client in mappings(clients, (*path, "clients")):
        if client.get("client_id") is not None and client.get("client_id") == main:
            yield (*at, "client_id"), "is that of sp: a client is told apart by its client_id"
        yield from _client_auth(client, at)
        yield from _own_interval(client, at, vouches, _duration(hub, "deadlines", "mire", default("Deadlines", "mire")))
        yield from _duplicates(client.get("idps"), (*at, "idps"), "name")
        for idp_at, idp in mappings(client.get("idps"), (*at, "idps")):
            yield from _client_idp(idp, idp_at, hub, root)


def _client_idp(idp: dict[str, Any], path: Path_, hub: dict[str, Any], root: dict[str, Any]) -> Iterator[Violation]:
    known = {each["name"]: each for _, each in mappings(hub.get("idps"), ()) if isinstance(each.get("name"), str)}
    name = idp.get("name")
    if not isinstance(name, str):
        return
    if name not in known:
        yield (*path, "name"), f"is not the name of one of the hub's idps{suggestion(name, known)}: {show(name)}"
        return
    whole = known[name] | {key: value for key, value in idp.items() if value is not None}
    yield from _login(whole, path)
    yield from _known_recipe(idp, path, root)
    yield from _own_interval(idp, path, _vouches(hub), _duration(hub, "deadlines", "journey", default("Deadlines", "journey")))


def is_without_chooser(hub: dict[str, Any], root: dict[str, Any]) -> bool:
    return _raw_profile(hub.get("profile", "franceconnect"), root).get("chooser") == WITHOUT_CHOOSER


def _profiles(root: dict[str, Any]) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Yield the page profiles that the file holds."""
    for name, profile in mapping(root.get("profiles")).items():
        yield ("profiles", name), mapping(profile)
    for path, hub in mappings(root.get("hubs"), ("hubs",)):
        if isinstance(hub.get("profile"), dict):
            yield (*path, "profile"), hub["profile"]


def _mire_pages(root: dict[str, Any]) -> Iterator[Violation]:
    for path, profile in _profiles(root):
        without = profile.get("chooser") == WITHOUT_CHOOSER
        if without and profile.get("mire") is not None:
            yield (*path, "mire"), "is the page of a chooser, and the profile says chooser: none"
        if not without and profile.get("mire") is None:
            yield path, "needs mire: the page on which an IdP is chosen (or say chooser: none)"


def _chooser(hub: dict[str, Any], path: Path_, without: bool) -> Iterator[Violation]:
    """Refuse what cannot be watched at a hub without a chooser, which is its own only IdP."""
    idps = hub.get("idps")
    if not without:
        return
    if isinstance(idps, list) and len(idps) > 1:
        yield (*path, "idps"), "has several, and a hub with chooser: none has one login: its own"
    if isinstance(hub.get("negative"), list) and "idp" in hub["negative"]:
        yield (*path, "negative"), "has idp, and there is no IdP to choose with chooser: none"
    for at, client in mappings(hub.get("clients"), (*path, "clients")):
        if not client.get("idps"):
            yield at, "needs idps: with chooser: none, its login page is known by the recipe"
    for at, idp in mappings(idps, (*path, "idps")):
        for key in ("tile", "hosts", "direct"):
            if idp.get(key):
                yield (*at, key), "is of an IdP that is chosen: with chooser: none the login is the hub's own"
        if _true(idp.get("control")):
            yield (*at, "control"), "marks an IdP behind the hub: with chooser: none the login is the hub's own"


def _idp(idp: dict[str, Any], path: Path_, root: dict[str, Any], without_chooser: bool) -> Iterator[Violation]:
    if mapping(idp.get("account")).get("budget") is not None and _is_shared(root) and "vantages" not in root:
        yield (*path, "account", "budget"), "needs vantages: at the top, how many probers share the store, as each has its part of a budget"
    if not without_chooser and idp.get("tile") is None:
        yield (*path, "tile"), "is required"
    yield from _login(idp, path)
    if idp.get("depth") == LOGIN_PAGE and _true(idp.get("control")):
        yield (*path, "control"), "marks a control IdP, which must have depth identity: its login and its identity are compared"
    if not without_chooser and not idp.get("hosts") and not mapping(idp.get("direct")).get("url"):
        yield path, "needs hosts: the hosts of its login pages, since no other host is ever followed"
    yield from _known_recipe(idp, path, root)
    yield from _duplicates(idp.get("contacts"), (*path, "contacts"), "mail")


def _login(idp: dict[str, Any], path: Path_) -> Iterator[Violation]:
    if idp.get("depth", IDENTITY) == IDENTITY:
        for key in ("recipe", "account"):
            if idp.get(key) is None:
                yield path, f"has depth identity, which needs {key}: (or say depth: login-page)"


def _known_recipe(idp: dict[str, Any], path: Path_, root: dict[str, Any]) -> Iterator[Violation]:
    recipe, recipes = idp.get("recipe"), mapping(root.get("recipes"))
    if isinstance(recipe, str) and recipe not in recipes:
        yield (*path, "recipe"), f"is not the name of one of the recipes{suggestion(recipe, recipes)}: {show(recipe)}"


def _negatives(hub: dict[str, Any], path: Path_) -> Iterator[Violation]:
    """Require what the negative journeys need that log in or out."""
    able = [idp.get("name") for _, idp in mappings(hub.get("idps"), path) if idp.get("depth", IDENTITY) == IDENTITY]
    account = hub.get("negative_idp")
    if isinstance(account, str) and account not in able:
        names = ", ".join(str(name) for name in able) or "there is none"
        yield (*path, "negative_idp"), f"is not the name of an IdP of this hub with depth identity ({names}): {show(account)}"
    asked = hub.get("negative")
    for index, each in enumerate(asked if isinstance(asked, list) else []):
        if isinstance(each, str) and each in NEGATIVES_WITH_LOGIN and not able:
            yield (*path, "negative", index), f"logs in, which needs an IdP with depth identity: {show(each)}"
        if each == "logout" and not mapping(hub.get("sp")).get("post_logout_redirect_uri"):
            yield (*path, "negative", index), "needs post_logout_redirect_uri: in sp:, where the hub sends the browser after the logout"


def _known_profile(hub: dict[str, Any], path: Path_, root: dict[str, Any]) -> Iterator[Violation]:
    profile = hub.get("profile")
    known = [*profiles.names(), *mapping(root.get("profiles"))]
    if isinstance(profile, str) and profile not in known:
        yield (*path, "profile"), f"is neither a built-in profile nor one of the profiles{suggestion(profile, known)}: {show(profile)}"


def _shadows(own: dict[str, Any]) -> Iterator[Violation]:
    for name in own:
        if name in profiles.names():
            yield ("profiles", name), "is the name of a built-in profile: choose another"


def _error_id(profile: dict[str, Any], path: Path_) -> Iterator[Violation]:
    """Yield what is missing to read the hub's own id of an error, where a page profile begins to
    say it.
    """
    error = mapping(profile.get("error"))
    if error.get("id") is not None and error.get("id_pattern") is None:
        yield (*path, "error", "id"), "needs id_pattern: too, what the id looks like"
    if error.get("id_attribute") is not None and error.get("id") is None:
        yield (*path, "error", "id_attribute"), "needs id: too, the element that has this attribute"


def _client_auth(sp: dict[str, Any], path: Path_) -> Iterator[Violation]:
    auth = sp.get("client_auth", default("ServiceProvider", "client_auth"))
    key = _NEEDED.get(auth) if isinstance(auth, str) else None
    if sp and key and sp.get(key) is None:
        yield path, f"needs {key}: with client_auth: {auth}"
    for name in mapping(sp.get("authorize_parameters")):
        if name in _OURS:
            yield (*path, "authorize_parameters", name), "is set by Vigie itself, from the other keys"


def _endpoints(hub: dict[str, Any], path: Path_, root: dict[str, Any]) -> Iterator[Violation]:
    """Require every endpoint to be written somewhere when the hub has no metadata."""
    profile = _raw_profile(hub.get("profile", "franceconnect"), root)
    if not profile or not _false(profile.get("discovery")):
        return
    for name in _ENDPOINTS:
        if name not in mapping(profile.get("paths")) and not mapping(hub.get("endpoints")).get(name):
            yield (*path, "endpoints"), f"needs {name}, since the profile has neither discovery nor a path for it"


def _raw_profile(profile: Any, root: dict[str, Any]) -> dict[str, Any]:
    """Return the file's own profile; a built-in one has all that it needs."""
    return mapping(mapping(root.get("profiles")).get(profile) if isinstance(profile, str) else profile)


def _times(hub: dict[str, Any], path: Path_) -> Iterator[Violation]:
    """Require that an observation vouches until the next one of its kind has finished."""
    vouches = _vouches(hub)
    for kind in keys("Intervals"):
        interval = _duration(hub, "intervals", kind, default("Intervals", kind))
        deadline = _duration(hub, "deadlines", kind, default("Deadlines", kind))
        yield from _interval(interval, (*path, "intervals", kind))
        group = "deadlines" if kind in mapping(hub.get("deadlines")) else "intervals"
        yield from _deadline(deadline, interval, vouches, (*path, group, kind))


def _idp_interval(idp: dict[str, Any], path: Path_, hub: dict[str, Any]) -> Iterator[Violation]:
    yield from _own_interval(idp, path, _vouches(hub), _duration(hub, "deadlines", "journey", default("Deadlines", "journey")))


def _own_interval(owner: dict[str, Any], path: Path_, vouches: int | None, deadline: int | None) -> Iterator[Violation]:
    if owner.get("interval") is None:
        return
    interval = _parsed(owner["interval"])
    yield from _interval(interval, (*path, "interval"))
    yield from _deadline(deadline, interval, vouches, (*path, "interval"))


def _vouches(hub: dict[str, Any]) -> int | None:
    return _number(mapping(hub.get("thresholds")).get("vouches"), default("Thresholds", "vouches"))


def _interval(interval: int | None, path: Path_) -> Iterator[Violation]:
    if interval is not None and 0 < interval < SHORTEST_INTERVAL:
        yield path, f"is shorter than {say_duration(SHORTEST_INTERVAL)}: {show(say_duration(interval))}"


_BETWEEN = "a result counts for {lasts}, the next journey begins {starts} later, and must have ended before then"


def _deadline(deadline: int | None, interval: int | None, vouches: int | None, path: Path_) -> Iterator[Violation]:
    """Require that the next observation finishes before the last one stops vouching.

    The next one starts within an interval of the last one's finish, and ends by its deadline. So
    nothing is unknown between two slow failures.
    """
    if deadline and interval and vouches and vouches > 1 and deadline + interval > interval * vouches:
        most = say_duration(interval * (vouches - 1))
        lasts, starts = f"{vouches} x {say_duration(interval)}", say_duration(interval)
        yield path, f"allows a deadline of {say_duration(deadline)}, and {most} is the most: {_BETWEEN.format(lasts=lasts, starts=starts)}"


def _control(control: dict[str, Any]) -> Iterator[Violation]:
    yield from _duplicates(control.get("targets"), ("control", "targets"), "name")
    interval = _parsed(control["interval"]) if "interval" in control else default("Control", "interval")
    deadline = _parsed(control["deadline"]) if "deadline" in control else default("Control", "deadline")
    yield from _interval(interval, ("control", "interval"))
    yield from _deadline(deadline, interval, CONTROL_VOUCHES, ("control", "deadline" if "deadline" in control else "interval"))


def _duplicates(entries: Any, path: Path_, key: str) -> Iterator[Violation]:
    seen: dict[str, Path_] = {}
    for at, entry in mappings(entries, path):
        value = entry.get(key)
        if not isinstance(value, str):
            continue
        if value in seen:
            value_shown = "" if is_private(at) else f": {show(value)}"
            yield (*at, key), f"is already the {key} of {path[-1]}[{seen[value][-1]}]{value_shown}"
        else:
            seen[value] = at


def mapping(value: Any) -> dict[str, Any]:
    """Return `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any, path: Path_) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Yield the items of a list that are mappings, each with its path."""
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if isinstance(entry, dict):
            yield (*path, index), entry


def _true(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "on", "1", "t", "y")


def _false(value: Any) -> bool:
    return str(value).lower() in ("false", "no", "off", "0", "f", "n")


def _number(value: Any, default: int) -> int | None:
    if value is None:
        return default
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 4 else None


def _duration(hub: dict[str, Any], group: str, kind: str, default: int) -> int | None:
    group_values = mapping(hub.get(group))
    return _parsed(group_values[kind]) if kind in group_values else default


def _parsed(value: Any) -> int | None:
    try:
        return parse_duration(value)
    except ValueError:
        return None
