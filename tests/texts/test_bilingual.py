"""A text in two languages, and a reader that tells it in one."""

from probe.texts.bilingual import Language, Row, Text, Texts, Vocabulary

NB = "\N{NO-BREAK SPACE}"


class Reader(Texts):
    greeting = Text("Bonjour {name} !", "Good day {name}!")
    heads = Row(Text("Début", "Start"), Text("Fin", "End"))
    words = Vocabulary({"up": Text("disponible", "available")})


def test_a_reader_tells_its_texts_in_its_language() -> None:
    assert Reader("fr").greeting == f"Bonjour {{name}}{NB}!"
    assert Reader("en").greeting == "Good day {name}!"
    assert Reader("fr").heads == ("Début", "Fin")
    assert (Reader("fr").words["up"], Reader("en").words["up"]) == ("disponible", "available")


def test_a_language_that_is_none_of_ours_is_french() -> None:
    assert Reader("de").language is Language.FR
    assert Text("oui", "yes").in_language("de") == "oui"


def test_a_class_keeps_both_languages() -> None:
    assert Reader.greeting.en == "Good day {name}!"
    assert len(Reader.words) == 1


def test_a_stranger_s_word_is_told_as_it_is() -> None:
    assert Reader("fr").words["sideways"] == "sideways"
    assert Vocabulary({"up": Text("haut", "up")}).label("sideways", "fr") == "sideways"


def test_french_signs_stand_behind_a_space_that_does_not_break() -> None:
    assert Text("Source : « lui » ; 95 %", "").in_language("fr") == f"Source{NB}: «{NB}lui{NB}»{NB}; 95{NB}%"
    assert Text("", "Source : 95 %").in_language("en") == "Source : 95 %"


def test_templates_and_dates_are_left_alone() -> None:
    assert Text("{{ $x : y }} le %d à %H", "").in_language("fr") == "{{ $x : y }} le %d à %H"


def test_a_text_is_filled_in_both_languages_by_texts_and_values() -> None:
    filled = Text("{who} répond {count} fois", "{who} answers {count} times").format(who=Text("le hub", "the hub"), count=2)
    assert filled == Text("le hub répond 2 fois", "the hub answers 2 times")


def test_only_the_first_letter_becomes_a_capital() -> None:
    assert Text("fournisseur Ameli", "provider Ameli").capitalized() == Text("Fournisseur Ameli", "Provider Ameli")


def test_readers_of_one_language_are_equal() -> None:
    assert Reader("fr") == Reader(Language.FR) != Reader("en")
    assert len({Reader("fr"), Reader("fr"), Reader("en")}) == 2
