"""Reads once a day what the hub publishes and no other journey asked for: metadata and keys.

Most hubs are asked for both anyway: the metadata where an endpoint or PKCE depends on them, the
keys where an identity is fetched. Elsewhere the journey of the mire asks once it has passed, at
most once a day, and an hour after the start at the earliest. Whatever comes of it does not change
the verdict, and nothing else uses the answer.
"""

from collections.abc import Generator
from functools import partial

from probe.config.resolve import ResolvedEndpoints
from probe.core.judgement.attribution import Party
from probe.core.judgement.observation import Step
from probe.core.judgement.sighting import Aspect, Trait
from probe.core.times import DAY_US, HOUR_US
from probe.journeys.exchange import Answer, Ask, Channel
from probe.journeys.walk import Walk
from probe.oidc.documents import load_object, text_of
from probe.oidc.keys import load_key_set
from probe.oidc.published import key_traits, metadata_traits

_FIRST_US = HOUR_US


def note_published(walk: Walk, endpoints: ResolvedEndpoints, now_us: int) -> Generator[Ask, Answer, None]:
    """Ask for what nobody asked for within a day, and note it. `now_us` is UTC microseconds."""
    for aspect, step, url, read in (
        (Aspect.METADATA, Step.DISCOVERY, endpoints.discovery, _metadata),
        (Aspect.KEYS, Step.JWKS, endpoints.jwks, _keys),
    ):
        if url is None or not _is_due(walk, aspect, now_us) or walk.site.party(url) is not Party.HUB:
            continue
        answer = yield Ask(step, "GET", url, Channel.BACK)
        if answer.error is None and answer.status == 200:
            walk.note(aspect, partial(read, walk, answer.body))


def _is_due(walk: Walk, aspect: Aspect, now_us: int) -> bool:
    read_us = walk.memory.published_us.setdefault(aspect, now_us - DAY_US + _FIRST_US)
    if now_us - read_us < DAY_US:
        return False
    walk.memory.published_us[aspect] = now_us
    return True


def _metadata(walk: Walk, body: bytes) -> tuple[Trait, ...]:
    document = load_object(body)
    return metadata_traits(document) if document is not None and text_of(document, "issuer") == walk.site.hub.issuer else ()


def _keys(_walk: Walk, body: bytes) -> tuple[Trait, ...]:
    keys = load_key_set(body)
    return key_traits(keys) if keys is not None else ()
