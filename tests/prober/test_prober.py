"""One journey, one deadline, one cookie jar; our own failures are never an outage (docs/domain.md,
"Outcome, fault, reason")."""

import asyncio
import time
from pathlib import Path

import pytest

from probe.clock import SystemClock
from probe.config.models import Config, Network, TrustedDevice
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.journeys.exchange import Ask, Channel, Journey, Verdict
from probe.journeys.plan import Plan
from probe.prober import run_clock
from probe.prober.run import MOST_HOPS, Prober
from tests.fakes.peers import Site, Walk, answer, asks, get, hub, prober, read_request, run, says, serve

OK = Verdict(Outcome.OK, Step.MIRE)


# --- the observation


async def test_an_observation_tells_who_when_and_every_hop() -> None:
    async with serve(Site()) as port:
        walk = Walk(get(f"http://127.0.0.1:{port}/a?code=secret#x", f"http://127.0.0.1:{port}/b"), kind=Kind.LOGIN_PAGE)
        before_us = SystemClock().now_us()
        observation = await prober(vantage="paris").run(walk, retry=True, lag_us=7)
    assert (observation.hub, observation.kind, observation.idp, observation.vantage) == ("hub", Kind.LOGIN_PAGE, "fip1", "paris")
    assert (observation.retry, observation.lag_us, observation.interval_us) == (True, 7, walk.interval_us)
    assert before_us <= observation.started_us <= observation.finished_us <= SystemClock().now_us()
    assert [(hop.step, hop.method, hop.path, hop.status, hop.bytes) for hop in observation.hops] == [
        (Step.MIRE, "GET", "/a", 200, 2),
        (Step.MIRE, "GET", "/b", 200, 2),
    ]
    assert "secret" not in repr(observation.hops)


async def test_identifiers_in_a_path_are_not_kept() -> None:
    async with serve(Site()) as port:
        observation = await run(Walk(get(f"http://127.0.0.1:{port}/interaction/kf8Zq-0aB91kd83hF7sk2/verify")))
    assert observation.hops[0].path == "/interaction/*/verify"


async def test_an_accounts_values_in_a_path_are_not_kept() -> None:
    async with serve(Site()) as port:
        observation = await run(Walk(get(f"http://127.0.0.1:{port}/user/Angela/home"), hidden=frozenset({"angela"})))
    assert observation.hops[0].path == "/user/*/home"


async def test_an_answer_says_when_it_came_and_how_long_after_the_start() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(0.1)
        writer.write(answer())

    async with serve(slow) as port:
        walk = Walk(get(f"http://127.0.0.1:{port}/"))
        observation = await run(walk)
    assert 100_000 <= walk.answers[0].since_us < 2_000_000
    assert abs(walk.answers[0].at_us - observation.started_us - walk.answers[0].since_us) < 50_000


def runs_through_a_real_plan(one: Prober, plan: Plan) -> object:
    return one.run(plan)  # mypy holds the two definitions of a plan together


# --- requests


async def test_the_front_channel_looks_like_a_browser_and_the_back_channel_like_a_server() -> None:
    site = Site()
    async with serve(site) as port:
        url = f"http://127.0.0.1:{port}/"
        walk = Walk(
            asks(
                Ask(Step.MIRE, "GET", url),
                Ask(Step.TOKEN, "POST", url, Channel.BACK, form=(("a", "1 é"), ("a", "&")), auth=("id", "sé:cret")),
            )
        )
        assert (await prober(user_agent="vigie/1").run(walk)).outcome is Outcome.OK
    front, back = (request.headers for request in site.asked)
    assert (front["user-agent"], back["user-agent"]) == ("vigie/1", "vigie/1")
    assert front["accept"].startswith("text/html")
    assert front["accept-language"].startswith("fr")
    assert back["accept"].startswith("application/json")
    assert "accept-language" not in back
    assert (back["content-type"], site.asked[1].body) == ("application/x-www-form-urlencoded", b"a=1+%C3%A9&a=%26")
    assert back["authorization"] == "Basic aWQ6c8OpOmNyZXQ="


