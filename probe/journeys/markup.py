"""Bounds the parser's work for an HTML page before the page is parsed.

The time and the memory that building a tree takes (WHATWG HTML, "Tree construction") grow with the
square of some shapes: open elements, attributes of one element, options of one select,
formatting elements that are opened again. A page of 35 kB can take a gigabyte,
and no parser that Python has bounds that. So the page is first read as a tokenizer reads it,
without a tree, and the steps that a tree would take are added up. This reading is linear.

The sum errs on the high side. An end tag closes an element only where it certainly does in a real
tree; any other element counts as open to the end. Comments, scripts, styles and attribute
values hold no tags. Where it is not certain that they are what they look like (inside SVG,
MathML, a select or a frameset), the tags in them are counted as opened.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice

MOST_STEPS = 20_000_000
"""The most steps of a page that is parsed: some 0.02 s of the parser (`benchmarks/tag_soup.py`).

Common pages take less than 100,000.
"""

MOST_ATTRIBUTES = 5_500
"""More of one element are compared with each other in more than MOST_STEPS steps."""

MOST_TAGS = 10_000
"""The most tags of a page that is parsed, comments and the like included. A mire with a hundred
tiles has some 1,600."""

MOST_CONTROLS = 2_500
"""The most elements of which the attributes are read one by one: fields, buttons, forms, `<meta>`.
"""

_MOST_OPENINGS = 200_000  # of `<`, in text and scripts too: the parser looks at each
_MOST_NOUGHTS = 200_000  # the parser notes each as an error

_STEPS_A_TAG = 80  # to make an element, in units of one step up the open elements (3 ns)
_STEPS_A_LEVEL = 5  # one of the parser's, and those of the selectors that later walk up the tree
_STEPS_AN_OPTION = 5
_STEPS_A_QUOTE = 25  # in a long tag, where each may be an error that the parser notes
_LONG_TAG = 1_000  # bytes
_FEW_ATTRIBUTES = 12
_MOST_ALIKE = 3
# Elements without an end tag of their own that end with the one around them.
_MOST_ENDED_AT_ONCE = 16
_SMALL_PAGE = 200_000  # bytes: of a longer page with few tags the words are more than the tags
_SMALL_TAGS = 500
_SMALL_ATTRIBUTES = 4_000

_WS = rb"\t\n\f\r\x20"
MARKUP = re.compile(rb"<(?=[a-zA-Z/!?])")
_NAME_AND_VALUE = rb"""
    [^WS/>] [^WS/>=]*+ (?: [WS]*+ = [WS]*+ (?: "[^"]*+(?:"|\Z) | '[^']*+(?:'|\Z) | [^WS>"'][^WS>]*+ )?+ )?+
""".replace(b"WS", _WS)
_ATTRIBUTE = re.compile(_NAME_AND_VALUE, re.VERBOSE)
# No group in it repeats: Python 3.11 raises SystemError for a page that makes such a group fail.
TAG = re.compile(
    rb"""
    < (?P<close> /?) (?P<name> [a-zA-Z][^WS/>]*+)
    (?: [WS/]++ | ATTRIBUTE ){0,MOST}+
    >
    """.replace(b"ATTRIBUTE", _NAME_AND_VALUE)
    .replace(b"WS", _WS)
    .replace(b"MOST", b"%d" % (2 * MOST_ATTRIBUTES)),
    re.VERBOSE,
)
_OPENING = re.compile(rb"<[a-zA-Z]")
_UNFINISHED = re.compile(rb"</?[a-zA-Z]")
_COMMENT = re.compile(rb"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_BOGUS = re.compile(rb"<[!?/][^>]*>")
_SCRIPT = re.compile(rb"[-<](?:(?<=-)->|(?<=<)(?:!--|(/?)script(?=[WS/>])))".replace(b"WS", _WS), re.IGNORECASE)

VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
RAW_ELEMENTS = frozenset(b"script style title textarea xmp iframe noembed noframes plaintext".split())
_CONTROLS = frozenset(b"button form input meta select textarea".split())
_FORMATTING = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_FOREIGN = frozenset(b"svg math".split())
_INTEGRATION = frozenset(b"foreignobject desc title mi mo mn ms mtext annotation-xml".split())
_UNSURE = _FOREIGN | {b"select", b"frameset"}
BREAKOUT = frozenset(
    b"b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr ol p pre ruby"
    b" s small span strong strike sub sup table tt u ul var".split()
)
_ENDS_WITH_PARENT = frozenset(b"p li dt dd option optgroup tr td th thead tbody tfoot rp rt".split())
_ENDS_AT_NEXT = {  # such an element ends where another one of its group begins
    name: frozenset(group.split())
    for group in (b"p", b"li", b"dt dd", b"option", b"tr", b"td th", b"thead tbody tfoot")
    for name in group.split()
}
_PARAGRAPH = frozenset({b"p"})
_NOTHING = frozenset[bytes]()
_ENDS_A_PARAGRAPH = frozenset(
    b"address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6"
    b" header hgroup hr li listing main menu nav ol p plaintext pre search section summary table ul xmp".split()
)


def too_complicated(body: bytes) -> bool:
    """Tell whether the page has more tags than MOST_TAGS, more controls than MOST_CONTROLS, or may
    cost more than MOST_STEPS.

    `body` is in an encoding in which each octet of ASCII is the character of ASCII.
    """
    openings = body.count(b"<")
    if openings > _MOST_OPENINGS or body.count(b"\0") > _MOST_NOUGHTS:
        return True
    if openings <= _SMALL_TAGS and len(body) <= _SMALL_PAGE and _separators(body) <= _SMALL_ATTRIBUTES:
        return False
    reading = WorkEstimate(body)
    reading.read()
    return reading.too_much


def _separators(body: bytes) -> int:
    """Return an upper bound of the number of attributes."""
    return len(body.split()) + body.count(b"/") + body.count(b'"') + body.count(b"'")


class WorkEstimate:
    """One reading of a page. `steps`, `tags` and `controls` are its cost so far."""

    def __init__(self, body: bytes) -> None:
        self.steps = self.tags = self.controls = 0
        self._body = body
        self._at = 0
        self._open: list[bytes] = []  # elements that may be open, the outermost first
        self._count: defaultdict[bytes, int] = defaultdict(int)  # the number of them, by name
        self._unseen = 0  # further elements that may be open, whose names were not read
        # Parallel to `_open`: whether a formatting element is opened again after it was cut off
        # (`_formats`), and whether the content is SVG or MathML (`_foreign`).
        self._formats: list[bool] = []
        # Formatting elements without attributes that may be open, by name.
        self._alike: defaultdict[bytes, int] = defaultdict(int)
        self._foreign: list[bool] = []
        self._formatting = self._cut_off = 0
        self._root_attributes = self._options = 0

    @property
    def too_much(self) -> bool:
        return self.steps > MOST_STEPS or self.tags > MOST_TAGS or self.controls > MOST_CONTROLS

    def read(self) -> None:
        """Read to the end, or until it is too much."""
        while not self.too_much and (opening := MARKUP.search(self._body, self._at)):
            self._at = opening.start()
            tag = TAG.match(self._body, self._at)
            self.tags += 1
            if tag is not None:
                self._at = tag.end()
                self._end(tag) if tag["close"] else self._start(tag)
            elif not self._skip():
                return

    def _skip(self) -> bool:
        """Skip a comment, or markup that is read as one.

        False: the page ends within it, or within a tag.
        """
        if self._body.startswith(b"<![CDATA[", self._at) and self._unsure:
            end = self._body.find(b"]]>", self._at)
            self._count_within(self._at + 1, end if end >= 0 else len(self._body))
            return True
        if _UNFINISHED.match(self._body, self._at):
            # A tag in which the page ends makes no element, but its attributes are compared.
            # So does one of more attributes than MOST_ATTRIBUTES, which are not all looked at.
            self._compare(self._count_attributes(self._at, len(self._body)), 0)
            self._count_quotes(self._at, len(self._body))
            return False
        skipped = end_of_comment(self._body, self._at)
        if skipped is None:
            return False
        self._at = skipped
        return True

    @property
    def _unsure(self) -> bool:
        return any(self._count[name] for name in _UNSURE)

    @property
    def _depth(self) -> int:
        return len(self._open) + self._unseen

    # --- tags

    def _start(self, tag: re.Match[bytes]) -> None:
        name = tag["name"].lower()
        attributes = self._attributes(tag, name)
        if name in _CONTROLS:
            self.controls += 1
        if self._open:
            self._close_by(name)
        self.steps += _STEPS_A_TAG * (1 + self._cut_off) + _STEPS_A_LEVEL * self._depth
        if name == b"option" and self._count[b"select"]:
            self._options += 1
            self.steps += _STEPS_AN_OPTION * self._options
        foreign = bool(self._foreign) and self._foreign[-1] and name not in BREAKOUT
        ended = foreign and self._closes_itself(tag)
        if not ended and (foreign or name not in VOID):
            self._push(name, again=name in _FORMATTING and (attributes > 0 or self._is_one_of_few(name)))
        if name in RAW_ELEMENTS and not ended:
            self._pass_text(name)

    def _attributes(self, tag: re.Match[bytes], name: bytes) -> int:
        """Return an upper bound of the number of a tag's attributes."""
        first, last = tag.span()
        if last - first <= len(name) + 3:
            return 0
        count = 1 if last - first < 64 else self._most_attributes(tag.end("name"), last)
        if last - first > _LONG_TAG:
            self._count_quotes(first, last)
        before = self._root_attributes if name in (b"html", b"body") else 0
        if name in (b"html", b"body") and not tag["close"]:
            self._root_attributes += count
        self._compare(count, before)
        return count

    def _most_attributes(self, start: int, end: int) -> int:
        """Return an upper bound of the number of attributes in a tag: the number, unless few."""
        if end - start < _LONG_TAG and (bound := _separators(self._body[start:end])) <= _FEW_ATTRIBUTES:
            return bound
        return self._count_attributes(start, end)

    def _count_quotes(self, start: int, end: int) -> None:
        self.steps += _STEPS_A_QUOTE * (self._body.count(b"'", start, end) + self._body.count(b'"', start, end))

    def _count_attributes(self, start: int, end: int) -> int:
        """Return the number of attributes between two places, or one more than MOST_ATTRIBUTES."""
        return sum(1 for _ in islice(_ATTRIBUTE.finditer(self._body, start, end), MOST_ATTRIBUTES + 1))

    def _compare(self, attributes: int, before: int) -> None:
        """Add the cost of comparing each attribute with those that its element has already.

        Half of them on average; a comparison takes longer than a step.
        """
        self.steps += attributes * (2 * attributes // 3 + before)

    def _is_one_of_few(self, name: bytes) -> bool:
        """Tell whether this formatting element may be opened again: at most three alike are."""
        self._alike[name] += 1
        return self._alike[name] <= _MOST_ALIKE

    def _closes_itself(self, tag: re.Match[bytes]) -> bool:
        """Tell whether a tag ends in `/>`, and the slash is no part of a value without quotes."""
        if self._body[tag.end() - 2 : tag.end() - 1] != b"/":
            return False
        last = tag.end("name")
        for attribute in _ATTRIBUTE.finditer(self._body, last, tag.end() - 1):
            last = attribute.end()
        return last < tag.end() - 1

    def _close_by(self, name: bytes) -> None:
        """Close the elements that end by themselves where an element of this name begins."""
        group = _ENDS_AT_NEXT.get(name, _NOTHING)
        if group and self._open and self._open[-1] in group:
            self._pop()
        if not self._formatting:
            return
        ended = group | _PARAGRAPH if name in _ENDS_A_PARAGRAPH else group
        if any(self._count[each] for each in ended):
            self._cut_off = self._formatting  # they are cut off with the elements around them

    def _end(self, tag: re.Match[bytes]) -> None:
        name = tag["name"].lower()
        self._attributes(tag, name)
        self.steps += _STEPS_A_TAG + _STEPS_A_LEVEL * self._depth
        passed = 0  # elements that end because the one around them does
        most = min(len(self._open), _MOST_ENDED_AT_ONCE)
        while passed < most and self._open[-1 - passed] != name and self._open[-1 - passed] in _ENDS_WITH_PARENT:
            passed += 1
        if passed < len(self._open) and self._open[-1 - passed] == name:
            for _ in range(passed + 1):
                self._pop()
        elif self._count[name]:
            self._cut_off = self._formatting
            self.steps += _STEPS_A_TAG * self._cut_off

    # --- what is open

    def _push(self, name: bytes, *, again: bool) -> None:
        self._open.append(name)
        self._formats.append(again)
        self._foreign.append(name in _FOREIGN or (name not in _INTEGRATION and bool(self._foreign) and self._foreign[-1]))
        self._count[name] += 1
        self._formatting += again

    def _pop(self) -> None:
        name = self._open.pop()
        self._foreign.pop()
        self._count[name] -= 1
        self._formatting -= self._formats.pop()
        if self._alike[name]:
            self._alike[name] -= 1
        self._cut_off = min(self._cut_off, self._formatting)
        if name == b"select" and not self._count[name]:
            self._options = 0

    # --- text that looks like tags

    def _pass_text(self, name: bytes) -> None:
        """Skip the content of an element that holds text alone, up to its end tag."""
        end = end_of_text(self._body, name, self._at)
        if name == b"script":  # what is in it took as long to read as tags
            self.tags += min(MOST_TAGS, self._body.count(b"<!--", self._at, end) + self._body.count(b"-->", self._at, end))
        if self._unsure:
            self._count_within(self._at, end)
        self._at = end

    def _count_within(self, start: int, end: int) -> None:
        """Count a part that may be text or tags: each tag in it counts as open to the end."""
        opened = len(_OPENING.findall(self._body, start, end))
        self.tags += opened
        self.steps += opened * (_STEPS_A_TAG + _STEPS_A_LEVEL * (self._depth + opened))
        self._unseen += opened
        self._at = end


# --- tags


def tags(body: bytes, holds_text: Callable[[bytes], bool] = RAW_ELEMENTS.__contains__) -> Iterator[re.Match[bytes]]:
    """Yield the tags of a page in their order, each a match of TAG, up to one in which it ends.

    Comments hold none, and neither do elements that hold text alone: by their names, in small
    letters, those of `holds_text`, which is asked after the tag was given out.
    """
    at = 0
    while opening := MARKUP.search(body, at):
        tag = TAG.match(body, opening.start())
        if tag is None:
            end = end_of_comment(body, opening.start())
            if end is None:
                return
            at = end
            continue
        at, name = tag.end(), tag["name"].lower()
        yield tag
        if not tag["close"] and holds_text(name):
            at = end_of_text(body, name, at)


# --- text that holds no tags


def end_of_comment(body: bytes, at: int) -> int | None:
    """Return where a comment ends, or markup that is read as one; None when the page ends first."""
    found = (_COMMENT if body.startswith(b"<!--", at) else _BOGUS).match(body, at)
    return found.end() if found else None


def end_of_text(body: bytes, name: bytes, at: int) -> int:
    """Return where the text of an element that holds text alone ends; `at` is after its tag."""
    if name == b"script":
        return _end_of_script(body, at)
    if name == b"plaintext":
        return len(body)
    end_tag = _end_tag(name).search(body, at)
    return end_tag.start() if end_tag else len(body)


@lru_cache(maxsize=32)
def _end_tag(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"</" + name + rb"(?=[\t\n\f\r />])", re.IGNORECASE)


def _end_of_script(body: bytes, at: int) -> int:
    """Return where a script ends. One that holds `<!--` may hold another script.

    The standard calls it "script data double escaped state".
    """
    escaped = double = False
    marks = 0
    while (mark := _SCRIPT.search(body, at)) and marks <= MOST_TAGS:
        marks += 1
        at = mark.end()
        if mark[0] == b"<!--":
            at, escaped = at - 2, True  # its hyphens may be those of `-->`
        elif mark[0] == b"-->":
            escaped = double = False
        elif not mark[1]:
            double = escaped
        elif double:
            double = False
        else:
            return mark.start()
    return len(body)
