"""Stories: events in a watched world, with the alerts that fire and the instants at which they do.

At first all is well in the world. `checks` has, for instants in seconds, the alerts of one name
that fire then. `others` names other alerts that fire at some time in the story. No further alert
may fire.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import nan

from exporters.metrics import names
from exporters.metrics.names import Metric
from tests.dashboards.rules.world import CLIENT, HUB, INSTANCE, VANTAGE, SampledWatch, vantage

DAY = 86_400
Tell = Callable[[SampledWatch], None]


@dataclass(frozen=True)
class Fires:
    """One firing alert: its labels beside its name, and what its texts say
    at that instant (`$value` as they show it, whose fault).
    """

    severity: str
    contract: int
    about: str
    value: str
    labels: Mapping[str, str]
    fault: str = ""

    def all_labels(self) -> dict[str, str]:
        return {"severity": self.severity, "vigie_severity": str(self.contract), "vigie_about": self.about, **self.labels}


@dataclass(frozen=True)
class AlertStory:
    """`length` samples, one every `step_s` seconds.
    `checks`: instant in seconds -> the alerts named `alert` that fire then.
    """

    name: str
    alert: str
    tell: Tell
    checks: Mapping[float, tuple[Fires, ...]] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    length: int = 50
    step_s: int = 30


STORIES: list[AlertStory] = []
Check = tuple[float, Fires | tuple[Fires, ...] | None]


def story(name: str, alert: str, tell: Tell, *checks: Check, others: tuple[str, ...] = (), length: int = 0, step_s: int = 30) -> None:
    """Add one. Every check is (seconds, what of the alert fires then, or None).
    It ends after the last check unless `length` says.
    """
    told = {at: fires if isinstance(fires, tuple) else (fires,) if fires else () for at, fires in checks}
    ends = length or max([50, *(int(at) // step_s + 2 for at in told)])
    STORIES.append(AlertStory(name, alert, tell, told, others, ends, step_s))


def down(world: SampledWatch, condition: str, start: float, end: float | None = None, fault: str = "hub") -> None:
    """A condition holds, as the ledger shows it."""
    world.turn(names.CONDITION_STATE, "down", start, end, condition=condition)
    world.set(names.CONDITION_SINCE, start, start, end, condition=condition)
    world.set(names.CONDITION_FAULT, 1, start, end, condition=condition, fault=fault)
    world.turn(names.HUB_STATE, "down", start, end)
    if condition == "mire_missing":
        for other in ("identity_not_returned", "all_idps_unavailable"):
            world.turn(names.CONDITION_STATE, "unknown", start, end, condition=other)
        world.turn(names.IDP_STATE, "unknown", start, end)


def idp_down(world: SampledWatch, idp: str, start: float, end: float | None = None) -> None:
    world.turn(names.IDP_STATE, "down", start, end, idp=idp)
    world.set(names.IDP_SINCE, start, start, end, idp=idp)


def spent(world: SampledWatch, start: float, end: float) -> None:
    """Confirmed downtime, as the settled seconds count it."""
    world.grow(names.HUB_SECONDS, 1, start, end, state="down")
    world.grow(names.HUB_SECONDS, -1, start, end, state="up")


def flag(world: SampledWatch, idp: str, state: str, start: float, end: float | None = None) -> None:
    world.set(names.FLAG, 0, start, end, idp=idp)
    world.set(names.FLAG, 1, start, end, idp=idp, state=state)


TEN = "1970-01-01 00:10:00 +0000 UTC"

# --- the hub


def _conditions(alert: str, condition: str) -> None:
    fires = Fires("page", 1, "hub", TEN, {"hub": HUB, "condition": condition}, "hub")

    def outage(world: SampledWatch) -> None:
        down(world, condition, 600, 1800)

    def lost(world: SampledWatch) -> None:
        down(world, condition, 600, 1200)
        world.lose(1050, 2400)

    def removed(world: SampledWatch) -> None:
        down(world, condition, 600)
        world.end(1200, hub=HUB)

    def not_known(world: SampledWatch) -> None:
        world.turn(names.CONDITION_STATE, "unknown", 600, 900, condition=condition)
        world.turn(names.HUB_STATE, "unknown", 600, 900)

    def two(world: SampledWatch) -> None:
        vantage(world, "elsewhere:9464", "lyon")
        down(world, condition, 600, 1800)
        world.lose(900, instance="elsewhere:9464")

    story("from 10 to 30 min", alert, outage, (570, None), (600, fires), (1770, fires), (1920, fires), (2010, None))
    blind = ("VigieBlind", "VigieNotScraped")
    story("its end is in a lost scrape", alert, lost, (1020, fires), (2370, fires), (2670, None), others=blind)
    story("the hub leaves the configuration", alert, removed, (1170, fires), (1410, None))
    story("unknown for five minutes", alert, not_known)
    story("one of two vantages is lost", alert, two, (600, fires), (1770, fires), (2010, None), others=("VigieNotScraped",))


_conditions("VigieMireMissing", "mire_missing")
_conditions("VigieIdentityNotReturned", "identity_not_returned")
_conditions("VigieAllIdpsUnavailable", "all_idps_unavailable")


def _hub_unknown() -> None:
    fires = Fires("page", 2, "watch", "", {"hub": HUB})

    def unknown(world: SampledWatch, end: float, **labels: str) -> None:
        world.turn(names.HUB_STATE, "unknown", 300, end, **labels)

    def one_knows(world: SampledWatch) -> None:
        vantage(world, "elsewhere:9464", "lyon")
        unknown(world, 2400, instance="elsewhere:9464")

    name = "VigieHubUnknown"
    story("for twenty minutes", name, lambda world: unknown(world, 1500), (870, None), (930, fires), (1470, fires), (1530, None))
    story("for nine minutes", name, lambda world: unknown(world, 840))
    story("to one vantage of two", name, one_knows)


_hub_unknown()


def _lacks_idp() -> None:
    name = "VigieMireLacksIdp"
    fires = Fires("ticket", 2, "idp", "", {"hub": HUB, "idp": "alpha"})

    def gone(world: SampledWatch, end: float | None = None) -> None:
        world.set(names.IDP_SELECTABLE, 0, 300, end, idp="alpha")

    def deactivated(world: SampledWatch) -> None:
        gone(world)
        flag(world, "alpha", "deactivated", 300)

    def never_seen(world: SampledWatch) -> None:
        world.set(names.IDP_SELECTABLE, 0, 0)
        world.set(names.MIRE_SEEN, 0, 0)

    story("for twenty minutes", name, lambda world: gone(world, 1500), (570, None), (630, fires), (1590, fires), (1650, None))
    story("for four minutes", name, lambda world: gone(world, 540))
    story("since it is deactivated", name, deactivated)
    story("on a mire that was never seen", name, never_seen)


_lacks_idp()


def _greyed() -> None:
    fires = Fires("ticket", 4, "watch", "", {"hub": HUB, "vantage": VANTAGE})

    def greyed(world: SampledWatch, seconds: float) -> None:
        world.grow(names.INCONCLUSIVE, 1 / 30, 600, 600 + seconds, reason="tiles_greyed")

    story("for five minutes", "VigieTilesGreyed", lambda world: greyed(world, 300), (660, None), (780, fires), (1500, fires), (2000, None))
    story("twice", "VigieTilesGreyed", lambda world: greyed(world, 60))


_greyed()


def _client_unknown() -> None:
    fires = Fires("ticket", 4, "watch", "", {"hub": HUB, "vantage": VANTAGE})

    def unknown(world: SampledWatch, seconds: float) -> None:
        world.grow(names.INCONCLUSIVE, 1 / 30, 600, 600 + seconds, kind="mire", reason="client_unknown")

    story(
        "for five minutes", "VigieClientUnknown", lambda world: unknown(world, 300), (660, None), (780, fires), (1500, fires), (2400, None)
    )
    story("twice", "VigieClientUnknown", lambda world: unknown(world, 60))


_client_unknown()


def _another_client() -> None:
    name, alike = "VigieClientUnavailable", {"hub": HUB, "client": CLIENT}
    at_hub = Fires("ticket", 3, "hub", TEN, {**alike, "vigie_subject": f"client:{CLIENT}"})
    at_idp = Fires("ticket", 3, "idp", TEN, {**alike, "idp": "alpha", "vigie_subject": f"idp:alpha@{CLIENT}"})

    def fails(world: SampledWatch, end: float | None = 1800) -> None:
        world.turn(names.CLIENT_STATE, "down", 600, end, client=CLIENT)
        world.set(names.CLIENT_SINCE, 600, 600, end, client=CLIENT)

    def fails_at_idp(world: SampledWatch) -> None:
        world.turn(names.CLIENT_IDP_STATE, "down", 600, 1800, client=CLIENT)
        world.set(names.CLIENT_IDP_SINCE, 600, 600, 1800, client=CLIENT)

    def with_the_main_one(world: SampledWatch) -> None:
        fails(world)
        down(world, "mire_missing", 630, 1770)

    def with_the_idp(world: SampledWatch) -> None:
        fails_at_idp(world)
        idp_down(world, "alpha", 630, 1770)

    def with_its_idps(world: SampledWatch) -> None:
        fails(world)
        idp_down(world, "alpha", 630, 1770)

    def everywhere(world: SampledWatch) -> None:
        fails(world)
        fails_at_idp(world)

    def of_client(world: SampledWatch) -> None:
        world.turn(names.CLIENT_STATE, "unknown", 300, 1500)

    def of_hub(world: SampledWatch) -> None:
        of_client(world)
        world.turn(names.HUB_STATE, "unknown", 300, 1500)

    def unknown_record(world: SampledWatch) -> None:
        world.grow(names.CLIENT_INCONCLUSIVE, 1 / 30, 600, 900, client=CLIENT)

    def never_passed(world: SampledWatch) -> None:
        world.set(names.CLIENT_NEVER_PASSED, 1, 300, 4500, idp="alpha")

    story("at the hub", name, fails, (660, None), (720, at_hub), (1770, at_hub), (1950, None))
    story("at an IdP", name, fails_at_idp, (660, None), (720, at_idp), (1770, at_idp), (1950, None))
    story("at the hub, and so at the IdP", name, everywhere, (720, at_hub), (1770, at_hub), (1950, None))
    story("with the main client", name, with_the_main_one, (720, None), (1770, None), (1950, None), others=("VigieMireMissing",))
    story("with all of its IdPs", name, with_its_idps, (1770, None), (1830, None), (1950, None), others=("VigieIdpUnavailable",))
    story("with the IdP", name, with_the_idp, (720, None), (1770, None), (1950, None), others=("VigieIdpUnavailable",))
    ours = Fires("ticket", 4, "watch", "", alike)
    story("for twenty minutes", "VigieClientStateUnknown", of_client, (870, None), (930, ours), (1470, ours), (1530, None))
    story("with the hub", "VigieClientStateUnknown", of_hub, (1470, None), others=("VigieHubUnknown",))
    gone = Fires("ticket", 4, "watch", "", {**alike, "vantage": VANTAGE})
    story("of another client", "VigieClientUnknown", unknown_record, (660, None), (780, gone), (1500, gone), (2400, None))
    settings = Fires("ticket", 4, "watch", "", {**alike, "idp": "alpha"})
    story("of another client", "VigieNeverPassed", never_passed, (3870, None), (3960, settings), (4470, settings), step_s=30)


_another_client()


def _turned_away() -> None:
    fires = Fires("ticket", 4, "watch", "", {"hub": HUB, "vantage": VANTAGE})

    def away(world: SampledWatch, seconds: float) -> None:
        world.grow(names.INCONCLUSIVE, 1 / 30, 600, 600 + seconds, reason="turned_away")

    story("for five minutes", "VigieTurnedAway", lambda world: away(world, 300), (660, None), (810, fires), (1500, fires), (2400, None))
    story("twice", "VigieTurnedAway", lambda world: away(world, 60))


_turned_away()


def _backend() -> None:
    fires = Fires("ticket", 3, "hub", "", {"hub": HUB, "backend": "node1"})

    def lost(world: SampledWatch, end: float) -> None:
        world.turn(names.BACKEND_STATE, "down", 300, end)

    def unsaid(world: SampledWatch) -> None:
        lost(world, 1500)
        world.turn(names.BACKEND_STATE, "unknown", 300, 1500)

    story("for twenty minutes", "VigieBackendDown", lambda world: lost(world, 1500), (570, None), (630, fires), (1590, fires), (1650, None))
    story("for a minute", "VigieBackendDown", lambda world: lost(world, 360))
    story("because nothing tells", "VigieBackendDown", unsaid)


_backend()


def _slow_hub() -> None:
    fires = Fires("ticket", 2, "hub", "66.67%", {"hub": HUB})

    def slow(world: SampledWatch, *idps: str) -> None:
        for idp in idps:
            world.set(names.IDP_SLOW, 1, 300, 1500, idp=idp)

    story(
        "at two of three IdPs",
        "VigieHubSlow",
        lambda world: slow(world, "alpha", "beta"),
        (570, None),
        (630, fires),
        (2070, fires),
        (2130, None),
        others=("VigieIdpSlow",),
    )
    story("at one of three IdPs", "VigieHubSlow", lambda world: slow(world, "alpha"), (1470, None), others=("VigieIdpSlow",))


_slow_hub()

# --- an IdP

ALPHA = {"hub": HUB, "idp": "alpha"}


def _idp_unavailable() -> None:
    name = "VigieIdpUnavailable"
    fires = Fires("ticket", 2, "idp", TEN, ALPHA)

    def lost(world: SampledWatch) -> None:
        idp_down(world, "alpha", 600, 1200)
        world.lose(1050, 2400)

    def removed(world: SampledWatch) -> None:
        idp_down(world, "alpha", 600)
        world.end(1200, idp="alpha")

    def masked(world: SampledWatch) -> None:
        idp_down(world, "alpha", 600, 1800)
        down(world, "mire_missing", 1200, 1800)

    down_long = (660, None), (690, fires), (1770, fires), (1830, fires), (1890, None)
    story("for twenty minutes", name, lambda world: idp_down(world, "alpha", 600, 1800), *down_long)
    story("for a minute", name, lambda world: idp_down(world, "alpha", 600, 660))
    story("its end is in a lost scrape", name, lost, (1020, fires), (2370, fires), (2670, None), others=("VigieBlind", "VigieNotScraped"))
    story("it leaves the configuration", name, removed, (1170, fires), (1350, None))
    story("then the mire is missing", name, masked, (1170, fires), (1350, None), others=("VigieMireMissing",))


_idp_unavailable()


def _idp_gauges() -> None:
    def withheld(run: str) -> Tell:
        return lambda world: world.grow(names.LOGINS_WITHHELD, 3, 600, idp="alpha", run=run)

    def raised(metric: Metric, start: float, end: float) -> Tell:
        return lambda world: world.set(metric, 1, start, end, idp="alpha")

    intermittent = Fires("ticket", 3, "idp", "", ALPHA)
    story(
        "for five minutes",
        "VigieIdpIntermittent",
        raised(names.IDP_INTERMITTENT, 600, 900),
        (570, None),
        (600, intermittent),
        (1770, intermittent),
        (1830, None),
    )
    slow = raised(names.IDP_SLOW, 300, 1500)
    story("for twenty minutes", "VigieIdpSlow", slow, (570, None), (630, intermittent), (2370, intermittent), (2430, None))
    story("for four minutes", "VigieIdpSlow", raised(names.IDP_SLOW, 300, 540))
    suspended = Fires("ticket", 3, "watch", "", ALPHA)
    refused = raised(names.ACCOUNT_SUSPENDED, 600, 1200)
    story("for ten minutes", "VigieAccountSuspended", refused, (570, None), (600, suspended), (1170, suspended), (1230, None))
    ours = Fires("ticket", 4, "watch", "", ALPHA)
    never = raised(names.NEVER_PASSED, 300, 5400)
    story("for 85 minutes", "VigieNeverPassed", never, (3870, None), (3930, ours), (5370, ours), (6060, None))
    story("for 55 minutes", "VigieNeverPassed", raised(names.NEVER_PASSED, 300, 3600))
    spent = Fires("ticket", 4, "watch", "", {**ALPHA, "vantage": VANTAGE})
    name = "VigieLoginBudgetSpent"
    story("three journeys", name, withheld("regular"), (570, None), (630, spent), (1740, spent), (1860, None))
    story("what was asked again", name, withheld("retry"))
    guarded = Fires("ticket", 2, "idp", "", ALPHA)
    held = raised(names.FLAG_GUARDED, 300, 1500)
    story("for twenty minutes", "VigieIdpFlagGuarded", held, (870, None), (930, guarded), (1770, guarded), (1830, None))
    story("for nine minutes", "VigieIdpFlagGuarded", raised(names.FLAG_GUARDED, 300, 840))


_idp_gauges()


def _identities() -> None:
    changed = Fires("page", 1, "hub", "", {"hub": HUB})
    others = Fires("ticket", 3, "watch", "", {"hub": HUB})
    lost = Fires("ticket", 3, "watch", "", ALPHA)
    story(
        "through one IdP, for twenty minutes",
        "VigieAccountChanged",
        lambda world: world.set(names.ACCOUNT_CHANGED, 1, 600, 1800, idp="alpha"),
        (570, None),
        (600, changed),
        (1770, changed),
        (2100, None),
    )
    story(
        "for twenty minutes",
        "VigieAccountDiffers",
        lambda world: world.set(names.ACCOUNT_DIFFERS, 1, 300, 1500, idp="alpha"),
        (570, None),
        (630, others),
        (2370, others),
        (2460, None),
    )
    story(
        "one of two claims, for ten minutes",
        "VigieClaimLost",
        lambda world: world.set(names.CLAIM_LOST, 1, 600, 1200, idp="alpha", claim="email"),
        (570, None),
        (600, lost),
        (2070, lost),
        (2160, None),
    )


_identities()


def _idp_unknown() -> None:
    name = "VigieIdpUnknown"
    fires = Fires("ticket", 4, "watch", "", ALPHA)

    def unknown(world: SampledWatch, end: float = 1800) -> None:
        world.turn(names.IDP_STATE, "unknown", 300, end, idp="alpha")

    def deactivated(world: SampledWatch) -> None:
        unknown(world)
        flag(world, "alpha", "deactivated", 300)
        world.set(names.IDP_SELECTABLE, 0, 300, idp="alpha")

    def without_mire(world: SampledWatch) -> None:
        down(world, "mire_missing", 300, 1800)

    def ours(metric: Metric) -> Tell:
        def tell(world: SampledWatch) -> None:
            unknown(world)
            world.set(metric, 1, 300, 1800, idp="alpha")

        return tell

    story("for 25 minutes", name, unknown, (1170, None), (1230, fires), (2070, fires), (2130, None))
    story("for fourteen minutes", name, lambda world: unknown(world, 1140))
    story("since it is deactivated", name, deactivated)
    story("because the mire is missing", name, without_mire, others=("VigieMireMissing",))
    story("since our settings have never passed", name, ours(names.NEVER_PASSED))
    story("since our account is suspended", name, ours(names.ACCOUNT_SUSPENDED), others=("VigieAccountSuspended",))


_idp_unknown()


def _flagged() -> None:
    fires = Fires("page", 2, "idp", "", ALPHA)

    def lifecycle(world: SampledWatch) -> None:
        for state, start, end in (("proposed", 600, 900), ("approved", 900, 1500), ("deactivated", 1500, 1800), ("recovered", 1800, 2100)):
            flag(world, "alpha", state, start, end)
        world.set(names.IDP_SELECTABLE, 0, 1500, 2100, idp="alpha")

    flagged = (570, None), (600, fires), (930, fires), (1470, fires), (1530, None)
    story("proposed, approved, deactivated, recovered, reactivated", "VigieIdpFlagged", lifecycle, *flagged)

    forgotten = Fires("ticket", 3, "idp", "", ALPHA)

    def stays(world: SampledWatch) -> None:
        flag(world, "alpha", "recovered", 300, 2700)
        world.set(names.IDP_SELECTABLE, 0, 300, 2700, idp="alpha")

    story("for forty minutes", "VigieIdpNotReactivated", stays, (2070, None), (2130, forgotten), (2670, forgotten), (2730, None))


_flagged()


def _credential() -> None:
    name = "VigieCredentialEnds"
    soon, sooner = (
        Fires("ticket", contract, "watch", "", {"hub": HUB, "which": "client_secret", "ends": ends})
        for contract, ends in ((4, "soon"), (3, "very_soon"))
    )

    def near(stage: int, start: float, end: float) -> Tell:
        return lambda world: world.set(names.CREDENTIAL_VALIDITY, stage, start, end, hub=HUB, which="client_secret")

    story("within 14 days, then renewed", name, near(1, 600, 1200), (570, None), (600, soon), (1170, soon), (1740, None))
    story("within 3 days, then renewed", name, near(2, 600, 1200), (570, None), (600, sooner), (1170, sooner), (1740, None))
    story("ended", name, near(3, 600, 1200), (570, None), (600, sooner), (1170, sooner), (1740, None))


_credential()


def _certificate() -> None:
    name = "VigieCertificateExpires"

    def fires(severity: str, contract: int, value: str) -> Fires:
        return Fires(severity, contract, "idp", value, {"host": "alpha.example"})

    def left(world: SampledWatch, days: float) -> None:
        world.set(names.CERTIFICATE_EXPIRY, days * DAY + 630, 600, 1200, host="alpha.example")

    soon = fires("ticket", 3, "20d 0h 0m 0s")
    story("in twenty days", name, lambda world: left(world, 20), (570, None), (630, soon), (1230, None))
    at_once = fires("page", 2, "2d 0h 0m 0s"), fires("ticket", 3, "2d 0h 0m 0s")
    story("in two days", name, lambda world: left(world, 2), (570, None), (630, at_once), (1230, None))
    story("in 22 days", name, lambda world: left(world, 22))
    story("never seen", name, lambda world: world.set(names.CERTIFICATE_EXPIRY, 0, 0))


_certificate()


def _family() -> None:
    name = "VigieFamilyDead"
    fires = Fires("ticket", 4, "idp", "", {"host": "alpha.example", "ip": "6"})

    def dead(world: SampledWatch, end: float) -> None:
        world.set(names.HOST_FAMILY, 0, 300, end, host="alpha.example", ip="6")

    story("for 20 minutes", name, lambda world: dead(world, 1500), (1170, None), (1230, fires), (1470, fires), (1770, None))
    story("for ten minutes", name, lambda world: dead(world, 900))


_family()

# --- the budget


def _budget() -> None:
    annual, monthly = "VigieAnnualBudgetBurns", "VigieMonthlyBudgetBurns"

    def a_year(over: str, contract: int, value: str) -> Fires:
        return Fires("ticket", contract, "budget", value, {"hub": HUB, "over": over})

    def a_month(over: str, value: str) -> Fires:
        return Fires("info", 4, "budget", value, {"hub": HUB, "over": over})

    def steady(start: float, end: float, factor: float) -> Tell:
        """Downtime that spends the budget so many times too fast."""

        def tell(world: SampledWatch) -> None:
            world.grow(names.HUB_SECONDS, factor / 1000, start, end, state="down")

        return tell

    both = (monthly,)
    story(
        "2 % in an hour",
        annual,
        steady(3600, 4320, 1000),
        (4200, None),
        (4260, a_year("1h", 2, "183.3")),
        (4740, None),
        others=both,
        step_s=60,
    )
    story(
        "5 % in six hours",
        annual,
        steady(600, 18_600, 100),
        (15_000, None),
        (17_400, a_year("6h", 2, "77.78")),
        (21_000, None),
        others=both,
        step_s=300,
    )
    story(
        "10 % in a day and in three",
        annual,
        steady(3600, 72_000, 50),
        (63_000, None),
        (69_300, (a_year("1d", 3, "38.02"), a_year("3d", 3, "12.67"))),
        (99_000, None),
        others=both,
        step_s=900,
    )
    story(
        "10 % in three days",
        annual,
        steady(3600, 230_400, 15),
        (205_200, None),
        (219_600, a_year("3d", 3, "12.5")),
        (259_200, None),
        others=both,
        step_s=3600,
    )
    story("a minute of downtime", monthly, steady(3600, 3660, 1000), (3600, None), (3720, a_month("1h", "16.67")), (4080, None), step_s=60)
    story("5 % in six hours", monthly, steady(600, 18_600, 8), (15_000, None), (17_400, a_month("6h", "6.222")), (21_000, None), step_s=300)
    story(
        "10 % in a day and in three",
        monthly,
        steady(3600, 75_600, 4),
        (63_000, None),
        (70_200, (a_month("1d", "3.083"), a_month("3d", "1.028"))),
        (99_000, None),
        step_s=900,
    )
    story(
        "10 % in three days",
        monthly,
        steady(3600, 190_800, 1.5),
        (165_600, None),
        (180_000, a_month("3d", "1.021")),
        (219_600, None),
        step_s=3600,
    )
    story("forty seconds of downtime", monthly, steady(3600, 3640, 1000), length=90, step_s=20)

    forecast = Fires("ticket", 3, "budget", "2h 46m 40s", {"hub": HUB, "window": "rolling"})

    def spends(world: SampledWatch) -> None:
        steady(36_000, 41_000, 1000)(world)
        world.set(names.BUDGET_LEFT, 10_000, 43_200, 180_000)

    story(
        "at the pace of the last days",
        "VigieBudgetForecast",
        spends,
        (39_600, None),
        (50_400, forecast),
        (176_400, forecast),
        (190_800, None),
        others=(annual, monthly),
        step_s=3600,
    )
    exhausted = Fires("ticket", 2, "budget", "-1m 0s", {"hub": HUB, "window": "rolling"})

    def overspent(world: SampledWatch) -> None:
        world.set(names.BUDGET_LEFT, -60, 600, 1200, window="rolling")

    def no_figure(world: SampledWatch) -> None:
        world.set(names.BUDGET_LEFT, 0, 600)
        world.set(names.BUDGET, 0, 600)

    story(
        "by a minute",
        "VigieBudgetExhausted",
        overspent,
        (540, None),
        (600, exhausted),
        (4740, exhausted),
        (4860, None),
        length=90,
        step_s=60,
    )
    story("no figure", "VigieBudgetExhausted", no_figure)

    def lenient(world: SampledWatch) -> None:
        world.set(names.AVAILABILITY_GOAL, 0.99, 0)
        steady(3600, 4320, 1000)(world)

    story(
        "a goal of 99 % leaves ten times as much",
        monthly,
        lenient,
        (3720, None),
        (4320, a_month("1h", "20")),
        (4740, None),
        step_s=60,
    )
    unknown = Fires("info", 4, "budget", "3d 15h 37m 0s", {"hub": HUB, "window": "year"})
    story(
        "beyond the limit of one window",
        "VigieTooMuchUnknownTime",
        lambda world: world.set(names.UNKNOWN_TIME, 315_420, 600, 3600, window="year"),
        (1440, None),
        (1500, unknown),
        (7080, unknown),
        (7200, None),
        length=130,
        step_s=60,
    )


_budget()

# --- the support


def _clocks() -> None:
    due = Fires("ticket", 2, "support", "14m 30s", {"clock": "escalation"})

    def deadline(clock: str, at: float, start: float, end: float | None = None) -> Tell:
        return lambda world: world.set(names.INCIDENT_DEADLINE, at, start, end, clock=clock)

    story(
        "in a quarter of an hour",
        "VigieEscalationDue",
        deadline("escalation", 2130, 600, 1800),
        (1200, None),
        (1260, due),
        (2070, due),
        (2130, None),
    )
    for clock, at, told_at, value in (
        ("resolution", 3000, 1230, "29m 30s"),
        ("blocking", 4800, 1230, "59m 30s"),
        ("take_in_hand", 15_600, 1230, "3h 59m 30s"),
    ):
        near = Fires("ticket", 3, "support", value, {"clock": clock})
        story(clock, "VigieDeadlineNear", deadline(clock, at, 600, 1500), (1170, None), (told_at, near), (1770, near), (1830, None))
    story("of what only lets a ticket be closed", "VigieDeadlineNear", deadline("no_remark", 1200, 600))
    missed = Fires("ticket", 2, "support", "2", {"clock": "resolution"})

    def overdue(clock: str) -> Tell:
        return lambda world: world.set(names.INCIDENTS_OVERDUE, 2, 600, 1200, clock=clock)

    story("two incidents", "VigieDeadlineMissed", overdue("resolution"), (570, None), (600, missed), (1170, missed), (1230, None))
    story("of what only lets a ticket be closed", "VigieDeadlineMissed", overdue("no_remark"))


_clocks()


def _register() -> None:
    late = Fires("ticket", 2, "support", "6m 0s", {})

    def lags(world: SampledWatch) -> None:
        world.set(names.ESCALATION_LAG, lambda at: at - 600, 600, 1500)
        world.set(names.ESCALATION_LAG, 900, 1500)

    story("and then it is sent", "VigieEscalationLate", lags, (900, None), (960, late), (1470, late), (2250, None))
    story("long ago", "VigieEscalationLate", lambda world: world.set(names.ESCALATION_LAG, 7200, 0))

    idle = Fires("ticket", 3, "support", "10m 30s", {"job": "vigie"})

    def begins(world: SampledWatch) -> None:
        world.restart(600)
        world.set(names.REGISTER_SEEN, 0, 630, 900)

    stopped = lambda world: world.set(names.REGISTER_SEEN, 600, 600, 1800)  # noqa: E731
    story("for twenty minutes", "VigieRegisterIdle", stopped, (1200, None), (1230, idle), (2070, idle), (2130, None))
    story("never looked at by a process that just began", "VigieRegisterIdle", begins)


_register()


def _outbox() -> None:
    stuck = Fires("ticket", 3, "support", "15m 30s", {"system": "rt"})

    def waits(end: float) -> Tell:
        return lambda world: world.set(names.OUTBOX_OLDEST, 600, 600, end)

    story("for 25 minutes", "VigieOutboxStuck", waits(2100), (1500, None), (1530, stuck), (2370, stuck), (2430, None))
    story("for ten minutes", "VigieOutboxStuck", waits(1200))
    dead = Fires("ticket", 3, "support", "3", {"system": "rt"})
    refused = lambda world: world.set(names.OUTBOX_DEAD, 3, 600, 1200)  # noqa: E731
    story("three messages", "VigieOutboxDead", refused, (570, None), (600, dead), (1170, dead), (1230, None))
    away = Fires("ticket", 3, "support", "", {"system": "rt"})
    fails = lambda end: lambda world: world.set(names.TICKET_SYSTEM_FAILING, 1, 600, end)  # noqa: E731
    story("for 25 minutes", "VigieTicketSystemUnreachable", fails(2100), (1470, None), (1500, away), (2070, away), (2250, None))
    story("for ten minutes", "VigieTicketSystemUnreachable", fails(1200))


_outbox()


def _indicator() -> None:
    name = "VigieIndicatorBelowGoal"
    below = Fires("ticket", 4, "support", "90%", {"period": "month"})

    def falls(end: float, reading: str) -> Tell:
        return lambda world: world.set(names.INDICATOR, 0.9, 300, end, period="month", reading=reading)

    def no_register(world: SampledWatch) -> None:
        world.set(names.INDICATOR, nan, 300)
        world.set(names.INDICATOR_RECEIVED, 0, 300)

    story("for half an hour", name, falls(2100, "due"), (1170, None), (1230, below), (2370, below), (2430, None))
    story("only by incidents that are still young", name, falls(2100, "contract"))
    story("unknown", name, no_register)


_indicator()


def _change() -> None:
    late = Fires("ticket", 5, "support", "2", {"hub": HUB})
    hour = 3600
    one_more = lambda world: world.set(names.CHANGES_LATE, 2, 48 * hour)  # noqa: E731
    story(
        "one more",
        "VigieChangeAnnouncedLate",
        one_more,
        (47 * hour, None),
        (48 * hour, late),
        (71 * hour, late),
        (73 * hour, None),
        step_s=3600,
    )
    first_day = lambda world: world.set(names.CHANGES_LATE, 2, 10 * hour)  # noqa: E731
    story(
        "one more, on Prometheus's first day",
        "VigieChangeAnnouncedLate",
        first_day,
        (9 * hour, None),
        (11 * hour, late),
        (36 * hour, None),
        step_s=3600,
    )
    unread = lambda world: world.set(names.CHANGES_LATE, 0, 48 * hour, 50 * hour)  # noqa: E731
    story("not read for two hours", "VigieChangeAnnouncedLate", unread, step_s=3600)


_change()


def _unannounced() -> None:
    nobody, hour = Fires("info", 5, "support", "2", {"hub": HUB}), 3600
    one_more = lambda world: world.set(names.CHANGES_SEEN, 2, 48 * hour, notice="nobody")  # noqa: E731
    told = (47 * hour, None), (48 * hour, nobody), (71 * hour, nobody), (73 * hour, None)
    story("one more that nobody announced", "VigieChangeNotAnnounced", one_more, *told, step_s=3600)
    renewed = lambda world: world.set(names.CHANGES_SEEN, 2, 48 * hour, notice="not_needed")  # noqa: E731
    story("a routine renewal", "VigieChangeNotAnnounced", renewed, step_s=3600)


_unannounced()

# --- the watch

PROBER = {"job": "vigie", "instance": INSTANCE}


def _scrapes() -> None:
    blind, lost = Fires("page", 2, "watch", "", {"job": "vigie"}), Fires("ticket", 4, "watch", "", PROBER)
    for name, fires, other in (("VigieBlind", blind, "VigieNotScraped"), ("VigieNotScraped", lost, "VigieBlind")):
        checks = (720, None), (780, fires), (1770, fires), (1830, None)
        story("for twenty minutes", name, lambda world: world.lose(600, 1800), *checks, others=(other,))
    story("no target any more", "VigieBlind", lambda world: world.end(600, 1800, job="vigie"), (720, None), (780, blind), (1830, None))
    story("for two minutes", "VigieBlind", lambda world: world.lose(600, 720))

    def one_of_two(world: SampledWatch) -> None:
        vantage(world, "elsewhere:9464", "lyon")
        world.lose(600, 1800, "elsewhere:9464")

    elsewhere = Fires("ticket", 4, "watch", "", {"job": "vigie", "instance": "elsewhere:9464"})
    story("one of two", "VigieNotScraped", one_of_two, (720, None), (780, elsewhere), (1830, None))

    def restarts(times: int) -> Tell:
        def tell(world: SampledWatch) -> None:
            for n in range(times):
                world.restart(300 + 300 * n)

        return tell

    again = Fires("ticket", 4, "watch", "4", PROBER)
    story("four times", "VigieRestarting", restarts(4), (1200, None), (1260, again), (4200, None))
    story("three times", "VigieRestarting", restarts(3))


_scrapes()


def _runs() -> None:
    labels = {**PROBER, "hub": HUB, "kind": "identity", "idp": "alpha", "vantage": VANTAGE}
    missing = Fires("ticket", 4, "watch", "5m 30s", labels)

    def stops(world: SampledWatch) -> None:
        world.set(names.LAST_RUN, 600, 600, 1800, kind="identity", idp="alpha")

    def added(world: SampledWatch) -> None:
        world.set(names.LAST_RUN, 0, 600, 840, kind="identity", idp="alpha")
        world.set(names.RELOAD_SUCCESS, 600, 600)

    def removed(world: SampledWatch) -> None:
        stops(world)
        world.end(1200, idp="alpha")

    story("for twenty minutes", "VigieNoRun", stops, (900, None), (930, missing), (2070, missing), (2130, None))
    story("of a target that was just configured", "VigieNoRun", added)
    story("of a target that leaves the configuration", "VigieNoRun", removed, (930, missing), (1530, None))

    late = Fires("ticket", 4, "watch", "27.5s", PROBER)

    def lags(share: float) -> Tell:
        def tell(world: SampledWatch) -> None:
            for edge in ("0.1", "5.0"):
                for (name, held), samples in world.series.items():
                    if name == f"{names.SCHEDULE_LAG.name}_bucket" and ("le", edge) in held:
                        samples[:] = [(one or 0) - share / 5 * min(max(n * 30 - 600, 0), 1200) for n, one in enumerate(samples)]

        return tell

    story("for twenty minutes", "VigieScheduleLag", lags(1), (840, None), (1260, late), (1770, late), (2850, None))
    story("of one journey in twenty", "VigieScheduleLag", lags(0.05))

    skipping = Fires("ticket", 4, "watch", "33.36%", PROBER)

    for seconds, told in ((90, "1m 30s"), (-90, "-1m 30s")):
        wrong = Fires("ticket", 4, "watch", told, PROBER)
        off = lambda world, seconds=seconds: world.set(names.OWN_CLOCK_OFF, seconds, 600, 1500)  # noqa: E731
        story(f"by {seconds} s", "VigieOwnClockOff", off, (870, None), (930, wrong), (1770, wrong), (1830, None))
    story("by less than a second or two", "VigieOwnClockOff", lambda world: world.set(names.OWN_CLOCK_OFF, 2, 600))

    def skips(world: SampledWatch) -> None:
        world.grow(names.SKIPPED, 0.2, 600, 1500, kind="mire", backend="node1")

    story("a quarter of an hour", "VigieSkipping", skips, (690, None), (1500, skipping), (4020, None))
    story("ten at once", "VigieSkipping", lambda world: world.grow(names.SKIPPED, 10, 1200, kind="mire", backend="node1"))


_runs()


def _network() -> None:
    lost = Fires("ticket", 3, "watch", "", {"vantage": VANTAGE})

    def control(**labels: str) -> Tell:
        return lambda world: world.turn(names.CONTROL_STATE, "down", 600, 1200, **labels)

    story("both targets", "VigieControlLost", control(), (750, None), (810, lost), (1290, lost), (1350, None))
    story("one target of two", "VigieControlLost", control(target="resolver"))
    passed = Fires("page", 1, "watch", "", {"hub": HUB, "target": "client", "vigie_subject": "security:client"})
    for metric in (names.NEGATIVE_PASSED, names.SECURITY_OPEN):
        found = lambda world, metric=metric: world.set(metric, 1, 600, 1200, target="client")  # noqa: E731
        story(f"for ten minutes by {metric.name}", "VigieNegativePassed", found, (630, None), (660, passed), (1470, passed), (1530, None))
    story("not confirmed", "VigieNegativePassed", lambda world: world.set(names.NEGATIVE_PASSED, 1, 600, 630, target="client"))

    low = Fires("ticket", 4, "watch", "1h 30m 0s", {"hub": HUB})

    def unknown(seconds: float) -> Tell:
        return lambda world: world.grow(names.HUB_SECONDS, 1, 3600, 3600 + seconds, state="unknown")

    story(
        "an hour and a half of a day",
        "VigieCoverageLow",
        unknown(5400),
        (7200, None),
        (10_800, low),
        (97_200, None),
        length=110,
        step_s=900,
    )
    story("an hour of a day", "VigieCoverageLow", unknown(3600), step_s=900)


_network()


def _ledger() -> None:
    unreadable = Fires("ticket", 3, "watch", "", PROBER)

    def unread(end: float) -> Tell:
        def tell(world: SampledWatch) -> None:
            world.set(names.LEDGER_READABLE, 0, 600, end)
            world.turn(names.HUB_STATE, "unknown", 600, end)

        return tell

    story("for nine minutes", "VigieLedgerUnreadable", unread(1140), (750, None), (810, unreadable), (1230, unreadable), (1290, None))
    story("for two minutes", "VigieLedgerUnreadable", unread(720))

    errors = Fires("ticket", 3, "watch", "5", PROBER)

    def fails(times: int) -> Tell:
        return lambda world: world.grow(names.LEDGER_ERRORS, 1 / 60, 600, 600 + 60 * times)

    story("five times", "VigieLedgerErrors", fails(5), (690, None), (930, errors), (1950, None))
    story("twice", "VigieLedgerErrors", fails(2))

    piled = Fires("ticket", 3, "watch", "200", PROBER)

    def waiting(count: int, end: float) -> Tell:
        return lambda world: world.set(names.LEDGER_BACKLOG, count, 300, end)

    story("for twenty minutes", "VigieLedgerBacklog", waiting(200, 1500), (570, None), (630, piled), (1590, piled), (1650, None))
    story("fifty", "VigieLedgerBacklog", waiting(50, 1500))
    story("for four minutes", "VigieLedgerBacklog", waiting(200, 540))

    def behind(age: float, end: float) -> Tell:
        """A few wait, and for long."""

        def tell(world: SampledWatch) -> None:
            waiting(8, end)(world)
            world.set(names.LEDGER_LATE, age, 300, end)

        return tell

    few = Fires("ticket", 3, "watch", "8", PROBER)
    story("for ever so long", "VigieLedgerBacklog", behind(90, 1500), (570, None), (630, few), (1590, few), (1650, None))
    story("for half a minute", "VigieLedgerBacklog", behind(30, 1500))

    dropped = Fires("ticket", 3, "watch", "5", PROBER)
    story("five", "VigieLedgerDropped", lambda world: world.grow(names.LEDGER_DROPPED, 5, 600), (570, None), (630, dropped), (2760, None))


_ledger()


def _process() -> None:
    ahead, behind = (Fires("ticket", 3, "watch", value, PROBER) for value in ("1m 0s", "10m 0s"))

    def off(seconds: float) -> Tell:
        return lambda world: world.set(names.LAST_RUN, lambda at: at + seconds, 900, 1500)

    def frozen(world: SampledWatch) -> None:
        world.set(names.LAST_RUN, 900, 900)
        for samples in world.found(names.RUNS):
            samples[30:] = [samples[30]] * len(samples[30:])

    story("a minute fast", "VigieClockOff", off(60), (870, None), (900, ahead), (1770, ahead), (1830, None))
    story("ten minutes slow", "VigieClockOff", off(-600), (870, None), (960, behind), (1680, behind), (1830, None), others=("VigieNoRun",))
    story("a process that is frozen", "VigieClockOff", frozen, others=("VigieNoRun",))

    sleepy = Fires("ticket", 4, "watch", "3", PROBER)

    def sleeps(times: int) -> Tell:
        return lambda world: world.grow(names.OVERSLEPT, 1 / 60, 600, 600 + 60 * times)

    story("three times", "VigieOverslept", sleeps(3), (690, None), (840, sleepy), (4710, None))
    story("twice", "VigieOverslept", sleeps(2))

    stuck = Fires("ticket", 3, "watch", "1", PROBER)
    story("once", "VigieLoopStalled", lambda world: world.grow(names.LOOP_STALLS, 1, 600), (570, None), (630, stuck), (4560, None))
    wrong = Fires("ticket", 3, "watch", "2", PROBER)
    story(
        "twice",
        "VigieProberError",
        lambda world: world.grow(names.INCONCLUSIVE, 2, 600, reason="prober_error", kind="mire"),
        (570, None),
        (630, wrong),
        (4560, None),
    )

    refused = Fires("ticket", 4, "watch", "", PROBER)
    bad = lambda world: world.set(names.RELOAD_SUCCESSFUL, 0, 600, 1200)  # noqa: E731
    story("for ten minutes", "VigieReloadFailed", bad, (570, None), (600, refused), (1170, refused), (1230, None))


_process()


def _alive() -> None:
    always = Fires("none", 5, "watch", "", {})
    story("in good times", "Watchdog", lambda _: None, (0, always), (1800, always))
    silent = Fires("ticket", 4, "watch", "", PROBER)

    def untaken(end: float | None) -> Tell:
        return lambda world: world.set(names.HEARTBEAT_SENT, 600, 630, end)

    def unconfigured(world: SampledWatch) -> None:
        world.set(names.HEARTBEAT_INTERVAL, 0, 0)
        world.set(names.HEARTBEAT_SENT, 0, 0)

    story("for twenty minutes", "VigieHeartbeatNotTaken", untaken(1830), (1020, None), (1050, silent), (1830, silent), (2250, None))
    story("four times", "VigieHeartbeatNotTaken", untaken(870))
    story("where none is configured", "VigieHeartbeatNotTaken", unconfigured)

    def undelivered(of_a_second: float) -> Tell:
        failed = "alertmanager_notifications_failed_total"
        return lambda world: world.grow(failed, of_a_second, 600, 1800, integration="email")

    told = Fires("page", 2, "watch", "", {"integration": "email"})
    story("for twenty minutes", "VigieAlertsNotDelivered", undelivered(0.01), (1050, None), (1260, told), (1800, told), (3570, None))
    story("one time in four", "VigieAlertsNotDelivered", undelivered(0.0025))


_alive()
