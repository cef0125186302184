"""The transport on uvloop, where `vigie run` may stand: answers have the same reasons there."""

import asyncio
from pathlib import Path

import uvloop

from probe.config.models import HttpVersion
from probe.core.judgement.observation import Outcome
from tests.fakes.peers import Authority
from tests.transport import test_answers, test_families, test_http2


def test_what_a_server_answers_is_told_alike_on_uvloop(tmp_path: Path) -> None:
    authority = Authority(tmp_path)

    async def over_http_1() -> dict[str, object]:
        names = [name for name in test_answers.ODD if "without end" not in name and "bomb" not in name and "reset" not in name]
        walks = await asyncio.gather(*(test_answers.fetch(test_answers.ODD[name][0]) for name in names))
        return {name: walk.answers[0].error for name, walk in zip(names, walks, strict=True)}

    async def over_http_2(name: str) -> object:
        says, closes, _ = test_http2.FAILURES[name]
        async with test_http2.answering(test_http2.FrameServer(says, closes), authority) as url:
            return (await test_http2.visit(url, authority))[0].reason

    async def all_of_it() -> None:
        odd = await over_http_1()
        assert odd == {name: test_answers.ODD[name][1] for name in odd}
        for name in ("the stream is reset", "no status", "a body over the cap"):
            assert await over_http_2(name) == test_http2.FAILURES[name][2]
        async with test_http2.answering(test_http2.FrameServer(test_http2.head() + test_http2.data(b"new")), authority) as url:
            for version in HttpVersion:
                assert (await test_http2.visit(url, authority, version))[0].outcome is Outcome.OK
        await test_families.test_journeys_go_by_the_families_in_turn_where_that_is_wanted()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(all_of_it())
