"""What people call a subject of the ledger."""

import pytest

from probe.texts.subjects import idp_title, some_idps, subject_title, titles_of

TITLES = {"idp:msa": "MSA", "client:eidas2": "Impôts en ligne"}


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("hub", "Hub"),
        ("mire_missing", "C1\N{NO-BREAK SPACE}: la mire n'est pas affichée"),
        ("idp:msa", "MSA"),
        ("idp:yris", "yris"),
        ("idp:msa@eidas2", "MSA (client Impôts en ligne)"),
        ("idp:yris@other", "yris (client other)"),
        ("client:eidas2", "client Impôts en ligne"),
        ("client:other", "client other"),
        ("idp:{odd}@{braces}", "{odd} (client {braces})"),
    ],
)
def test_a_subject_is_called_by_its_title_and_else_by_its_name(subject: str, title: str) -> None:
    assert subject_title(subject, TITLES).in_language("fr") == title


def test_a_journey_without_an_idp_is_called_by_its_client_alone() -> None:
    assert idp_title("", "eidas2", TITLES).en == "client Impôts en ligne"
    assert idp_title("", "", TITLES).en == ""


def test_titles_are_those_of_one_hub() -> None:
    assert titles_of("fc", {("fc", "idp:a"): "A", ("other", "idp:a"): "B"}) == {"idp:a": "A"}


def test_of_many_idps_five_are_named_and_the_others_are_counted() -> None:
    titles = {"idp:ameli": "Ameli.fr"}

    def named(*idps: str) -> str:
        return some_idps(idps, 7, titles).in_language("fr").replace("\N{NO-BREAK SPACE}", " ")

    assert named() == ""
    assert named("ameli", "msa") == "2 sur 7 surveillés : Ameli.fr, msa"
    assert named("a", "b", "c", "d", "e", "f") == "6 sur 7 surveillés : a, b, c, d, e et 1 autre"
    assert some_idps(tuple("abcdefg"), 7, titles).en == "7 of 7 watched: a, b, c, d, e and 2 more"
