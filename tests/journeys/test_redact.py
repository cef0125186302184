"""What is kept of a page or a path: enough to see why, and nothing secret or personal."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.whole_words import words_of
from probe.journeys import redact
from probe.journeys.redact import EXTRACT_CHARACTERS, MASK, Redactor, redact_path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Une erreur s’est produite Y000000", "Une erreur s’est produite Y000000"),
        ("write to angela.dubois@example.org now", "write to *** now"),
        ("id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 end", "id *** end"),
        ("token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "token *** end"),
        ("chez impots.gouv.fr, par www.mon-compte.fr.", "chez impots.gouv.fr, par www.mon-compte.fr."),
        ("abcdefgh.ijklmnop.qrstuvwxyz", "***"),
        ("hex 0123456789abcdef end", "hex *** end"),
        ("number 1 62 08 75 107 001 end", "number *** end"),
        ("née le 24/08/1962 ou 1962-08-24", "née le *** ou ***"),
        ("tél. 06 12 34 56 78", "tél. ***"),
        ("error=temporarily_unavailable", "error=temporarily_unavailable"),
        ("a\n\tb\x00c", "a bc"),
        ("", ""),
    ],
)
def test_what_could_be_a_token_or_an_identity_is_masked_and_the_rest_is_kept(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


def test_known_values_are_masked_whatever_their_case_and_wherever_they_stand() -> None:
    redactor = Redactor([{"family_name": "Dubois", "places": ["Paris"]}, None, True])
    assert redactor.text("MME DUBOIS, de paris; duboisson") == "MME ***, de ***; ***son"


def test_each_word_of_a_persona_is_masked_as_a_word_and_ordinary_words_are_kept() -> None:
    values = [
        "Angela Claire Hélène",
        "Ange DUBOIS",
        "jean-pierre@fi.example",
        "12 rue de la Paix 75002 Paris",
        "https://www.gouv.example/x",
    ]
    redactor = Redactor([*values, *(word for value in values for word in words_of(value))])
    assert redactor.text("Bonjour Angela ! HELENE, vous êtes hélène") == "Bonjour *** ! ***, vous êtes ***"
    assert redactor.text("Jean (Pierre) au 75002, challenge éclairer") == "*** (***) au ***, challenge éclairer"
    assert redactor.name("challenge-ange") == "challenge-***"
    assert redactor.text("de la part de www.gouv.example") == "de la part de www.gouv.example"
    assert redactor.path("/profil/dubois/editer") == "/profil/*/editer"
    assert redactor.text("Dubois") == "***"


PERSONA = {"given_name": "Angela Hélène Li", "family_name": "d'Œuvre-Noël", "birthdate": "1962-08-04", "usual": "Anne", "city": "Helene"}
REDACTOR = Redactor([PERSONA, *(word for value in PERSONA.values() for word in words_of(value))])


@pytest.mark.parametrize(
    "text",
    [
        *("4 août 1962", "04 AOUT 1962", "4 aou. 1962", "le 4 août", "août 1962", "4 Aug 62", "4-aug-1962", "the 4th of August, 1962"),
        *("August 4th, 1962", "August 4", "aug. 04 1962", "04/08/62", "4. 8. 1962", "08 / 04 / 1962", "62-08-04", "19620804", "1962"),
        *(
            "04081962",
            "HELENE",
            "Helene",
            "he\u0301le\u0300ne",
            "HÉLÈNE",
            "\uff21\uff2e\uff27\uff25\uff2c\uff21",
            "angela1962",
            "user_angela",
            "Li",
            "LI",
        ),
        *("D’OEUVRE", "d'oeuvre‑noel", "Noël", "Année d'Anne", "Hélèneux Hélène"),
    ],
)
def test_a_name_and_a_date_of_the_persona_are_masked_however_they_are_written(text: str) -> None:
    shown = REDACTOR.text(f"née ({text}) ici")
    kept = set(re.findall(r"[^\W_]+", shown)) - {"née", "ici", "le", "the", "of", "d", "D", "année", "Année", "Hélèneux", "user", "th"}
    assert not kept, shown
    assert MASK in shown


@pytest.mark.parametrize(
    "text",
    [
        "L’année 1963 ; le 5 août et le 4 mars, à 19h62, page 62, août 2026",
        "challenge lire Lille 4e étage, may 4, version 4.8.19",
        "mariés en mai, 14 août, 196 208 04",
    ],
)
def test_ordinary_words_and_other_dates_in_part_are_kept(text: str) -> None:
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize("text", ["le 1er février 2031", "on 31 December 2031.", "December 31st, 2031", "31 déc. 2031"])
def test_a_whole_date_in_words_is_masked_whosever_it_is(text: str) -> None:
    assert re.fullmatch(r"(le |on )?\*\*\*\.?", Redactor().text(text))


@pytest.mark.parametrize("value", ["1962", "1962-00-00", "0000-08-04", "1962-13-40", "9999-99-99", "0000"])
def test_a_date_of_which_a_part_is_unknown_is_masked_as_far_as_it_is_known(value: str) -> None:
    shown = Redactor([value]).text("le 4 août ou 1962 ou 9999-99-99 ou 0000")
    assert ("1962" in shown) is not value.startswith("1962")
    assert ("août" in shown) is not value.endswith("08-04")


@given(st.lists(st.text("Angé -'@\u03b1", max_size=12), max_size=4), st.text("ANGEangéÉ \u03b1", max_size=40))
def test_no_word_of_a_persona_survives_as_a_word(values: list[str], text: str) -> None:
    words = [word for value in values for word in words_of(value)]
    shown = Redactor([*words, *values]).text(text)
    assert not {word.casefold() for word in words} & {word.casefold() for word in re.findall(r"\w+", shown)}


def test_a_short_value_is_masked_as_a_word_only() -> None:
    assert Redactor(["1", "Li"]).text("1 of 10, Li or Lille") == "*** of 10, *** or Lille"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(" " * 30_000, "", id="spaces alone"),
        pytest.param(" " * 19_996 + "hunter2", "", id="a word behind spaces"),
        pytest.param("well " + " " * 19_991 + "hunter2", "well", id="a second word"),
        pytest.param("x" * 30_000, "", id="one word"),
    ],
)
def test_what_is_left_of_a_word_that_the_reading_splits_is_not_shown(text: str, shown: str) -> None:
    redactor = Redactor()
    redactor.hide("hunter2")
    assert redactor.text(text) == shown


def test_a_copy_masks_the_same_and_teaches_the_first_nothing() -> None:
    first = Redactor(["Dubois", "Li", "1962-08-24"])
    twin = first.copy()
    text = "Dubois, Li, né le 24 août 1962, Martin, Bo, le 3 mai 2001"
    assert twin.text(text) == first.text(text)
    before = first.known(text)
    for value in ("Martin", "Bo", "2001-05-03"):
        twin.hide(value)
    assert twin.known("Martin, Bo, 3 mai") == "***, ***, ***"
    assert (first.known(text), first.known("Martin, Bo, 3 mai")) == (before, "Martin, Bo, 3 mai")


def test_a_value_hidden_later_is_masked_from_then_on() -> None:
    redactor = Redactor()
    redactor.hide("secret word")
    assert redactor.text("a secret\n word here") == "a *** here"


@given(st.text(alphabet="abcdef0123456789ABCXYZ+/=_-", min_size=16, max_size=200), st.text(max_size=40))
def test_no_long_run_of_token_characters_with_a_digit_survives(run: str, around: str) -> None:
    if any(c.isdigit() for c in run):
        assert run not in Redactor().text(f"{around} {run} {around}")


@given(st.text(max_size=3_000), st.lists(st.text(min_size=4, max_size=30), max_size=5))
def test_an_extract_is_short_and_holds_no_known_value(text: str, values: list[str]) -> None:
    shown = Redactor(values).text(text + " ".join(values))
    assert len(shown) <= EXTRACT_CHARACTERS
    bare = shown.replace(MASK, "\0")
    assert not [value for value in values if value.strip() and value.isprintable() and value.isascii() and value in bare]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/v2/interaction/kf8Zq-0aB91_x7QmR2sTt/verify", "/api/v2/interaction/*/verify"),
        ("/.well-known/openid-configuration", "/.well-known/openid-configuration"),
        ("/api/v2/redirect-to-sp-with-error", "/api/v2/redirect-to-sp-with-error"),
        ("/u/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/u/*"),
        ("/u/12345678/page", "/u/*/page"),
        ("/u/angela%40example.org", "/u/*"),
        ("/cb?code=secret#frag", "/cb"),
        ("", ""),
        ("/oauth2/authorize", "/oauth2/authorize"),
        ("/erreurs/Y000404", "/erreurs/*"),
    ],
)
def test_a_path_keeps_its_words_and_loses_its_identifiers_and_its_query(path: str, shown: str) -> None:
    assert redact_path(path) == shown


def test_a_known_value_in_a_path_is_masked() -> None:
    assert redact_path("/profile/angela/edit", ["Angela"]) == "/profile/*/edit"


@given(st.text("abZ0@._- 8", max_size=40) | st.text(max_size=40))
def test_a_text_that_is_not_looked_at_would_stay_as_it_is(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redact, "_SUSPECT", re.compile(""))  # every text is looked at
        looked_at = Redactor().name(text)
    assert Redactor().name(text) == looked_at


@given(st.text(max_size=200))
def test_any_path_can_be_redacted(path: str) -> None:
    assert "?" not in redact_path(path)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["a" * length for length in range(1, 999)], "a" * 19_990),
        (["\u00e0" * length for length in range(1, 999)], "a" * 19_990),
        ([f"{'a' * length}b" for length in range(1, 999)], "a" * 19_990),
        (["b a" * length for length in range(1, 900)], "b ab a" * 3_300),
        (["a" * (3_000 + length) for length in range(900)], "a" * 19_990),
        ([f"19{number % 100:02}-08-{1 + number % 28:02}" for number in range(998)], "4 aout 1962 " * 1_600),
    ],
    ids=["one letter", "an accent", "another end", "spaces", "long", "dates"],
)
def test_values_that_are_found_all_over_a_text_cost_no_more_than_their_number(values: list[str], text: str) -> None:
    """A thousand values that an IdP chose, and a page that it fits to them."""
    redactor, began = Redactor(), time.process_time()
    redactor.hide(values)
    assert "a" * 8 not in redactor.text(text)
    assert time.process_time() - began < 1.5
