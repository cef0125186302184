"""Why past time was unknown, by what the ledger still has."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.core.judgement.subject import HUB, at_client, journey_of
from probe.core.judgement.unknown_part import PastUnknown, StartedJourney, UnknownPart, joined, parts_of_span
from probe.core.sla.window import Span
from probe.ledger.figures.runs import on
from probe.ledger.figures.tracks import Ledgered
from probe.ledger.figures.unknown_time import SPANS, unknown_parts
from probe.ledger.writer import Writer
from probe.texts.figure import unknown_part, unknown_sentence
from tests.builders import BEGUN, SECOND, SPEC, journey, mire, seen
from tests.fakes.recorder import ImmediateRecorder

OURS = {"fault": Fault.SP, "reason": Reason.SP_CONFIGURATION, "step": Step.TOKEN}
WINDOW = (BEGUN, BEGUN + 2_000 * SECOND)
_PARTS = st.lists(st.builds(UnknownPart, st.sampled_from(list(PastUnknown)[:4]), st.sampled_from([None, "a", "b"]), st.integers(0, 9)))


def test_a_wrong_secret_and_a_watch_that_stood_still_are_told_with_their_times(engine: Engine) -> None:
    ours = [seen(Kind.IDENTITY, at, Outcome.INCONCLUSIVE, idp, **OURS) for at in range(1, 300, 10) for idp in ("ameli", "yris")]
    mires = [mire(at) for at in range(0, 300, 10)]
    again = [mire(1_990), journey("ameli", 1_991), journey("yris", 1_992)]
    ImmediateRecorder(engine).keep(sorted([*ours, *mires, *again], key=lambda one: one.started_us))
    with engine.connect() as connection:
        run = on(connection)
        spans = list(Ledgered(run, "fc", HUB).unknowns(*WINDOW, SPANS))
        whole_us = sum(span.end_us - span.start_us for span in spans)
        told = unknown_parts(run, "fc", HUB, spans, whole_us)
    assert [(part.why, part.reason) for part in told] == [(PastUnknown.NOT_WATCHED, None), (PastUnknown.INCONCLUSIVE, "sp_configuration")]
    assert sum(part.us for part in told) == whole_us
    assert 1_600 * SECOND < told[0].us < 1_700 * SECOND
    Writer(engine).forget(BEGUN + 2_000 * SECOND)
    with engine.connect() as connection:
        assert [part.why for part in unknown_parts(on(connection), "fc", HUB, spans, whole_us)] == [PastUnknown.GONE]
    assert "inconclusive journeys: the hub refuses the prober's configuration" in unknown_sentence(told).en


def test_a_journey_vouched_for_as_long_as_its_hubs_setting_said_and_for_its_own_idp_alone(engine: Engine) -> None:
    """One journey vouched for 2 intervals, and after a change of the setting one for 5."""
    recorder = ImmediateRecorder(engine, replace(SPEC, vouches=2))
    recorder.keep([seen(Kind.IDENTITY, 0, Outcome.INCONCLUSIVE, "ameli", **OURS)])
    recorder.respec(replace(SPEC, vouches=5), BEGUN + 100 * SECOND)
    recorder.keep([seen(Kind.IDENTITY, 100, Outcome.INCONCLUSIVE, "ameli", **OURS)])
    span = Span(BEGUN, BEGUN + 200 * SECOND)

    def told(subject: str) -> dict[PastUnknown, int]:
        with engine.connect() as connection:
            return {part.why: part.us for part in unknown_parts(on(connection), "fc", subject, [span], 200 * SECOND)}

    took = 2 * (seen(Kind.IDENTITY, 0).finished_us - seen(Kind.IDENTITY, 0).started_us)
    vouched = 20 * SECOND + 50 * SECOND + took
    assert told(HUB) == told(journey_of("ameli")) == {PastUnknown.INCONCLUSIVE: vouched, PastUnknown.NOT_WATCHED: 200 * SECOND - vouched}
    assert told(journey_of("yris")) == told(at_client(journey_of("ameli"), "other")) == {PastUnknown.NOT_WATCHED: 200 * SECOND}


def test_what_says_nothing_tells_more_than_what_passed_and_the_commonest_reason_is_told() -> None:
    def why(*seen_ones: tuple[str, str | None]) -> list[UnknownPart]:
        return parts_of_span(0, 9, [StartedJourney(2, 5, *each) for each in seen_ones])

    silent = UnknownPart(PastUnknown.NOT_WATCHED, None, 6)
    assert why() == [silent._replace(us=9)]
    assert why(("ok", None), ("failed", "timeout")) == [UnknownPart(PastUnknown.UNDECIDED, None, 3), silent]
    told = why(("ok", None), ("inconclusive", "a"), ("inconclusive", "b"), ("inconclusive", "b"))
    assert told == [UnknownPart(PastUnknown.INCONCLUSIVE, "b", 3), silent]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9))), st.integers(1, 40))
def test_time_for_which_no_journey_vouched_was_not_watched(journeys: list[tuple[int, int]], end_us: int) -> None:
    begun = sorted(one for one in journeys if one[0] < end_us)
    told = parts_of_span(0, end_us, [StartedJourney(at, at + long, "ok", None) for at, long in begun])
    vouched = {us for at, long in begun for us in range(at, min(at + long, end_us))}
    assert sum(part.us for part in told if part.why is PastUnknown.NOT_WATCHED) == end_us - len(vouched)
    assert sum(part.us for part in told) == end_us


@given(_PARTS, st.integers(0, 200), st.integers(1, 3))
def test_the_parts_add_up_to_the_whole_and_are_few(parts: list[UnknownPart], more_us: int, most: int) -> None:
    whole_us = sum(part.us for part in parts) + more_us
    told = joined(parts, whole_us, most)
    assert len(told) <= most + 1
    sums = Counter[tuple[PastUnknown, str | None]]()
    for part in parts:
        sums[part.why, part.reason] += part.us
    assert [part.us for part in told if part.why is not PastUnknown.REST] == [us for _, us in sums.most_common(most) if us]
    assert not told or sum(part.us for part in told) == whole_us
    assert all(unknown_part(part).fr for part in told)


def test_spans_are_cut_at_the_window_and_the_longest_come(engine: Engine) -> None:
    ImmediateRecorder(engine).keep([mire(0), mire(100), mire(400)])
    with engine.connect() as connection:
        spans = list(Ledgered(on(connection), "fc", "mire_missing").unknowns(BEGUN, BEGUN + 450 * SECOND, 1))
    assert all(BEGUN <= span.start_us < span.end_us <= BEGUN + 450 * SECOND for span in spans)
    assert max(span.end_us - span.start_us for span in spans) > 200 * SECOND