async def test_a_targets_own_user_agent_and_a_journeys_own_headers_prevail() -> None:
    site = Site()
    async with serve(site) as port:
        ask = Ask(Step.USERINFO, "GET", f"http://127.0.0.1:{port}/", Channel.BACK, headers={"accept": "application/jwt"})
        await run(Walk(asks(ask), network=Network(user_agent="for this host")))
    assert (site.asked[0].headers["user-agent"], site.asked[0].headers["accept"]) == ("for this host", "application/jwt")


# --- cookies


def cookie(value: str) -> tuple[int, list[tuple[str, str]], bytes]:
    return (200, [("Set-Cookie", value)], b"")


async def test_cookies_live_within_a_run_and_never_outlive_it() -> None:
    site = Site({"/set": cookie("session=one; Path=/; HttpOnly")})
    async with serve(site) as port:
        urls = [f"http://127.0.0.1:{port}/set", f"http://127.0.0.1:{port}/page"]
        one = prober()
        await one.run(Walk(get(*urls)))
        await one.run(Walk(get(*urls)))
    assert [request.headers.get("cookie") for request in site.asked] == [None, "session=one", None, "session=one"]


async def test_cookies_of_two_runs_at_once_do_not_mix() -> None:
    seen = []

    async def names(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            seen.append((request.target, request.headers.get("cookie")))
            await asyncio.sleep(0.02)
            writer.write(answer(headers=[("Set-Cookie", f"run={request.target[1:]}")]))

    async with serve(names) as port:
        one = prober()
        await asyncio.gather(*(one.run(Walk(get(*[f"http://127.0.0.1:{port}/{n}"] * 3))) for n in range(5)))
    assert sorted(set(seen), key=str) == sorted([(f"/{n}", what) for n in range(5) for what in (None, f"run={n}")], key=str)


async def test_cookies_of_one_party_are_never_sent_to_another() -> None:
    texts = ("own=1", "all=1; Domain=idp.gouv.fr", "wide=1; Domain=gouv.fr", "other=1; Domain=bank.test")
    setter = Site({"/": (200, [("Set-Cookie", text) for text in texts], b"")})
    other = Site()
    async with serve(setter) as one, serve(other) as two:
        resolve = {
            "login.idp.gouv.fr": f"127.0.0.1:{one}",
            "www.idp.gouv.fr": f"127.0.0.1:{two}",
            "hub.gouv.fr": f"127.0.0.1:{two}",
            "bank.test": f"127.0.0.1:{two}",
        }
        hosts = ["login.idp.gouv.fr", "www.idp.gouv.fr", "hub.gouv.fr", "bank.test", "login.idp.gouv.fr"]
        await run(Walk(get(*[f"http://{host}/" for host in hosts]), network=Network(resolve=resolve)))
    assert [request.headers.get("cookie") for request in other.asked] == ["all=1", None, None]
    assert sorted((setter.asked[1].headers["cookie"]).split("; ")) == ["all=1", "own=1"]


async def test_path_secure_and_expiry_of_cookies_are_kept_to() -> None:
    headers = [("Set-Cookie", text) for text in ("deep=1; Path=/deep", "safe=1; Secure", "old=1; Max-Age=0", "kept=1; Max-Age=60")]
    site = Site({"/": (200, headers, b"")})
    async with serve(site) as port:
        urls = [f"http://idp.test:{port}{path}" for path in ("/", "/page", "/deep/page")]
        await run(Walk(get(*urls), network=Network(resolve={"idp.test": "127.0.0.1"})))
    assert [sorted(request.headers.get("cookie", "").split("; ")) for request in site.asked] == [[""], ["kept=1"], ["deep=1", "kept=1"]]


async def test_the_back_channel_sends_no_cookie_and_keeps_none() -> None:
    site = Site({"/set": cookie("session=one; Path=/")})
    async with serve(site) as port:
        front, back = (f"http://127.0.0.1:{port}/set", Channel.FRONT), (f"http://127.0.0.1:{port}/set", Channel.BACK)
        await run(Walk(asks(*(Ask(Step.TOKEN, "GET", url, channel) for url, channel in (back, front, back, back)))))
    assert [request.headers.get("cookie") for request in site.asked] == [None] * 4


async def test_a_malformed_cookie_is_passed_over_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    malformed = [
        "=",
        "a=b; Expires=Mon, 99 Foo 99999 99:99:99",
        "a=b; Max-Age=x",
        "\xff=\xfe",
        "a" * 5000,
        "; ; =;",
        'x="unfinished; Path=/',
    ]
    site = Site({"/": (200, [("Set-Cookie", text) for text in malformed], b"")})
    async with serve(site) as port:
        observation = await run(Walk(get(f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/")))
    assert observation.outcome is Outcome.OK
    assert capfd.readouterr().err == ""


# --- the trusted device


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "device.json"


DEVICE = Site({"/set": cookie("trustedDevice=device-1; Max-Age=7776000; Path=/"), "/clear": cookie("trustedDevice=; Max-Age=0; Path=/")})


def device_walk(port: int, path: str, file: Path | None, idp: str = "fip1") -> Walk:
    return Walk(
        get(f"http://127.0.0.1:{port}{path}"), hub=hub(f"http://127.0.0.1:{port}", trusted_device=TrustedDevice(file=file)), idp=idp
    )


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


def write(file: Path, content: str) -> None:
    file.write_text(content)


async def sent_by(one: Prober, site: Site, port: int, path: str, file: Path | None, idp: str = "fip1") -> str | None:
    await one.run(device_walk(port, path, file, idp))
    return site.asked[-1].headers.get("cookie")


async def test_the_trusted_device_alone_outlives_the_run_for_its_own_account() -> None:
    site = Site(
        {"/set": (200, [("Set-Cookie", "trustedDevice=device-1; Max-Age=7776000"), ("Set-Cookie", "session=1; Max-Age=7776000")], b"")}
    )
    async with serve(site) as port:
        one = prober()
        assert [
            await sent_by(one, site, port, path, None, idp) for path, idp in (("/set", "fip1"), ("/", "fip1"), ("/", "fip2"), ("/", "fip1"))
        ] == [
            None,
            "trustedDevice=device-1",
            None,
            "trustedDevice=device-1",
        ]


async def test_the_trusted_device_survives_a_restart_in_a_file_of_mode_0600(file: Path) -> None:
    site = Site(DEVICE.answers)
    async with serve(site) as port:
        await sent_by(prober(), site, port, "/set", file)
        assert mode_of(file) == 0o600
        assert await sent_by(prober(), site, port, "/", file) == "trustedDevice=device-1"
        await sent_by(prober(), site, port, "/clear", file)
        assert await sent_by(prober(), site, port, "/", file) is None
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"fip1": 3}', '{"fip1": {"name": "trustedDevice"}}', "\x00"])
async def test_a_device_file_that_is_none_counts_as_empty(file: Path, content: str) -> None:
    write(file, content)
    site = Site(DEVICE.answers)
    async with serve(site) as port:
        assert await sent_by(prober(), site, port, "/set", file) is None
        assert await sent_by(prober(), site, port, "/", file) == "trustedDevice=device-1"


async def test_a_device_file_that_cannot_be_written_costs_nothing_but_a_warning(tmp_path: Path) -> None:
    site, file = Site(DEVICE.answers), tmp_path / "missing" / "device.json"
    async with serve(site) as port:
        one = prober()
        observation = await one.run(device_walk(port, "/set", file))
        assert observation.outcome is Outcome.OK
        assert await sent_by(one, site, port, "/", file) == "trustedDevice=device-1"


async def test_an_idp_cannot_plant_the_hubs_device_cookie() -> None:
    hub_site, idp_site = Site(), Site({"/": cookie("trustedDevice=planted")})
    async with serve(hub_site) as port, serve(idp_site, host="127.0.0.2") as idp:
        at = hub(f"http://127.0.0.1:{port}", trusted_device=TrustedDevice())
        one = prober()
        for _ in range(2):
            await one.run(Walk(get(f"http://127.0.0.1:{port}/", f"http://127.0.0.2:{idp}/"), hub=at))
    assert [request.headers.get("cookie") for request in (*hub_site.asked, *idp_site.asked)] == [None] * 4


# --- the deadline


async def test_on_the_deadline_the_journey_attributes_the_timeout_itself() -> None:
    def journey(walk: Walk) -> Journey:
        answer = yield Ask(Step.USERINFO, "GET", url, Channel.BACK)
        assert answer.error == Reason.TIMEOUT
        return Verdict(Outcome.FAILED, Step.USERINFO, Fault.HUB, answer.error, authenticated=True)

    async with serve(says(b"", then=60)) as port:
        url = f"http://127.0.0.1:{port}/"
        observation = await run(Walk(journey, deadline_us=300_000))
    assert (observation.fault, observation.reason, observation.step) == (Fault.HUB, Reason.TIMEOUT, Step.USERINFO)
    assert observation.authenticated
    assert [hop.error for hop in observation.hops] == [Reason.TIMEOUT]
    assert 300_000 <= observation.hops[0].total_us < 600_000


async def test_what_a_sooner_deadline_of_who_asks_ends_is_ours() -> None:
    """Such as a scraper's time-out on `/probe`, which says nothing of the hub."""
    async with serve(says(b"", then=60)) as port:
        walk = Walk(get(f"http://127.0.0.1:{port}/"), deadline_us=5_000_000)
        cut = await prober().run(walk, at_most_us=200_000)
    assert (cut.outcome, cut.fault, cut.reason) == (Outcome.INCONCLUSIVE, Fault.PROBER, Reason.TIMEOUT)


async def test_what_ends_before_that_deadline_or_by_its_own_stays_as_it_is() -> None:
    async with serve(says(b"", then=60)) as port:
        walk = Walk(get(f"http://127.0.0.1:{port}/"), deadline_us=200_000)
        slow = await prober().run(walk, at_most_us=5_000_000)
    assert (slow.outcome, slow.reason) == (Outcome.FAILED, Reason.TIMEOUT)
    refused = await prober().run(Walk(get(f"http://127.0.0.1:{port}/"), deadline_us=5_000_000), at_most_us=2_000_000)
    assert (refused.outcome, refused.reason) == (Outcome.FAILED, Reason.CONNECT)
    async with serve(Site({"/": (200, [], b"")})) as port:
        good = await prober().run(Walk(get(f"http://127.0.0.1:{port}/"), deadline_us=5_000_000), at_most_us=2_000_000)
    assert good.outcome is Outcome.OK


async def test_a_journey_may_insist_once_after_its_deadline_and_asks_nobody() -> None:
    asked: list[Reason | None] = []

    def journey(walk: Walk) -> Journey:
        for _ in range(2):
            answer = yield Ask(Step.MIRE, "GET", url)
            asked.append(answer.error)
        return Verdict(Outcome.FAILED, Step.MIRE, Fault.HUB, Reason.TIMEOUT)

    async with serve(says(b"", then=60)) as port:
        url = f"http://127.0.0.1:{port}/"
        observation = await run(Walk(journey, deadline_us=200_000))
    assert (asked, len(observation.hops), observation.fault) == ([Reason.TIMEOUT] * 2, 1, Fault.HUB)


async def test_a_journey_that_never_ends_after_its_deadline_is_a_bug_of_ours_and_is_closed() -> None:
    closed: list[bool] = []

    def journey(walk: Walk) -> Journey:
        try:
            while True:
                yield Ask(Step.MIRE, "GET", url)
        finally:
            closed.append(True)

    async with serve(says(b"", then=60)) as port:
        url = f"http://127.0.0.1:{port}/"
        observation = await run(Walk(journey, deadline_us=200_000))
    assert (observation.outcome, observation.fault, observation.reason) == (Outcome.INCONCLUSIVE, Fault.PROBER, Reason.PROBER_ERROR)
    assert closed == [True]


async def test_the_deadline_is_the_journeys_not_each_requests() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            await asyncio.sleep(0.2)
            writer.write(answer())

    async with serve(slow) as port:
        observation = await run(Walk(get(*[f"http://127.0.0.1:{port}/"] * 10), deadline_us=500_000))
    assert (observation.reason, len(observation.hops)) == (Reason.TIMEOUT, 3)
    assert observation.finished_us - observation.started_us < 1_900_000


async def test_an_endless_journey_ends_after_a_hundred_hops() -> None:
    def journey(walk: Walk) -> Journey:
        while True:
            answer = yield Ask(Step.AUTHORIZE, "GET", url)
            if answer.error:
                return Verdict(Outcome.FAILED, Step.AUTHORIZE, Fault.HUB, answer.error)

    async with serve(Site()) as port:
        url = f"http://127.0.0.1:{port}/"
        observation = await prober(politeness={"requests": 1000}).run(Walk(journey))
    assert (observation.reason, len(observation.hops)) == (Reason.REDIRECT_LOOP, MOST_HOPS)


async def test_cancelling_a_run_cancels_it() -> None:
    async with serve(says(b"", then=60)) as port:
        task = asyncio.create_task(run(Walk(get(f"http://127.0.0.1:{port}/"))))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 1)


# --- our own failures


def starve(seconds: float) -> None:
    """The loop does not turn."""
    time.sleep(seconds)


class Sleepy(SystemClock):
    """A machine that sleeps `slept_us` during the run; a wall clock that is set by `stepped_us`."""

    def __init__(self, slept_us: int = 0, stepped_us: int = 0) -> None:
        self.slept_us, self.stepped_us, self.over = slept_us, stepped_us, False

    def now_us(self) -> int:
        return super().now_us() + self.over * (self.slept_us + self.stepped_us)

    def boottime_us(self) -> int:
        return super().boottime_us() + self.over * self.slept_us


@pytest.mark.parametrize(
    ("clock", "outcome"),
    [
        (Sleepy(slept_us=5_000_000), Outcome.INCONCLUSIVE),
        (Sleepy(stepped_us=5_000_000), Outcome.INCONCLUSIVE),  # as a paused virtual machine looks
        (Sleepy(slept_us=900_000), Outcome.OK),
        (Sleepy(stepped_us=-3_600_000_000), Outcome.OK),
        (Sleepy(), Outcome.OK),
    ],
)
async def test_a_run_that_was_slept_through_is_inconclusive(clock: Sleepy, outcome: Outcome) -> None:
    def journey(walk: Walk) -> Journey:
        yield Ask(Step.MIRE, "GET", url)
        clock.over = True
        return OK

    async with serve(Site()) as port:
        url = f"http://127.0.0.1:{port}/"
        observation = await Prober(Config(hubs=[hub()]), clock).run(Walk(journey))
    assert observation.outcome is outcome
    if outcome is Outcome.INCONCLUSIVE:
        assert (observation.fault, observation.reason, observation.step) == (Fault.PROBER, Reason.OVERSLEPT, Step.MIRE)
    assert observation.finished_us - observation.started_us < 1_000_000


@pytest.mark.parametrize("passes", [True, False])
async def test_a_failure_while_the_loop_stood_still_is_ours_and_a_success_is_a_success(
    monkeypatch: pytest.MonkeyPatch, passes: bool
) -> None:
    monkeypatch.setattr(run_clock, "STARVED_US", 100_000)
    monkeypatch.setattr(run_clock, "_BEAT_US", 50_000)

    def journey(walk: Walk) -> Journey:
        yield Ask(Step.MIRE, "GET", url)
        starve(0.3)
        return OK if passes else Verdict(Outcome.FAILED, Step.MIRE, Fault.HUB, Reason.HTTP_STATUS)

    async with serve(Site()) as port:
        url = f"http://127.0.0.1:{port}/"
        observation = await run(Walk(journey))
    assert observation.reason == (None if passes else Reason.OVERSLEPT)


async def test_a_deadline_seen_far_too_late_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_clock, "STARVED_US", 100_000)
    async with serve(says(b"", then=60)) as port:
        task = asyncio.create_task(run(Walk(get(f"http://127.0.0.1:{port}/"), deadline_us=200_000)))
        await asyncio.sleep(0.1)
        starve(0.4)
        observation = await task
    assert (observation.outcome, observation.fault, observation.reason) == (Outcome.INCONCLUSIVE, Fault.PROBER, Reason.OVERSLEPT)


def breaks_at_once(walk: Walk) -> Journey:
    raise KeyError("persona-value")
    yield


def breaks_later(walk: Walk) -> Journey:
    yield Ask(Step.DISCOVERY, "GET", "http://127.0.0.1:9/")
    raise ValueError("persona-value")


def returns_nothing(walk: Walk) -> Journey:
    yield Ask(Step.DISCOVERY, "GET", "http://127.0.0.1:9/")
    return None  # type: ignore[return-value]


def times_out_by_itself(walk: Walk) -> Journey:
    yield Ask(Step.DISCOVERY, "GET", "http://127.0.0.1:9/")
    raise TimeoutError("persona-value")


@pytest.mark.parametrize(
    ("script", "step"),
    [
        (breaks_at_once, Step.AUTHORIZE),
        (breaks_later, Step.DISCOVERY),
        (returns_nothing, Step.DISCOVERY),
        (times_out_by_itself, Step.DISCOVERY),
    ],
)
async def test_a_bug_in_a_journey_is_inconclusive_and_logged_without_values(
    script: object, step: Step, capfd: pytest.CaptureFixture[str]
) -> None:
    observation = await run(Walk(script))  # type: ignore[arg-type]
    assert (observation.outcome, observation.fault, observation.reason) == (Outcome.INCONCLUSIVE, Fault.PROBER, Reason.PROBER_ERROR)
    assert observation.step is step
    logged = "".join(capfd.readouterr())
    assert "prober_error" in logged
    assert "persona-value" not in logged


async def test_a_plan_that_cannot_start_is_inconclusive() -> None:
    walk = Walk(get("http://127.0.0.1:9/"), hub=hub("http://127.0.0.1:9", backends={}), backend="missing")
    observation = await run(walk)
    assert (observation.outcome, observation.reason, observation.hops) == (Outcome.INCONCLUSIVE, Reason.PROBER_ERROR, ())


# --- politeness


async def test_waiting_for_a_hosts_turn_costs_the_target_neither_time_nor_deadline() -> None:
    site = Site()
    async with serve(site) as port:
        one = prober(politeness={"requests": 2, "period": "400ms"})
        observation = await one.run(Walk(get(*[f"http://127.0.0.1:{port}/"] * 5), deadline_us=450_000))
    assert observation.outcome is Outcome.OK
    assert observation.finished_us - observation.started_us >= 800_000
    assert max(hop.total_us for hop in observation.hops) < 200_000


async def test_a_host_has_its_own_turn() -> None:
    async with serve(Site()) as one, serve(Site()) as two:
        polite = prober(politeness={"requests": 1, "period": "60s"})
        first = await polite.run(Walk(get(f"http://127.0.0.1:{one}/"), deadline_us=300_000))
        second = await polite.run(Walk(get(f"http://127.0.0.1:{two}/"), deadline_us=300_000))
    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.OK)


