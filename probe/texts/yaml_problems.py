"""What is wrong with a file that is no YAML, in our own words.

PyYAML says it in the terms of its parser, in English, and may quote the file, in which a secret may
stand. These sentences quote nothing.
"""

from probe.texts.bilingual import Text

_TEMPLATE = Text("n'est pas du YAML, colonne {column} : {what}", "is not YAML, column {column}: {what}")


def _said(french: str, english: str) -> Text:
    return _TEMPLATE.format(column="{column}", what=Text(french, english))


_QUOTES = _said("un guillemet ou une apostrophe qui s'ouvre ici n'est pas refermé", "a quotation mark that opens here is not closed")
_COLON = _said("une clé n'est pas suivie de deux-points (:)", "a key has no colon (:) behind it")
_TOO_MANY = _said("un crochet, une accolade ou une virgule de trop", "a bracket, a brace or a comma too many")
_ANCHORED = _said("une ancre (&) qui existe déjà", "an anchor (&) that exists already")
_INDENTED = _said(
    "le retrait de cette ligne n'est pas celui des lignes auxquelles elle appartient",
    "this line is not indented as those that it belongs to",
)
_BRACKETS = _said(
    "dans la liste entre crochets ouverte plus haut, il manque une virgule ou le crochet fermant",
    "the list in brackets that opens above lacks a comma or its closing bracket",
)
_BRACES = _said(
    "entre les accolades ouvertes plus haut, il manque une virgule ou l'accolade fermante",
    "the braces that open above lack a comma or the closing brace",
)
_TAG = _said("une étiquette YAML (!), qui n'a pas de sens ici", "a YAML tag (!), which has no meaning here")
_ESCAPE = _said(
    "une séquence d'échappement que YAML ne connaît pas : entre guillemets, une barre oblique inverse s'écrit deux fois",
    "an escape that YAML does not know: within double quotes a backslash is written twice",
)
_BLOCK = _said("après | ou >, seul un indicateur de retrait peut suivre", "after | or > nothing but an indentation indicator may stand")
_NAME = _said("une ancre (&) ou un alias (*) sans nom lisible", "an anchor (&) or an alias (*) without a readable name")
_DIRECTIVE = _said("une directive (%) que YAML ne connaît pas", "a directive (%) that YAML does not know")
_OTHERWISE = _said("la structure du fichier est incorrecte ici", "the structure of the file is malformed here")

_BY_PROBLEM: tuple[tuple[str, Text], ...] = (
    ("could not find expected ':'", _COLON),
    (
        "mapping values are not allowed",
        _said(
            "un deux-points là où aucune clé n'est permise : le retrait est faux, ou ce texte demande des guillemets",
            "a colon where no key may stand: the indentation is wrong, or this text needs quotes",
        ),
    ),
    ("mapping keys are not allowed", _said("un ? là où aucune clé n'est permise", "a ? where no key may stand")),
    (
        "sequence entries are not allowed",
        _said(
            "un tiret (-) là où aucune liste n'est permise : le retrait est faux", "a dash (-) where no list may stand: wrong indentation"
        ),
    ),
    ("expected ',' or ']'", _BRACKETS),
    ("expected ',' or '}'", _BRACES),
    *((f"expected <block end>, but found '{mark}'", _TOO_MANY) for mark in "]},"),
    ("expected <block end>", _INDENTED),
    ("invalid indentation", _INDENTED),
    ("expected the node content", _said("il manque une valeur", "a value is missing")),
    ("expected '<document start>'", _said("quelque chose suit la fin du document", "something stands after the end of the document")),
    (
        "but found another document",
        _said("un second document (---) : un fichier n'en a qu'un", "a second document (---): a file has one only"),
    ),
    ("found unexpected end of stream", _QUOTES),
    ("found unexpected document separator", _QUOTES),
    ("found undefined alias", _said("un alias (*) dont l'ancre (&) n'existe pas", "an alias (*) whose anchor (&) does not exist")),
    (
        "found character",
        _said(
            "un caractère par lequel aucune valeur ne commence : mettre ce texte entre guillemets",
            "a character with which no value begins: put this text in quotes",
        ),
    ),
    ("found unknown escape", _ESCAPE),
    ("expected escape sequence", _ESCAPE),
    ("expected chomping or indentation", _BLOCK),
    ("expected indentation indicator", _BLOCK),
    ("expected alphabetic or numeric", _NAME),
    ("found undefined tag handle", _TAG),
    ("found incompatible YAML", _DIRECTIVE),
    ("found duplicate YAML directive", _DIRECTIVE),
)
"""By the beginning of what PyYAML 6 calls the problem."""

_BY_CONTEXT: tuple[tuple[str, Text], ...] = (
    ("found duplicate anchor", _ANCHORED),
    ("while scanning a directive", _DIRECTIVE),
    ("while parsing a tag", _TAG),
    ("while scanning a tag", _TAG),
    ("while scanning a block scalar", _BLOCK),
)
"""By the beginning of its context, where the problem is one of many."""

OPENED_BEFORE = (_QUOTES, _COLON)
"""What is found behind its end, and is told where it began."""

YAML_PROBLEMS: tuple[Text, ...] = tuple(dict.fromkeys([*(text for _, text in (*_BY_PROBLEM, *_BY_CONTEXT)), _OTHERWISE]))
"""Every sentence; `{column}` counts from 1."""


def yaml_problem(context: str, problem: str) -> Text:
    """Return the sentence for an error of PyYAML, by its context and its problem; "" for none."""
    texts = (*((problem, *each) for each in _BY_PROBLEM), *((context, *each) for each in _BY_CONTEXT))
    return next((text for told, begins, text in texts if told.startswith(begins)), _OTHERWISE)
