"""Several clients of one hub: docs/judgement.md, "Several clients"."""

import json
from dataclasses import replace

import pytest

from probe.core.incident.situation import sample
from probe.core.judgement.accounts import Accounts, current, remember_account
from probe.core.judgement.condition import C1, HUB, State, judge, subjects
from probe.core.judgement.corroboration import Neighbours, corroborate, held_back, remember, suspended
from probe.core.judgement.fold import begin, fold, readings, respec
from probe.core.judgement.observation import Fault, Observation, Outcome, Reason, ReturnedIdentity, SetupPart, Tile
from probe.core.judgement.signal import Cause, Health, Offer, Value
from probe.core.judgement.spec import ClientSpec, HubSpec
from probe.core.judgement.subject import Subject, SubjectKind, client_of
from probe.core.judgement.timeline import outages, timelines
from probe.core.sla.statement import interval_us
from tests.builders import BEGUN, MINUTE, SECOND, SPEC, idp_down, journey, mire, no_mire

AMELI, YRIS = SPEC.idps
TWO = replace(SPEC, clients=(ClientSpec("eidas2", "id-2", (AMELI,)), ClientSpec("witness", "id-3")))


def test_a_hub_with_several_clients_has_one_subject_more_for_each_and_for_each_of_its_idps() -> None:
    assert subjects(TWO) == (*subjects(SPEC), "client:eidas2", "idp:ameli@eidas2", "client:witness")


@pytest.mark.parametrize(
    ("text", "subject", "label"),
    [
        ("idp:ameli@eidas2", Subject(SubjectKind.IDP, "ameli", "eidas2"), "ameli@eidas2"),
        ("idp:ameli", Subject(SubjectKind.IDP, "ameli"), "ameli"),
        ("client:eidas2", Subject(SubjectKind.CLIENT, "eidas2"), "client:eidas2"),
    ],
)
def test_a_subject_of_another_client_is_written_as_it_is_read(text: str, subject: Subject, label: str) -> None:
    assert Subject.parse(text) == Subject.named(text) == Subject.named(label) == subject
    assert (str(subject), subject.label) == (text, label)


def test_settings_with_clients_come_back_from_the_ledger_and_those_without_are_written_as_ever() -> None:
    assert HubSpec.from_json(json.loads(json.dumps(TWO.to_json()))) == TWO
    assert "clients" not in SPEC.to_json()


def test_an_observation_of_a_client_that_is_gone_says_nothing() -> None:
    assert readings(mire(0, client="gone"), TWO) == []
    assert readings(journey("yris", 0, client="eidas2"), TWO) == []  # it does not log in there


def _held(**healths: Health) -> dict[str, Value]:
    return {name.replace("_at_", "@").replace("idp_", "idp:"): Value(health) for name, health in healths.items()}


def test_a_client_without_idps_is_up_where_its_mire_is_displayed() -> None:
    assert judge(TWO, _held(mire_at_witness=Health.GOOD))[client_of("witness")].state is State.UP
    assert judge(TWO, _held(mire_at_witness=Health.BAD))[client_of("witness")].state is State.DOWN


def test_an_idp_at_which_only_the_main_client_logs_in_may_work_for_another_one() -> None:
    """A selectable tile that this client does not watch: nobody can tell whether it has no IdP."""
    down = Value(Health.BAD, Cause(Fault.IDP, Reason.CONNECT, None))
    held = {"mire@eidas2": Value(Health.GOOD), "idp:ameli@eidas2": down}
    tiles = (Tile("uid-a", selectable=True), Tile("uid-y", selectable=True))
    named = (replace(AMELI, tile="uid-a"), replace(YRIS, tile="uid-y"))
    spec = replace(TWO, idps=named, clients=(ClientSpec("eidas2", "id-2", named[:1]),), rules=2)
    for shown, state in ((tiles, State.UNKNOWN), (tiles[:1], State.DOWN)):
        [_, (name, seen)] = readings(replace(mire(0, client="eidas2"), tiles=shown), spec)
        assert name == "tiles@eidas2"
        assert seen.offer == Offer(len(shown) > 1, (), ("uid-y",) if len(shown) > 1 else ())
        assert judge(spec, held | {"tiles@eidas2": Value(Health.GOOD, offer=seen.offer)})[client_of("eidas2")].state is state


