"""The examples of docs/decides.md: read from the page, played through the real core, and drawn.

An example is a fenced block of the page:

    ```timeline NAME
    time       0:00  1:00  2:00  2:02
    mire       good  good  FAIL  FAIL
    --------
    C1         up    up    down  down
    C1 seen    up    up    blip  down
    ```

Above the rule stands what the journeys say. A row is a question (`mire`, an IdP's name,
`direct NAME`, `negative NAME`, each with ` @VANTAGE` or ` as CLIENT` where there are several);
a column is the instant at which the journey starts. What each says is corroborated and remembered
as the recorder does.
Below it stand the states of the subjects: what the ledger says in the end, or (`seen`) what it said
at that instant. `account NAME` and `security NAME` are no states: they say what the memory and the
incident rules have at that instant.
`python -m tests.docs.timelines` draws docs/pictures/decides/NAME.svg of each.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from probe.core.incident.detection import TroubleTerms, about_negative, present_signs
from probe.core.incident.situation import NegativeSample, Situation, negative_sample
from probe.core.judgement.accounts import current
from probe.core.judgement.condition import C1, C2, C3, HUB, State, journey_of
from probe.core.judgement.corroboration import Neighbours, corroborate, remember
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.fold import HubState, begin, fold
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, ReturnedIdentity, SetupPart, Step, Tile
from probe.core.judgement.own_setup import written
from probe.core.judgement.spec import RULES, ClientSpec, Edge, HubSpec, IdpSpec
from probe.core.judgement.subject import client_of
from probe.core.judgement.timeline import Interval, LedgerRow, timelines
from tests.builders import SECOND, observation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "decides.md"
PICTURES = ROOT / "docs" / "pictures" / "decides"

BEGUN = 1_800_000_000 * SECOND
MINUTE = 60

Says = dict[str, Any]
"""What a journey says, as fields of its observation."""

_WELL: Says = {"outcome": Outcome.OK}
_FAILED: Says = {"outcome": Outcome.FAILED}
_OURS: Says = {"outcome": Outcome.INCONCLUSIVE, "fault": Fault.NETWORK, "reason": Reason.TIMEOUT, "step": Step.AUTHORIZE}
_ON_HUB: Says = {**_FAILED, "on_hub": True}

OUR_SETTINGS, CHANGED_SETTINGS = (written(dict.fromkeys(SetupPart, digest)) for digest in ("first", "second"))
"""The digests of our settings, and of settings in which each part was changed."""

_LATE = tuple(Hop(step, "GET", host, "/", clock_us=-300 * SECOND) for step, host in ((Step.TOKEN, "hub"), (Step.IDP_LOGIN, "idp")))
"""The answers of a hub and an IdP by whose clocks ours is five minutes ahead."""


def _returned(account: str) -> ReturnedIdentity:
    return ReturnedIdentity(account=account, settings="ours")


MIRE_SAYS: dict[str, Says] = {
    "good": _WELL,
    # the hub does not know the client that asks
    "WHO?": {**_ON_HUB, "fault": Fault.HUB, "reason": Reason.HUB_ERROR, "step": Step.AUTHORIZE, "part": SetupPart.CLIENT},
    "ours": _OURS,
    "FAIL": {**_ON_HUB, "fault": Fault.HUB, "reason": Reason.HUB_ERROR, "step": Step.AUTHORIZE},
    "NONE": {**_ON_HUB, "fault": Fault.HUB, "reason": Reason.NO_IDP_SELECTABLE, "step": Step.MIRE},
    # every tile is greyed
    "GREY": {**_ON_HUB, "fault": Fault.HUB, "reason": Reason.NO_IDP_SELECTABLE, "step": Step.MIRE, "tiles": (Tile("A", selectable=False),)},
    # the mire is displayed, with a selectable tile of an IdP that nobody watches
    "MORE": {**_WELL, "tiles": (Tile("stranger", selectable=True),)},
}
DIRECT_SAYS: dict[str, Says] = {
    "good": _WELL,
    "FAIL": {**_FAILED, "fault": Fault.IDP, "reason": Reason.CONNECT, "step": Step.DIRECT},
}
NEGATIVE_SAYS: dict[str, Says] = {
    "refused": _WELL,
    "TAKEN": {**_ON_HUB, "fault": Fault.HUB, "reason": Reason.NEGATIVE_PASSED, "step": Step.MIRE},
}
JOURNEY_SAYS: dict[str, Says] = {
    "good": {**_WELL, "identity": _returned("first")},
    # the identity comes, with another `sub`
    "SUB": {**_WELL, "identity": _returned("second")},
    # the login page lacks what our recipe looks for, by settings of ours that have just changed
    "EDIT": {
        **_FAILED,
        "fault": Fault.IDP,
        "reason": Reason.LOGIN_PAGE_MISSING,
        "step": Step.IDP_LOGIN_PAGE,
        "part": SetupPart.LOGIN_PAGE,
        "setup": CHANGED_SETTINGS,
    },
    # the same settings, and the login passes
    "EDITED": {**_WELL, "setup": CHANGED_SETTINGS, "identity": _returned("first")},
    # the token has expired, by our clock
    "OLD": {
        **_ON_HUB,
        "fault": Fault.HUB,
        "reason": Reason.ID_TOKEN,
        "step": Step.TOKEN,
        "authenticated": True,
        "detail": Detail(DetailKind.EXPIRED),
        "hops": _LATE,
    },
    "ours": _OURS,
    "gone": {"outcome": Outcome.INCONCLUSIVE, "reason": Reason.IDP_NOT_OFFERED, "step": Step.MIRE},
    # on the IdP's own host
    "HOST": {**_FAILED, "fault": Fault.IDP, "reason": Reason.CONNECT, "step": Step.IDP_LOGIN_PAGE},
    # on the hub's pages, before the login; the hub's page names nobody
    "PAGE": {**_ON_HUB, "fault": Fault.HUB, "reason": Reason.HTTP_STATUS, "step": Step.REDIRECT_TO_IDP},
    # on the hub's pages, after the login; the hub's page names nobody
    "LOST": {**_ON_HUB, "fault": Fault.HUB, "reason": Reason.HUB_ERROR, "step": Step.VERIFY, "authenticated": True},
    # the same, with a code that names the IdP
    "CODE": {
        **_ON_HUB,
        "fault": Fault.IDP,
        "reason": Reason.IDP_TOKEN,
        "step": Step.OIDC_CALLBACK,
        "authenticated": True,
        "code": "Y020026",
        "coded": True,
    },
}
STATES = {"up": State.UP, "blip": State.BLIP, "down": State.DOWN, "?": State.UNKNOWN}
WORDS = {state: word for word, state in STATES.items()}
ACCOUNT, SECURITY = "account", "security"
"""Rows below the rule that are no subjects of the ledger."""
SUBJECTS = {"C1": C1, "C2": C2, "C3": C3, "hub": HUB}


_SAYS = {Kind.MIRE: MIRE_SAYS, Kind.DIRECT: DIRECT_SAYS, Kind.IDENTITY: JOURNEY_SAYS, Kind.NEGATIVE: NEGATIVE_SAYS}


@dataclass(frozen=True, slots=True)
class Question:
    """A row above the rule: who is asked what, from where."""

    label: str
    kind: Kind
    idp: str | None
    vantage: str
    cells: tuple[str, ...]
    client: str = ""

    def observation(self, column: int, at: int) -> Observation | None:
        """What the journey that starts at `at` (seconds) says; None where none does.
        A number after it: how long it takes.
        """
        word, _, seconds = self.cells[column].partition("+")
        if word == ".":
            return None
        asked: Says = {"setup": OUR_SETTINGS, "vantage": self.vantage, "client": self.client, "idp": self.idp}
        says = asked | _SAYS[self.kind][word]
        length = int(seconds or 1)
        return observation(self.kind, BEGUN + at * SECOND, lasts_us=length * SECOND, interval_us=MINUTE * SECOND, **says)


@dataclass(frozen=True, slots=True)
class Stated:
    """A row below the rule: the states of a subject. `seen`:
    as the ledger had it at that instant.
    """

    label: str
    subject: str
    seen: bool
    cells: tuple[str, ...]


@dataclass(slots=True)
class Example:
    """One block of the page."""

    name: str
    spec: HubSpec
    times: tuple[int, ...]
    questions: tuple[Question, ...]
    stated: tuple[Stated, ...]
    rows: list[LedgerRow] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    near: Neighbours = field(default_factory=Neighbours)
    proofs: list[NegativeSample] = field(default_factory=list)

    def play(self) -> "Example":
        """Tell the core all journeys in the order in which they end, and keep what it says."""
        state, self.rows = begin(self.spec, BEGUN)
        self.seen, self.near, self.proofs = [], Neighbours(passed={}), []
        asked = [(column, question) for column in range(len(self.times)) for question in self.questions]
        told = [seen for column, question in asked if (seen := question.observation(column, self.times[column]))]
        told.sort(key=lambda seen: seen.finished_us)
        for at in self.times:
            until = BEGUN + (at + 1) * SECOND
            while told and told[0].finished_us <= until:
                self._tell(state, told.pop(0))
            self._pass(state, until)
            self.seen.append({each.subject: self._present(each.subject, at) for each in self.stated})
        for late in told:
            self._tell(state, late)
        return self

    def _tell(self, state: HubState, seen: Observation) -> None:
        """As the recorder does: corroborate, remember, fold."""
        seen = corroborate(seen, self.near, state.signals)
        remember(seen, self.near, self.spec.vouches)
        if (proof := negative_sample(seen, len(self.proofs))) is not None:
            self.proofs.append(proof)
        self.rows += fold(state, seen)

    def _present(self, subject: str, at: int) -> str:
        """What is so at this instant, in the page's words."""
        kind, _, name = subject.partition(" ")
        if kind == ACCOUNT:
            account = current(self.near.accounts, name)
            return "?" if account is None or not account.known else "changed" if account.changed else "same"
        if kind == SECURITY:
            situation = Situation("fc", BEGUN + (at + MINUTE) * SECOND, negatives=(name,), proofs=self.proofs)
            sign = present_signs(situation, (), TroubleTerms())[about_negative("fc", name)]
            return {None: "?", True: "accepted", False: "refused"}[sign.bad]
        return WORDS[self.state(subject, at)]

    def _pass(self, state: HubState, until_us: int) -> None:
        """A control target answers: it says nothing of the hub, but what time it is."""
        self.rows += fold(state, Observation("fc", Kind.CONTROL, until_us, until_us, MINUTE * SECOND, Outcome.OK, idp="resolver"))

    def intervals(self, subject: str) -> list[Interval]:
        return timelines(self.rows)["fc", subject].intervals()

    def state(self, subject: str, at: int) -> State:
        """What the rows so far say of an instant, in seconds after the beginning."""
        timeline = timelines(self.rows)["fc", subject]
        return timeline.points[timeline.index(BEGUN + at * SECOND)][1].state

    def said(self, stated: Stated) -> tuple[str, ...]:
        """The row that the core says is true, in the page's words."""
        if stated.seen:
            return tuple(each[stated.subject] for each in self.seen)
        return tuple(WORDS[self.state(stated.subject, at)] for at in self.times)


