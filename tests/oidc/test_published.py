"""Traits of what a hub publishes: its metadata and its keys."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from probe.core.judgement.sighting import LONGEST_TRAIT, MOST_TRAITS
from probe.oidc.keys import load_key_set
from probe.oidc.published import bounded, key_traits, metadata_traits


def published(*keys: Any) -> tuple[tuple[str, str], ...]:
    found = load_key_set(json.dumps(KeySet(list(keys)).as_dict(private=False)).encode())
    assert found is not None
    return key_traits(found)


def test_each_value_of_a_list_is_a_trait_so_that_its_order_says_nothing() -> None:
    one = metadata_traits({"scopes_supported": ["openid", "email"], "issuer": "https://hub.test", "claims_parameter_supported": True})
    two = metadata_traits({"claims_parameter_supported": True, "issuer": "https://hub.test", "scopes_supported": ["email", "openid"]})
    lists = (("scopes_supported=email", ""), ("scopes_supported=openid", ""))
    assert one == two == (("claims_parameter_supported", "true"), ("issuer", "https://hub.test"), *lists)


@pytest.mark.parametrize(
    ("value", "traits"),
    [
        ([], (("x=", ""),)),
        ({"a": [1]}, (("x", '{"a":[1]}'),)),
        ([{"a": 1}], (("x", '[{"a":1}]'),)),
        (None, (("x", "null"),)),
        ("\0a\n", (("x", "a"),)),
    ],
)
def test_every_json_value_has_a_text(value: Any, traits: tuple[tuple[str, str], ...]) -> None:
    assert metadata_traits({"x": value}) == traits


def test_signed_metadata_may_be_another_token_each_time() -> None:
    assert metadata_traits({"signed_metadata": "a.b.c"}) == metadata_traits({"signed_metadata": "d.e.f"})


def test_a_long_value_is_cut_and_a_change_in_its_end_is_a_change() -> None:
    one, other = bounded("x" * 500 + "a"), bounded("x" * 500 + "b")
    assert one != other
    assert len(one) <= LONGEST_TRAIT


def test_a_key_is_told_by_its_id_its_sort_and_its_thumbprint() -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "r", "use": "sig", "alg": "RS256"})
    ec, ed = ECKey.generate_key("P-256", {"kid": "e"}), OKPKey.generate_key("Ed25519", {"kid": "o"})
    told = dict(published(rsa, ec, ed))
    assert {kid: sort.rpartition(" ")[0] for kid, sort in told.items()} == {"r": "RSA-2048 RS256 sig", "e": "EC-P-256", "o": "OKP-Ed25519"}
    assert told["r"].endswith(rsa.thumbprint()[:12])
    assert published(rsa, ec, ed) == published(ed, rsa, ec)


def test_keys_without_an_id_or_with_one_id_are_told_apart() -> None:
    first, second = ECKey.generate_key("P-256", {"kid": "k"}), ECKey.generate_key("P-256", {"kid": "k"})
    nameless = ECKey.generate_key("P-256")
    assert {name for name, _ in published(first, second)} == {"k", "k (2)"}
    assert published(first, second) == published(second, first)
    assert [name for name, _ in published(nameless)] == [nameless.thumbprint()]


def test_metadata_of_very_many_members_is_told_by_the_first_of_them_whatever_their_order() -> None:
    names = [f"m{number:05}" for number in range(5_000)]
    told = metadata_traits(dict.fromkeys(reversed(names), ""))
    assert [name for name, _ in told] == names[:MOST_TRAITS]
    large = {"a": {f"{number}": [number] for number in range(5_000)}}
    assert metadata_traits(large) == (("a", "…"),)
