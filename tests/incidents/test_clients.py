"""What a further client of a hub alone meets, from its observations to the register."""

from dataclasses import replace

from sqlalchemy import Engine

from probe.core.incident.model import Origin
from probe.core.judgement.observation import Kind
from probe.core.judgement.spec import ClientSpec
from probe.incidents.store.situations import Place
from tests.builders import SECOND, observation
from tests.fakes.watched_hub import AWAY, IDPS, SPEC, WatchedHub, always

TWO = replace(SPEC, clients=(ClientSpec("eidas2", "second", SPEC.idps[:2], 10 * SECOND),))
PLACE = Place("fc", IDPS, clients={"eidas2": ("ameli", "yris")})


def test_an_idp_that_fails_for_another_client_alone_has_one_incident_that_ends_with_it(engine: Engine) -> None:
    world = WatchedHub(engine, always(places=(PLACE,)), TWO)

    def run(rounds: int, *, works: bool) -> None:
        for _ in range(rounds):
            world.run(1, ticks=False)
            for kind, idp in ((Kind.MIRE, None), (Kind.IDENTITY, "ameli"), (Kind.IDENTITY, "yris")):
                failed = AWAY if idp == "ameli" and not works else {}
                world.recording.keep([observation(kind, world.now_us, idp=idp, client="eidas2", **failed)])
            world.tick()

    run(2, works=True)
    assert world.incidents() == []
    run(3, works=False)
    run(3, works=True)
    (incident,) = world.incidents()
    assert (incident.scope.subject, incident.idp, incident.origin, incident.severity) == ("idp:ameli@eidas2", "ameli", Origin.CLIENT, 3)
    assert incident.state == "resolved"
    assert world.findings() == []