# --- reading the page -----------------------------------------------------------------------------

_BLOCK = re.compile(r"^```timeline (?P<head>\S+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(page: str) -> list[Example]:
    """Every example of a page, in its order. Raises ValueError on a block that
    is not well formed.
    """
    return [_example(found["head"], found["body"]) for found in _BLOCK.finditer(page)]


def _example(name: str, body: str) -> Example:
    lines = body.splitlines()
    rule = next((number for number, line in enumerate(lines) if set(line) == {"-"}), None)
    if rule is None:
        raise ValueError(f"{name}: no rule between readings and verdict")
    table = [re.split(r"\s{2,}", line.strip()) for line in lines if set(line) != {"-"}]
    if any(len(row) != len(table[0]) for row in table):
        raise ValueError(f"{name}: {[row for row in table if len(row) != len(table[0])]} has not as many columns as the times")
    times = tuple(_seconds(cell) for cell in table[0][1:])
    questions = tuple(_question(row) for row in table[1:rule])
    stated = tuple(_stated(row) for row in table[rule:])
    idps = tuple(IdpSpec(name, tile=name) for name in dict.fromkeys(each.idp for each in questions if each.kind is Kind.IDENTITY) if name)
    clients = tuple(ClientSpec(name, name) for name in dict.fromkeys(each.client for each in questions) if name)
    shared = any(each.vantage != "local" for each in questions)
    spec = HubSpec("fc", idps, shared=shared, edge=Edge.FINISH, rules=RULES, clients=clients)
    return Example(name, spec, times, questions, stated)


def _seconds(cell: str) -> int:
    minutes, seconds = cell.split(":")
    return int(minutes) * MINUTE + int(seconds)


def _question(row: list[str]) -> Question:
    label, _, vantage = row[0].partition(" @")
    label, _, client = label.partition(" as ")
    vantage, cells = vantage or "local", tuple(row[1:])
    if label == "mire":
        return Question(row[0], Kind.MIRE, None, vantage, cells, client)
    if label.startswith("negative "):
        return Question(row[0], Kind.NEGATIVE, label.removeprefix("negative "), vantage, cells)
    if label.startswith("direct "):
        return Question(row[0], Kind.DIRECT, label.removeprefix("direct "), vantage, cells)
    return Question(row[0], Kind.IDENTITY, label, vantage, cells)


def _stated(row: list[str]) -> Stated:
    label = row[0].removesuffix(" seen")
    if label.partition(" ")[0] in (ACCOUNT, SECURITY):
        return Stated(row[0], label, True, tuple(row[1:]))
    if label.startswith("client "):
        return Stated(row[0], client_of(label.removeprefix("client ")), row[0] != label, tuple(row[1:]))
    return Stated(row[0], SUBJECTS.get(label) or journey_of(label.removeprefix("IdP ")), row[0] != label, tuple(row[1:]))


# --- drawing --------------------------------------------------------------------------------------

_LEFT, _RIGHT, _ROW, _WIDTH = 120, 24, 34, 720
_INK, _PAPER, _LINE = "#1b1b1b", "#ffffff", "#c8c8c8"
_BANDS = {State.UP: "#1f6f43", State.BLIP: "#8a5a00", State.DOWN: "#a4161a", State.UNKNOWN: "#6b6b6b"}
_NAMES = {State.UP: "up", State.BLIP: "blip", State.DOWN: "down", State.UNKNOWN: "unknown"}
_GOOD, _BAD, _NOTHING = "#1f6f43", "#a4161a", "#6b6b6b"


def draw(example: Example) -> str:
    """The example as SVG: the readings above, the verdict of the ledger below,
    from the instants that the core gives.
    """
    shown = [each for each in example.stated if not each.seen]
    height = _ROW * (len(example.questions) + len(shown)) + 64
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" font-size="13">',
        f"<title>{escape(_told(example))}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="{_PAPER}"/>',
        *_axis(example, height),
        *(line for row, each in enumerate(example.questions) for line in _readings(example, each, row)),
        *(line for row, each in enumerate(shown, len(example.questions)) for line in _bands(example, each, row)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _told(example: Example) -> str:
    """What the picture shows, for who cannot see it."""
    rows = [(each.label, each.cells) for each in example.questions] + [(each.label, each.cells) for each in example.stated]
    return "; ".join(f"{label}: {' '.join(cells)}" for label, cells in rows)


def _span(example: Example) -> int:
    return example.times[-1] + 20


def _x(example: Example, at: float) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * at / _span(example), 1)


def _y(row: int) -> int:
    return 34 + _ROW * row


def _axis(example: Example, height: int) -> Iterator[str]:
    last = -1000.0
    for at in example.times:
        x = _x(example, at)
        yield f'<line x1="{x}" y1="22" x2="{x}" y2="{height - 24}" stroke="{_LINE}"/>'
        if x - last >= 34:  # a retry stands too close to what it follows for a label of its own
            yield f'<text x="{x}" y="16" text-anchor="middle" fill="{_INK}">{at // MINUTE}:{at % MINUTE:02}</text>'
            last = x


def _readings(example: Example, question: Question, row: int) -> Iterator[str]:
    y = _y(row) + _ROW // 2
    last = -1000.0
    yield f'<text x="8" y="{y + 4}" fill="{_INK}">{escape(question.label)}</text>'
    for column, at in enumerate(example.times):
        seen = question.observation(column, at)
        if seen is None:
            continue
        x, end = _x(example, at), _x(example, (seen.finished_us - BEGUN) / SECOND)
        colour = {Outcome.OK: _GOOD, Outcome.FAILED: _BAD}.get(seen.outcome, _NOTHING)
        if end - x > 12:
            yield f'<line x1="{x}" y1="{y}" x2="{end}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
        yield from _mark(x, y, seen.outcome, colour)
        word = question.cells[column].partition("+")[0]
        # of a run that stands close together the first is named
        if word not in ("good", "FAIL") and x - last >= 40:
            yield f'<text x="{x}" y="{y - 10}" text-anchor="middle" font-size="10" fill="{colour}">{word}</text>'
            last = x


def _mark(x: float, y: int, outcome: Outcome, colour: str) -> Iterator[str]:
    """A disc for good, a cross for bad, a ring for what says nothing:
    told by shape as well as by colour.
    """
    if outcome is Outcome.OK:
        yield f'<circle cx="{x}" cy="{y}" r="6" fill="{colour}"/>'
    elif outcome is Outcome.FAILED:
        yield f'<path d="M{x - 6} {y - 6}L{x + 6} {y + 6}M{x - 6} {y + 6}L{x + 6} {y - 6}" stroke="{colour}" stroke-width="3"/>'
    else:
        yield f'<circle cx="{x}" cy="{y}" r="5" fill="none" stroke="{colour}" stroke-width="2"/>'


def _bands(example: Example, stated: Stated, row: int) -> Iterator[str]:
    y = _y(row) + 8
    yield f'<text x="8" y="{y + 15}" fill="{_INK}">{escape(stated.label)}</text>'
    for interval in example.intervals(stated.subject):
        start = (interval.start_us - BEGUN) / SECOND
        end = _span(example) if interval.end_us is None else min((interval.end_us - BEGUN) / SECOND, _span(example))
        x, width, state = _x(example, start), round(_x(example, end) - _x(example, start), 1), interval.status.state
        if width <= 0:
            continue
        yield f'<rect x="{x}" y="{y}" width="{width}" height="20" fill="{_BANDS[state]}"/>'
        if width >= 8 * len(_NAMES[state]):
            yield f'<text x="{round(x + width / 2, 1)}" y="{y + 14}" text-anchor="middle" fill="#ffffff">{_NAMES[state]}</text>'


def main() -> None:
    """Draw every example of the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for example in examples(PAGE.read_text(encoding="utf-8")):
        (PICTURES / f"{example.name}.svg").write_text(draw(example.play()), encoding="utf-8")


if __name__ == "__main__":
    main()
