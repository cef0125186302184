"""What the machine writes into the register as the ledger grows: incidents, flags, clocks; once,
whoever asks again.
"""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, insert, select

from probe.core.incident.deactivation import FlagStep
from probe.core.incident.deactivation_steps import FlagTerms, Guard
from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import MACHINE, ActKind, IncidentState, Scope, Severity
from probe.core.judgement.observation import Fault, Outcome, Reason, SetupPart, Step
from probe.core.judgement.subject import C1, C3
from probe.incidents.store.deactivations import acts_after
from probe.incidents.store.situations import Place
from probe.incidents.wording import RegisterTexts
from probe.ledger.db import schema
from probe.ledger.reader import Reader
from probe.texts import commands
from tests.builders import MINUTE, SECOND
from tests.fakes.watched_hub import AWAY, IDPS, MINUTES, WatchedHub, always

FLAGGED = 9  # rounds: more than the minute of `MINUTES`


def states(world: WatchedHub) -> list[tuple[Scope, int, str]]:
    return [(one.scope, int(one.severity), one.state.value) for one in world.incidents()]


def test_an_idps_outage_opens_an_incident_with_the_rows_that_say_so(world: WatchedHub) -> None:
    world.run(2, down=["ameli"], ticks=False)
    assert states(world) == [(Scope("fc", "idp:ameli"), 2, "new")]
    began_us = world.incidents()[0].began_us
    with world.engine.connect() as connection:
        table = schema.interval
        down = connection.scalar(select(table.c.start_us).where(table.c.subject == "idp:ameli", table.c.state == "down"))
    assert began_us == down


