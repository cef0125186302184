"""`vigie incidents`: the incident register on the command line.

There is one command for each kind of act. An act needs an author; it is done, or refused with a
reason.

docs/contract.md, 2.2 and 4. `probe.core.incident.rules` says which act is allowed in which state.
"""

from collections.abc import Callable
from typing import Any

import click

from exporters.http.answers import RetriedAnswer
from probe.cli.help import CommandGroup
from probe.cli.options.common import config_option, json_option, own_config_option
from probe.cli.options.complete import hub_names, idp_names, incident_numbers
from probe.cli.options.incidents import NUMBER, act_line, at_option, author_option, open_register, text_option
from probe.cli.options.instants import INSTANT
from probe.cli.options.names import none_of
from probe.cli.output import incident_tables as tables
from probe.cli.output import status as reports
from probe.cli.output.incident_texts import IncidentTexts
from probe.cli.output.json_answers import print_json
from probe.config.models import Config
from probe.config.titles import titles
from probe.core.incident.model import OPEN, SPOKEN, WRITTEN, ActKind, Data, Incident, IncidentState, Origin, Severity, Way
from probe.errors import InputError
from probe.service import serialize

STATES = {"open": OPEN, **{state.value: (state,) for state in IncidentState}, "all": tuple(IncidentState)}
MOST = 200
LEVELS = "1 all IdPs or security, 2 one IdP, 3 several users, 4 one user, 5 a question."


@click.group(cls=CommandGroup)
def incidents() -> None:
    """Open, follow and close incidents.

    Each act has an author and stays for ever. Times are those of `support.timezone`.
    """


# --- reading


