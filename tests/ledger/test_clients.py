"""What several clients of a hub saw is kept, verified and folded again."""

from dataclasses import replace

from sqlalchemy import Engine

from probe.audit.replay import first_difference
from probe.audit.verify import verify
from probe.core.judgement.spec import ClientSpec
from probe.core.judgement.subject import client_of
from probe.ledger.db.records import from_observation, to_observation
from probe.ledger.reader import Reader
from tests.builders import BEGUN, MINUTE, SPEC, a_day, journey, mire, no_mire
from tests.fakes.recorder import ImmediateRecorder

TWO = replace(SPEC, clients=(ClientSpec("eidas2", "id-2", SPEC.idps[:1]),))


def test_a_ledger_of_two_clients_folds_again_to_the_same_on_either_store(engine: Engine) -> None:
    of_the_other = [no_mire(at, client="eidas2") for at in (5, 6, 15)] + [journey("ameli", at, client="eidas2") for at in (25, 35, 45)]
    recorder = ImmediateRecorder(engine, TWO)
    recorder.keep(sorted([*a_day(), *of_the_other], key=lambda one: one.finished_us))
    reader = Reader(engine)
    assert {seen.client for _, seen in reader.observations()} == {"", "eidas2"}
    assert first_difference(reader) is None
    with engine.connect() as connection:
        assert verify(connection).findings == []
    [down] = [one for one in reader.outages(BEGUN + 3 * MINUTE) if one.subject == client_of("eidas2")]
    assert down.condition == "mire_missing"


def test_the_main_client_leaves_the_digest_of_an_observation_as_it_was() -> None:
    main, other = from_observation(mire(0)), from_observation(mire(0, client="eidas2"))
    assert main["client"] is None
    assert main["digest"] != other["digest"]
    assert to_observation(other).client == "eidas2"
    assert to_observation(main) == mire(0)