def test_an_outage_that_is_over_resolves_its_incident(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    world.run(3)
    assert states(world) == [(Scope("fc", "idp:ameli"), 2, "resolved")]


def test_all_idps_down_are_one_incident_of_severity_1(world: WatchedHub) -> None:
    world.run(3, down=IDPS)
    assert [(scope.subject, severity) for scope, severity, state in states(world) if state == "new"] == [(C3, 1)]


def test_a_missing_mire_is_severity_1(world: WatchedHub) -> None:
    world.run(3, mire=False)
    assert states(world) == [(Scope("fc", C1), 1, "new")]


def test_the_deactivation_of_an_idp_from_proposal_to_reactivation(world: WatchedHub) -> None:
    world.run(FLAGGED, down=["ameli"])
    assert world.steps("ameli") == [("proposed", MACHINE)]
    world.service.approve("fc", "ameli", author="Ada")
    world.run(3, down=["ameli"], hidden=["ameli"])
    assert world.steps("ameli")[1:] == [("approved", "Ada"), ("deactivated", MACHINE)]
    assert [scope.subject for scope, _, state in states(world) if state == "new"] == ["idp:ameli"]
    world.run(FLAGGED, hidden=["ameli"])
    assert world.steps("ameli")[-1] == ("recovered", MACHINE)
    assert states(world) == [(Scope("fc", "idp:ameli"), 2, "resolved")]
    world.run(3)
    assert world.steps("ameli")[-1] == ("reactivated", MACHINE)
    told = [act.data["text"] for act in world.acts(1) if act.kind is ActKind.EVIDENCE]
    assert [text for text in told if "Ada" in str(text)] == ["Deactivation approved by Ada"]
    ways = (commands.approve("fc", "ameli").en, commands.reject("fc", "ameli").en)
    assert [text for text in told if "Deactivation proposed" in str(text)] == [
        "Deactivation proposed\nApprove: {}; reject: {}".format(*ways)
    ]


def test_no_deactivation_is_proposed_while_our_changed_settings_have_not_passed(world: WatchedHub) -> None:
    world.recording.near.passed, world.setup = {}, "login:old"
    world.run(2)
    failed = {"outcome": Outcome.FAILED, "fault": Fault.IDP, "step": Step.IDP_LOGIN, "part": SetupPart.LOGIN}
    world.away = {**failed, "reason": Reason.IDP_ERROR}
    world.run(3, down=["ameli"])
    world.setup = "login:new"
    for reason in (Reason.IDP_ERROR, Reason.CREDENTIALS_REFUSED):  # the same trouble, another one
        world.away = {**failed, "reason": reason}
        world.run(FLAGGED - 3, down=["ameli"])
        assert "ameli" in [idp for _, idp in Reader(world.engine).unproven()]
        assert world.steps("ameli") == []
    assert world.automation.held == {("fc", "ameli"): Guard.OWN_SETTINGS}
    notes = [act for act in world.acts(1) if act.kind is ActKind.EVIDENCE and act.data["fact"] == "own_setting"]
    assert len(notes) == 1  # of one change, however long it lasts
    assert "During this outage our setting changed (the login recipe), first journey on" in str(notes[0].data["text"])
    world.away = AWAY  # this depends on no settings
    world.run(1, down=["ameli"])
    assert world.steps("ameli") == [("proposed", MACHINE)]


def test_a_deactivated_idp_does_not_count_against_c3(world: WatchedHub) -> None:
    world.run(FLAGGED, down=["ameli"])
    world.service.approve("fc", "ameli", author="Ada")
    world.run(3, down=["ameli", "yris"], hidden=["ameli"])
    # msa is there for the citizens
    assert C3 not in {scope.subject for scope, _, _ in states(world)}
    world.run(3, down=IDPS, hidden=["ameli"])
    assert [scope.subject for scope, _, state in states(world) if state == "new" and scope.subject == C3] == [C3]
    world.run(4, hidden=["ameli"])
    # ameli is still away, and unheard of
    assert {scope.subject: state for scope, _, state in states(world)}[C3] == "resolved"


def test_no_flag_is_proposed_for_all_idps_at_once(world: WatchedHub) -> None:
    world.run(FLAGGED, down=IDPS)
    assert [world.steps(idp) for idp in IDPS] == [[], [], []]
    assert set(world.automation.held) == {("fc", idp) for idp in IDPS}


def test_approval_may_be_automatic(engine: Engine) -> None:
    world = WatchedHub(engine, always(flags=replace(MINUTES, automatic=True)))
    world.run(3)
    world.run(FLAGGED, down=["ameli"])
    assert world.steps("ameli") == [("proposed", MACHINE), ("approved", MACHINE)]
    told = [act.data["text"] for act in world.acts(1) if act.kind is ActKind.EVIDENCE]
    assert "Deactivation proposed" in told  # and there is nothing to decide


def test_an_escalation_fires_once_and_on_time(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    received_us = world.incidents()[0].received_us
    world.run(24, down=["ameli"])
    world.restart()
    fired = [act for act in world.acts(1) if act.kind is ActKind.ESCALATED]
    assert [act.data["role"] for act in fired] == ["level3"]
    assert fired[0].data["due_us"] == received_us + 150 * SECOND
    assert 0 <= fired[0].at_us - received_us - 150 * SECOND <= 11 * SECOND


def test_clocks_run_while_nothing_is_observed(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    world.wait(10 * MINUTE)
    kinds = [act.kind for act in world.acts(1)]
    assert kinds.count(ActKind.ESCALATED) == 1
    assert kinds.count(ActKind.BREACHED) == 1


def test_what_nobody_vouches_for_any_more_neither_opens_nor_resolves(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    world.wait(5 * MINUTE)
    assert states(world) == [(Scope("fc", "idp:ameli"), 2, "new")]


def test_looking_again_changes_nothing(world: WatchedHub) -> None:
    world.run(4, down=["ameli"])
    before = world.last_seq()
    for _ in range(3):
        world.restart()
    assert world.last_seq() == before


def test_the_keeper_reads_back_what_it_missed(engine: Engine) -> None:
    world = WatchedHub(engine)
    # the rows come from elsewhere
    world.recording.writer._with_rows = lambda _connection, _rows: None
    world.run(3, ticks=False)
    world.run(3, down=["ameli"], ticks=False)
    assert world.incidents() == []
    world.tick()
    assert states(world) == [(Scope("fc", "idp:ameli"), 2, "new")]


def test_a_broken_register_keeps_no_observation_from_being_recorded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    world = WatchedHub(engine)

    def break_down(connection: Connection, *_: object) -> None:
        connection.execute(insert(schema.intake), {"key": "half done", "incident": 1, "at_us": 1})
        raise RuntimeError("the register is broken")

    monkeypatch.setattr(world.automation, "apply_rules", break_down)
    world.run(3, down=["ameli"], ticks=False)
    assert world.automation.failures > 0
    with pytest.raises(RuntimeError):
        world.automation.tick(engine)
    assert world.automation.looked_us == 0
    with engine.connect() as connection:
        assert len(connection.execute(select(schema.observation.c.id)).all()) == 21
        assert connection.execute(select(schema.intake)).all() == []
    assert world.findings() == []


def test_incidents_of_a_hub_that_left_the_configuration_are_resolved(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    world.automation.configure(always(places=(Place("other"),)))
    world.tick()
    assert states(world) == [(Scope("fc", "idp:ameli"), 2, "resolved")]


def test_settings_that_are_reloaded_hold_at_once(world: WatchedHub) -> None:
    world.run(4, down=["ameli"])
    assert world.steps("ameli") == []
    world.automation.configure(always(flags=replace(MINUTES, after_us=20 * SECOND)))
    world.tick()
    assert world.steps("ameli") == [("proposed", MACHINE)]


def test_an_idp_that_fails_most_of_its_journeys_is_flagged_without_an_outage(engine: Engine) -> None:
    world = WatchedHub(engine, always(flags=FlagTerms(after_us=60 * MINUTE, failing_at_least=5)))
    world.run(1)
    for _ in range(3):
        world.run(2, down=["ameli"])
        world.run(1)
    with engine.connect() as connection:
        [act] = [act for _, act in acts_after(connection, 0, "fc", "ameli")]
    assert (act.step, act.evidence["why"]) == (FlagStep.PROPOSED, "failing")


def test_an_idp_that_misses_its_objective_is_severity_3(engine: Engine) -> None:
    world = WatchedHub(engine, always(troubles=TroubleTerms(objectives={"idp-login": 2 * SECOND}, wording=RegisterTexts("en"))))
    world.login_us["ameli"] = 3 * SECOND
    world.run(6)
    assert states(world) == [(Scope("fc", "slow:ameli"), 3, "new")]


def test_every_act_is_told_to_the_ticket_systems(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    world.run(3)
    with world.engine.connect() as connection:
        table = schema.outbox
        letters = connection.execute(select(table.c.act).where(table.c.system == "desk", table.c.incident == 1).order_by(table.c.act)).all()
    assert [letter.act for letter in letters] == list(range(1, len(world.acts(1)) + 1))


def test_a_person_may_work_on_what_the_machine_opened(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    world.service.act(1, ActKind.ACKNOWLEDGED, author="Ada")
    world.service.act(1, ActKind.ASSIGNED, {"to": "Ada"}, author="Ada")
    world.run(3)
    assert world.incidents()[0].state is IncidentState.RESOLVED
    assert world.incidents()[0].severity is Severity.MAJOR
