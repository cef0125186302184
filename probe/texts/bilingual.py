"""Texts in two languages.

    GONE = Text("disparu", "gone")                    one text; GONE.in_language("fr") == "disparu"
    STATES = Vocabulary({State.UP: Text(...), ...})   a text for each member of a closed list
    class Page(Texts):                                the texts of one reader
        title = Text("Bonjour", "Good day")
        states = STATES
    page = Page(Language.EN)                          page.title == "Good day",
                                                      page.states[State.UP] == "available"

Both languages stand in one place, so that neither can lack a text. `told` typesets French: the
space before `:`, `;`, `!`, `?`, `%` and `»` does not break (Lexique des règles typographiques).
"""

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from probe.texts.moments import PARIS, local, offset, written, zoned

K = TypeVar("K", bound=Hashable)

_BEFORE_A_SIGN = re.compile(r" (?=[:;!?»]|%(?![A-Za-z]))(?![^{]*}})|(?<=«) ")
"""Not within `{{ }}`, which is Prometheus's or Grafana's own."""


class Language(StrEnum):
    """The languages that people may choose."""

    FR = "fr"
    EN = "en"

    @classmethod
    def of(cls, word: str) -> "Language":
        """Return the language of that word; French when the word is unknown."""
        return cls.EN if word == cls.EN.value else cls.FR


class ReaderSettings(Protocol):
    """Settings that say how people read: the language, and the time zone by its IANA name."""

    @property
    def language(self) -> str: ...
    @property
    def timezone(self) -> str: ...


class Texts:
    """The texts of one reader, in one language, with instants in one time zone.

    On an instance, an attribute that is a `Text`, a `Row` or a `Vocabulary` gives its texts in that
    language. An unknown language is French.
    """

    def __init__(self, language: str, timezone: str = PARIS) -> None:
        self.language = Language.of(language)
        self.timezone = timezone
        self._offsets = set[str]()  # those of the instants that were written, which `times` names

    @classmethod
    def of(cls, settings: ReaderSettings) -> Self:
        """Return the texts for whoever reads by these settings."""
        return cls(settings.language, settings.timezone)

    def instant(self, us: int) -> str:
        """Write an instant (UTC microseconds) for a table, to the second.

        `times` names the zone.
        """
        self._offsets.add(offset(local(us, self.timezone)))
        return written(us, self.timezone, "%d/%m/%Y %H:%M:%S")

    def sentence_instant(self, us: int) -> str:
        """Write an instant for a sentence, to the second; `times` names the zone."""
        self._offsets.add(offset(local(us, self.timezone)))
        return written(us, self.timezone, _DATE.in_language(self.language))

    def zoned_instant(self, us: int) -> str:
        """Write an instant with its zone and offset, for a text that travels."""
        return zoned(us, self.timezone, _DATE.in_language(self.language))

    @property
    def times(self) -> str:
        """The sentence that names the zone of all the instants that were written so far, and how
        far it was from UTC at them: two offsets where summer time began or ended between them.
        """
        offsets = _AND.in_language(self.language).join(sorted(self._offsets))
        zone = f"{self.timezone} ({offsets})" if offsets else self.timezone
        return _TIMES.format(zone=zone).in_language(self.language)

    def __eq__(self, other: object) -> bool:
        mine = (self.language, self.timezone)
        return isinstance(other, Texts) and type(other) is type(self) and (other.language, other.timezone) == mine

    def __hash__(self) -> int:
        return hash((type(self), self.language, self.timezone))


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages. The reader fills in the parts in braces (`str.format`)."""

    fr: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in a language, typeset; in French when the language is unknown."""
        return self.en if Language.of(language) is Language.EN else _BEFORE_A_SIGN.sub("\N{NO-BREAK SPACE}", self.fr)

    def format(self, **values: object) -> "Text":
        """Return the text with its braces filled in, also by a `Text`."""
        return Text(self.fr.format(**_each(values, Language.FR)), self.en.format(**_each(values, Language.EN)))

    def capitalized(self) -> "Text":
        """Return the text with its first letter as a capital."""
        return Text(self.fr[:1].upper() + self.fr[1:], self.en[:1].upper() + self.en[1:])

    def upper(self) -> "Text":
        """Return the text in capitals, for a word that must catch the eye."""
        return Text(self.fr.upper(), self.en.upper())

    @overload
    def __get__(self, reader: None, owner: type) -> "Text": ...
    @overload
    def __get__(self, reader: Texts, owner: type) -> str: ...
    @overload
    def __get__(self, reader: object, owner: type) -> "Text": ...
    def __get__(self, reader: Any, owner: type) -> "Text | str":
        """Return the text itself on a class; on a reader, the words in its language."""
        return self.in_language(reader.language) if isinstance(reader, Texts) else self


_DATE = Text("%d/%m/%Y à %H:%M:%S", "%d/%m/%Y at %H:%M:%S")
_AND = Text(" et ", " and ")
_TIMES = Text("Heures du fuseau {zone}.", "Times are those of {zone}.")


def _each(values: Mapping[str, object], language: Language) -> dict[str, object]:
    return {name: getattr(value, language.value) if isinstance(value, Text) else value for name, value in values.items()}


class Row:
    """Several texts in their order: the heads of a table, or the months of a year."""

    def __init__(self, *texts: Text) -> None:
        self.texts = texts

    @overload
    def __get__(self, reader: None, owner: type) -> "Row": ...
    @overload
    def __get__(self, reader: Texts, owner: type) -> tuple[str, ...]: ...
    def __get__(self, reader: Any, owner: type) -> "Row | tuple[str, ...]":
        """Return the row itself on a class; on a reader, its words in the reader's language."""
        return tuple(text.in_language(reader.language) for text in self.texts) if isinstance(reader, Texts) else self


class Vocabulary(Mapping[K, Text]):
    """The texts of a closed list, by member."""

    def __init__(self, texts: Mapping[K, Text]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, member: K) -> Text:
        return self._texts[member]

    def __iter__(self) -> Iterator[K]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def find(self, member: object) -> Text | None:
        """Return the text of a word that may be unknown; None when it is not in the list."""
        known: Mapping[Any, Text] = self._texts
        return known.get(member)

    def label(self, member: object, language: str) -> str:
        """Return the label of a member.

        For a word that is not in the list, of an old ledger for example, it is the word itself.
        """
        text = self.find(member)
        return str(member) if text is None else text.in_language(language)

    @overload
    def __get__(self, reader: None, owner: type) -> "Vocabulary[K]": ...
    @overload
    def __get__(self, reader: Texts, owner: type) -> "Labels[K]": ...
    def __get__(self, reader: Any, owner: type) -> "Vocabulary[K] | Labels[K]":
        """Return the vocabulary itself on a class; on a reader, its words in one language."""
        return Labels(self, reader.language) if isinstance(reader, Texts) else self


class Labels(Generic[K]):
    """A vocabulary in one language. The label of an unknown word is the word itself."""

    def __init__(self, vocabulary: Vocabulary[K], language: str) -> None:
        self._vocabulary, self._language = vocabulary, language

    def __getitem__(self, member: K | str) -> str:
        return self._vocabulary.label(member, self._language)