@incidents.command(name="list")
@click.option("--state", "states", type=click.Choice(list(STATES)), multiple=True, help="Only these; may be repeated. Default: open.")
@click.option("--all", "everything", is_flag=True, help="Of every state.")
@click.option("--severity", type=click.IntRange(1, 5), help="Only this severity.")
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="Only this hub's.")
@click.option("--idp", metavar="NAME", shell_complete=idp_names, help="Only this IdP's.")
@click.option("--since", "since_us", type=INSTANT, metavar="INSTANT", help="Received at or after it.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=MOST, show_default=True, help="At most so many.")
@config_option
@json_option
def list_(
    config: Config, states: tuple[str, ...], everything: bool, severity: int | None, hub: str | None, idp: str | None,
    since_us: int | None, limit: int, as_json: bool,
) -> None:  # fmt: skip
    """List the incidents, the newest first: the open ones, unless asked for others."""
    if everything and states:
        raise click.UsageError("either --all or --state")
    chosen = None if everything else frozenset(state for name in states or ("open",) for state in STATES[name])
    level = None if severity is None else Severity(severity)
    with open_register(config) as register:
        found = register.incidents(hub=hub, idp=idp, states=chosen, severity=level, since_us=since_us, limit=limit)
        if not found and not register.incidents(hub=hub, idp=idp, states=None, limit=1):
            _check_names(config, hub, idp)
        if as_json:
            print_json([serialize.incident(one) for one in found])
            return
        listed = [register.show(one.number) for one in found]
    said = IncidentTexts.of(config)
    out = reports.console()
    if not listed:
        out.print(said.none if everything or states else said.none_open)
        return
    out.print(tables.incidents(listed, said, titles(config)))
    out.print(said.times, style="dim")


def _check_names(config: Config, hub: str | None, idp: str | None) -> None:
    """Refuse a hub or an IdP that is not configured, and of which no incident ever was: nobody may
    read a mistyped name as good news. Raises click.BadParameter.
    """
    hubs = [each for each in config.hubs if hub in (None, each.name)]
    idps = [each.name for one in hubs for each in one.idps]
    for given, known, option in ((hub, [each.name for each in config.hubs], "--hub"), (idp, idps, "--idp")):
        if given is not None and given not in known:
            raise click.BadParameter(none_of(given, known), param_hint=option)


@incidents.command()
@click.argument("number", type=NUMBER, shell_complete=incident_numbers)
@config_option
@json_option
def show(config: Config, number: int, as_json: bool) -> None:
    """Show one incident: what it is, its clocks, its tickets, and its whole story."""
    with open_register(config) as register:
        found = register.show(number)
    if as_json:
        print_json(serialize.story(found))
        return
    said = IncidentTexts.of(config)
    out = reports.console()
    for part in tables.incident(found, said, titles(config), (config.links.runbooks or "").rstrip("/")):
        out.print(part)
    out.print(said.times, style="dim")


# --- acts


def act_command(name: str, kind: ActKind, help_: str, *options: Callable[[Any], Any]) -> None:
    """Make the command `name`, which does one act; its options are named like the act's fields."""

    def run(config: Config, number: int, author: str, at_us: int | None, as_json: bool, **data: str | int | bool | None) -> None:
        _do(config, number, kind, data, author, at_us, as_json=as_json)

    command: Any = json_option(own_config_option(at_option(author_option(run))))
    for option in reversed(options):
        command = option(command)
    incidents.command(name=name, help=help_)(click.argument("number", type=NUMBER, shell_complete=incident_numbers)(command))


def _do(config: Config, number: int, kind: ActKind, data: Data, author: str, at_us: int | None, *, as_json: bool) -> None:
    given = {name: value for name, value in data.items() if value is not None}
    with open_register(config) as register:
        after = register.act(number, kind, given, author=author, at_us=at_us)
    _print_incident(config, after, as_json=as_json)


def _print_incident(config: Config, after: Incident, *, as_json: bool) -> None:
    if as_json:
        print_json(serialize.incident(after))
        return
    said = IncidentTexts.of(config)
    click.echo(said.done.format(reference=after.reference, state=said.states[after.state], severity=said.severities[after.severity]))


def line_option(name: str, help_: str, *, metavar: str = "NAME", required: bool = True) -> Callable[[Any], Any]:
    return click.option(f"--{name}", required=required, metavar=metavar, callback=act_line, help=help_)


def instant_option(name: str, help_: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", f"{name}_us", type=INSTANT, metavar="INSTANT", help=help_)


@incidents.command(name="open")
@click.option("--severity", required=True, type=click.IntRange(1, 5), help=LEVELS)
@line_option("title", "What it is about, in one line.", metavar="TEXT")
@text_option("detail", "More of it.", required=False)
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="The hub. Default: the only one.")
@click.option("--idp", metavar="NAME", shell_complete=idp_names, help="The IdP that it is about, or that asks.")
@click.option("--security", is_flag=True, help="A security event: severity 1.")
@click.option("--blocking", is_flag=True, help="A blocking anomaly: fixed within 4 hours of its acknowledgement.")
@instant_option("began", "Since when it is wrong.")
@line_option("requester", "Who asked.", required=False)
@author_option
@at_option
@own_config_option
@json_option
def open_(
    config: Config, severity: int, title: str, detail: str | None, hub: str | None, idp: str | None, security: bool, blocking: bool,
    began_us: int | None, requester: str | None, author: str, at_us: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Open an incident. Its clocks start with its severity, in working hours."""
    with open_register(config) as register:
        made = register.open(
            author=author, hub=hub or only_hub(config), severity=Severity(severity), title=title, detail=detail or "", idp=idp,
            origin=Origin.SECURITY if security else Origin.PERSON, blocking=blocking, began_us=began_us, requester=requester or "",
            at_us=at_us,
        )  # fmt: skip
    _print_incident(config, made, as_json=as_json)


def only_hub(config: Config) -> str:
    """Return the name of the only hub. Raises InputError when there are several."""
    if len(config.hubs) > 1:
        raise InputError(f"there are several hubs, say --hub: {', '.join(hub.name for hub in config.hubs)}")
    return config.hubs[0].name


act_command("ack", ActKind.ACKNOWLEDGED, "Acknowledge an incident.")
act_command("assign", ActKind.ASSIGNED, "Assign an incident: it is in hand from now on.", line_option("to", "To whom: a role or a name."))
act_command(
    "wait", ActKind.WAITING, "Ask the IdP something, and wait: the clocks are paused.", text_option("request", "What is asked of the IdP.")
)
act_command(
    "resume", ActKind.RESUMED, "Go on with an incident that waited.", text_option("reason", "What the IdP answered, or why we go on.")
)
act_command("comment", ActKind.COMMENTED, "Add a comment.", text_option("text", "The comment."))
act_command(
    "resolve",
    ActKind.RESOLVED,
    "Say that an incident is resolved.",
    text_option("text", "How."),
    instant_option("ended", "Since when it is right again."),
)
act_command("notify", ActKind.NOTIFIED, "Record that the IdP was told of the resolution.", line_option("to", "Who was told."))
act_command("remark", ActKind.REMARKED, "Record the IdP's remark about a resolution.", text_option("text", "The remark.", required=False))
act_command("reopen", ActKind.REOPENED, "Open an incident again.", text_option("reason", "Why."))
act_command(
    "close", ActKind.CLOSED, "Close an incident, by one of the contract's four ways and with its evidence (contract, 2.2.3).",
    click.option("--way", required=True, type=click.Choice([way.value for way in Way]), help="Which way."),
    line_option("by", "Who confirmed or agreed for the IdP.", required=False),
    click.option("--how", type=click.Choice([SPOKEN, WRITTEN]), help="How they said so."),
    instant_option("when", "When they said so."),
    line_option("ours", "Who agreed for us.", required=False),
)  # fmt: skip
act_command(
    "severity", ActKind.SEVERITY, "Assign another severity: its clocks start anew.",
    click.option("--severity", required=True, type=click.IntRange(1, 5), help=LEVELS),
    text_option("reason", "Why."),
)  # fmt: skip
act_command(
    "blocking", ActKind.BLOCKING, "Say whether an anomaly is blocking.",
    click.option("--blocking/--not-blocking", default=True, help="It is, or it is not."), text_option("reason", "Why.", required=False),
)  # fmt: skip
act_command(
    "merge",
    ActKind.MERGED,
    "Merge a duplicate into another incident.",
    click.option("--into", required=True, type=NUMBER, metavar="NUMBER", shell_complete=incident_numbers, help="The other."),
)
act_command(
    "link", ActKind.LINKED, "Tie an incident to another one.",
    click.option("--to", required=True, type=NUMBER, metavar="NUMBER", shell_complete=incident_numbers, help="The other."),
    click.option("--relation", type=click.Choice(["related", "follows", "duplicate_of"]), default="related", help="What it is to it."),
)  # fmt: skip


# --- quality of service


@incidents.command()
@click.option("--month", metavar="YYYY-MM", help="A civil month. Default: the one under way.")
@config_option
@json_option
def report(config: Config, month: str | None, as_json: bool) -> None:
    """Show the contract's indicator (contract, 4) of a month and of the rolling year, the late
    incidents, and the announced changes, beside those that were seen.
    """
    with open_register(config) as register:
        found = register.report(month)
        changes, seen = register.changes(), register.seen_changes()
    if as_json:
        print_json(serialize.report(found, changes, seen))
        return
    said = IncidentTexts.of(config)
    out = reports.console()
    for part in tables.report(found, changes, seen, said):
        out.print(part)
    out.print(said.figures, style="dim")
    out.print(said.times, style="dim")


@incidents.command()
@click.option("--retry", "again", metavar="ID|all", help="Try the dead letters of ID (SYSTEM/VIGIE-n, or a SYSTEM) again.")
@click.option("--drop", metavar="ID", help="Give up the dead letters of SYSTEM/VIGIE-n, so that those behind go on.")
@own_config_option
@json_option
def outbox(config: Config, again: str | None, drop: str | None, as_json: bool) -> None:
    """List the messages that the ticket systems did not get yet; retry or drop the refused ones."""
    if again and drop:
        raise click.UsageError("either --retry or --drop")
    said = IncidentTexts.of(config)
    if again:
        _print_count(_revive(config, again), said.revived, as_json=as_json)
    elif drop:
        _print_count(_drop(config, drop), said.dropped, as_json=as_json)
    else:
        _print_letters(config, said, as_json=as_json)


def _revive(config: Config, name: str) -> int:
    """Queue dead letters again, and return how many. Raises InputError when there is none."""
    system, number = outbox_id(config, name)
    with open_register(config) as register:
        return _counted(register.revive(system, number), name)


def _drop(config: Config, name: str) -> int:
    """Drop the dead letters of one incident, and return how many.

    Raises InputError when there is none.
    """
    system, number = outbox_id(config, name)
    if system is None or number is None:
        raise click.BadParameter("names one incident's letters: SYSTEM/VIGIE-n", param_hint="--drop")
    with open_register(config) as register:
        return _counted(register.drop(system, number), name)


def _counted(count: int, name: str) -> int:
    """Return the count. Raises InputError when it is 0."""
    if not count:
        raise InputError(f"no dead letter is called {name}: see `vigie incidents outbox`")
    return count


def _print_count(count: int, text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(RetriedAnswer(letters=count))
    else:
        click.echo(text.format(count=count))


def _print_letters(config: Config, said: IncidentTexts, *, as_json: bool) -> None:
    with open_register(config) as register:
        found = register.letters()
    if as_json:
        print_json([serialize.queued_letter(one) for one in found])
        return
    out = reports.console()
    out.print(tables.letters(found, said) if found else said.outbox_empty)
    out.print(said.times, style="dim")


def outbox_id(config: Config, text: str) -> tuple[str | None, int | None]:
    """Read `all`, SYSTEM, or SYSTEM/VIGIE-n as the ticket system and the incident's number.

    None stands for all of them. Raises click.BadParameter.
    """
    if text == "all":
        return None, None
    system, slash, number = text.partition("/")
    known = [one.name for one in config.tickets]
    if system not in known:
        raise click.BadParameter(f"{system!r} is none of the ticket systems: {', '.join(known) or 'there is none'}")
    return system, NUMBER.convert(number, None, None) if slash else None