async def test_a_turn_that_never_comes_is_our_own_doing() -> None:
    async with serve(Site()) as port:
        polite = prober(politeness={"requests": 1, "period": "60s"})
        observation = await polite.run(Walk(get(*[f"http://127.0.0.1:{port}/"] * 2), deadline_us=300_000))
    assert (observation.outcome, observation.fault, observation.reason) == (Outcome.INCONCLUSIVE, Fault.PROBER, Reason.OVERSLEPT)


async def test_a_turn_that_does_not_come_in_the_time_of_who_asks_puts_no_answer_off() -> None:
    async with serve(Site()) as port:
        polite, began = prober(politeness={"requests": 1, "period": "60s"}), time.monotonic()
        observation = await polite.run(Walk(get(*[f"http://127.0.0.1:{port}/"] * 2), deadline_us=5_000_000), at_most_us=200_000)
    assert (observation.outcome, observation.fault, observation.reason) == (Outcome.INCONCLUSIVE, Fault.PROBER, Reason.TIMEOUT)
    assert time.monotonic() - began < 4


async def test_a_reload_changes_politeness_and_vantage_from_the_next_run_on() -> None:
    async with serve(Site()) as port:
        one = prober(politeness={"requests": 1, "period": "60s"})
        await one.run(Walk(get(f"http://127.0.0.1:{port}/")))
        one.reload(Config.model_validate({"hubs": [hub()], "vantage": "lyon"}))
        observation = await one.run(Walk(get(f"http://127.0.0.1:{port}/"), deadline_us=300_000))
    assert (observation.outcome, observation.vantage) == (Outcome.OK, "lyon")