def test_a_mire_that_another_client_is_not_shown_is_no_C1() -> None:
    state, rows = begin(TWO, BEGUN)
    for at in range(0, 60, 10):
        for seen in (mire(at), no_mire(at + 1, client="witness"), no_mire(at + 2, client="eidas2")):
            rows += fold(state, seen)
    found = timelines(rows)
    assert outages("fc", C1, found["fc", C1].intervals(), state.clock_us) == []
    [down] = outages("fc", client_of("witness"), found["fc", client_of("witness")].intervals(), state.clock_us)
    assert (down.start_us, down.condition) == (BEGUN + SECOND, C1)


def test_a_client_that_comes_or_goes_leaves_what_was_judged_before() -> None:
    state, rows = begin(SPEC, BEGUN)
    for seen in (mire(0), idp_down("ameli", 1), idp_down("ameli", 2)):
        rows += fold(state, seen)
    before = list(rows)
    rows += respec(state, TWO, BEGUN + 5 * SECOND)
    rows += fold(state, mire(6, client="witness"))
    assert state.tails[client_of("witness")].points[-1][1].state is State.UP
    rows += respec(state, SPEC, BEGUN + 8 * SECOND)
    assert client_of("witness") not in state.tails
    assert rows[: len(before)] == before
    assert [row.subject for row in rows[len(before) :] if row.subject in (HUB, C1, "idp:ameli")] == []


# --- one account, several clients


def _refused(at: float, client: str) -> Observation:
    return replace(journey("ameli", at, client=client), outcome=Outcome.INCONCLUSIVE, fault=Fault.SP, reason=Reason.CREDENTIALS_REFUSED)


def test_the_lock_out_guard_counts_what_all_clients_tried_with_the_account() -> None:
    near = Neighbours()
    for at, client in enumerate(("", "eidas2", "")):
        assert not suspended(near, "ameli", 3)
        remember(_refused(at, client), near, 3)
    assert suspended(near, "ameli", 3)


def test_a_recipe_that_never_passed_is_held_back_by_the_tries_of_all_clients() -> None:
    near = Neighbours(passed={})
    for at, client in enumerate(("", "eidas2", "eidas2")):
        assert not held_back(near, "ameli", "d1", 3, BEGUN + MINUTE)
        seen = replace(idp_down("ameli", at), client=client, part=SetupPart.LOGIN, setup="login:d1", reason=Reason.IDP_ERROR)
        settled = corroborate(seen, near)
        assert settled.never_passed
        remember(settled, near, 3)
    assert held_back(near, "ameli", "d1", 3, BEGUN + MINUTE)
    assert not held_back(near, "ameli", "another recipe", 3, BEGUN + MINUTE)


def test_a_setting_that_passed_at_one_client_has_not_passed_at_another() -> None:
    near = Neighbours(passed={})
    remember(journey("ameli", 0, setup="client:c1 mire:m1 login-page:l1"), near, 3)
    seen = replace(no_mire(1), part=SetupPart.MIRE, setup="client:c2 mire:m1", client="eidas2")
    assert corroborate(seen, near).never_passed
    assert corroborate(replace(seen, client=""), near) == replace(seen, client="")


def test_a_persona_has_an_account_for_each_client_as_sub_is_another_one() -> None:
    accounts: Accounts = {}
    for at, client in enumerate(("", "eidas2", "", "eidas2")):
        identity = ReturnedIdentity(settings=f"of {client}", account=f"sub for {client}")
        remember_account(accounts, journey("ameli", at, client=client, identity=identity))
    found = {name: current(accounts, name) for name in accounts}
    assert {name: account and (account.known, account.changed) for name, account in found.items()} == {
        "ameli": ("sub for ", False),
        "ameli@eidas2": ("sub for eidas2", False),
    }


def test_what_another_client_sees_is_no_sample_of_incidents_and_flags() -> None:
    assert sample(mire(0)) is not None
    assert sample(mire(0, client="witness")) is None
    assert sample(idp_down("ameli", 0)) is not None
    assert sample(replace(idp_down("ameli", 0), client="eidas2")) is None


def test_the_edges_of_another_client_are_known_as_precisely_as_it_asks() -> None:
    slow = replace(AMELI, interval_us=7 * MINUTE)
    spec = replace(SPEC, clients=(ClientSpec("eidas2", "id-2", (slow,), mire_us=2 * MINUTE),))
    assert interval_us(spec, "idp:ameli@eidas2", None) == 7 * MINUTE
    assert interval_us(spec, client_of("eidas2"), C1) == 2 * MINUTE
    assert interval_us(spec, "idp:ameli", None) == AMELI.interval_us
    assert interval_us(spec, client_of("gone"), C1) == 0
