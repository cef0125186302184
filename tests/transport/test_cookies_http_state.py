"""The published vectors of http-state (the tests of RFC 6265), by their names.

Each is: lines of `Set-Cookie` that home.example.org answers with on /cookie-parser, and the cookies
that go to /cookie-parser-result afterwards, over http. Of those with hosts of their own, the ones
are here whose second request goes back to the same host. Not here: `disabled-*` and `optional-*`,
which the suite leaves open, those that say the same as another one, and names in other scripts.
Long values are shortened.
"""

import pytest

from probe.transport.cookies import Jar
from probe.transport.urls import parse

NOW = 1_300_000_000 * 1_000_000  # microseconds since 1970: March 2011, when the vectors were written
SET, SENT = "http://home.example.org:8888/cookie-parser?0", "http://home.example.org:8888/cookie-parser-result?0"

VECTORS: dict[str, tuple[list[str], str]] = {
    "0001": (["foo=bar"], "foo=bar"),
    "0002": (["foo=bar; Expires=Fri, 07 Aug 2019 08:04:19 GMT"], "foo=bar"),
    "0003": (["foo=bar; Expires=Fri, 07 Aug 2007 08:04:19 GMT", "foo2=bar2; Expires=Fri, 07 Aug 2017 08:04:19 GMT"], "foo2=bar2"),
    "0005": (["foo=bar; max-age=10000;"], "foo=bar"),
    "0006": (["foo=bar; max-age=0;"], ""),
    "0008": (["foo=bar; version=1000;"], "foo=bar"),
    "0010": (["foo=bar; secure;"], ""),
    "0011": (['foo=bar; customvalue="1000 or more";'], "foo=bar"),
    "0013": (["foo=bar", "foo=qux"], "foo=qux"),
    "0014": (["foo1=bar", "foo2=qux"], "foo1=bar; foo2=qux"),
    "0016": (["z=y", "a=b"], "z=y; a=b"),
    "0017": (["z=y, a=b"], "z=y, a=b"),
    "0018": (["z=y; foo=bar, a=b"], "z=y"),
    "0019": (["foo=b;max-age=3600, c=d;path=/"], "foo=b"),
    "0020": (["a=b", "=", "c=d"], "a=b; c=d"),
    "0022": (["a=b", "x=", "c=d"], "a=b; x=; c=d"),
    "attribute0001": (["foo=bar; Secure"], ""),
    "attribute0002": (["foo=bar; seCURe"], ""),
    "attribute0003": (['foo=bar; "Secure"'], "foo=bar"),
    "attribute0004": (["foo=bar; Secure="], ""),
    "attribute0005": (["foo=bar; Secure=aaaa"], ""),
    "attribute0006": (["foo=bar; Secure qux"], "foo=bar"),
    "attribute0007": (["foo=bar; Secure =aaaaa"], ""),
    "attribute0010": (["foo=bar; Secure;qux"], ""),
    "attribute0013": (["foo=bar;       Secure     ;"], ""),
    "attribute0014": (["foo=bar; Path"], "foo=bar"),
    "attribute0015": (["foo=bar; Path="], "foo=bar"),
    "attribute0017": (["foo=bar; Path=/qux"], ""),
    "attribute0018": (["foo=bar; Path    =/qux"], ""),
    "attribute0019": (["foo=bar; Path=    /qux"], ""),
    "attribute0020": (["foo=bar; Path=/qux      ; taz"], ""),
    "attribute0021": (["foo=bar; Path=/qux; Path=/"], "foo=bar"),
    "attribute0022": (["foo=bar; Path=/; Path=/qux"], ""),
    "attribute0023": (["foo=bar; Path=/qux; Path=/cookie-parser-result"], "foo=bar"),
    "attribute0024": (["foo=bar; Path=/cookie-parser-result; Path=/qux"], ""),
    "attribute0025": (["foo=bar; qux; Secure"], ""),
    "attribute0026": (['foo=bar; qux="aaa;bbb"; Secure'], ""),
    "chromium0002": (['aBc="zzz "   ;'], 'aBc="zzz "'),
    "chromium0004": (['aBc="zz;pp" ; ;'], 'aBc="zz'),
    "chromium0006": (['aBc="zzz "   "ppp"  ;'], 'aBc="zzz "   "ppp"'),
    "chromium0008": (['aBc=A"B ;'], 'aBc=A"B'),
    "chromium0013": (["ABC=;  path = /"], "ABC="),
    "chromium0014": (["  A  = BC  ;foo;;;   bar"], "A=BC"),
    "chromium0015": (["  A=== BC  ;foo;;;   bar"], "A=== BC"),
    "chromium0016": (['foo="zoh"  ; expires=Sun, 18-Apr-2027 21:06:29 GMT ; path=/  ;  '], 'foo="zoh"'),
    "chromium0018": (["    "], ""),
    "chromium0021": ([""], ""),
    "comma0001": (["foo=bar, baz=qux"], "foo=bar, baz=qux"),
    "comma0002": (['foo="bar, baz=qux"'], 'foo="bar, baz=qux"'),
    "comma0003": (["foo=bar; b,az=qux"], "foo=bar"),
    "comma0005": (["foo=bar; Max-Age=50,399"], "foo=bar"),
    "comma0007": (["foo=bar; Expires=Fri 07 Aug 2019 08:04:19 GMT, baz=qux"], "foo=bar"),
    "domain0001": (["foo=bar; domain=home.example.org"], "foo=bar"),
    "domain0003": (["foo=bar; domain=.home.example.org"], "foo=bar"),
    "domain0007": (["foo=bar; domain=sibling.example.org"], ""),
    "domain0008": (["foo=bar; domain=.example.org"], "foo=bar"),
    "domain0010": (["foo=bar; domain=..home.example.org"], ""),
    "domain0011": (["foo=bar; domain=home..example.org"], ""),
    "domain0012": (["foo=bar; domain=  .home.example.org"], "foo=bar"),
    "domain0013": (["foo=bar; domain=  .  home.example.org"], ""),
    "domain0014": (["foo=bar; domain=home.example.org."], ""),
    "domain0017": (["foo=bar; domain=.org"], ""),
    "domain0019": (["foo=bar; domain=home.example.org", "foo2=bar2; domain=.home.example.org"], "foo=bar; foo2=bar2"),
    "domain0021": (['foo=bar; domain="home.example.org"'], ""),
    "domain0023": (["foo2=bar2; domain=.example.org", "foo=bar; domain=home.example.org"], "foo2=bar2; foo=bar"),
    "domain0026": (["foo=bar; domain=home.eXaMpLe.org"], "foo=bar"),
    "domain0027": (["foo=bar; domain=home.example.org:8888"], ""),
    "domain0028": (["foo=bar; domain=subdomain.home.example.org"], ""),
    "domain0034": (["foo=bar; domain=home.example.org; domain=home.example.com"], ""),
    "domain0035": (["foo=bar; domain=home.example.com; domain=home.example.org"], "foo=bar"),
    "domain0036": (["foo=bar; domain=home.example.org; domain=home.example.com; domain=home.example.org"], "foo=bar"),
    "domain0037": (["foo=bar; domain=home.example.com; domain=home.example.org; domain=home.example.com"], ""),
    "domain0040": (["foo=bar; domain=example.org; domain=home.example.org"], "foo=bar"),
    "domain0041": (["foo=bar; domain=.sibling.example.org"], ""),
    "domain0042": (["foo=bar; domain=.sibling.home.example.org"], ""),
    "mozilla0001": (["foo=bar; max-age=-1"], ""),
    "mozilla0003": (["foo=bar; expires=Thu, 10 Apr 1980 16:33:12 GMT"], ""),
    "mozilla0008": (["foo=bar; max-age=60", "foo1=bar; max-age=60"], "foo=bar; foo1=bar"),
    "mozilla0009": (["foo=bar; max-age=60", "foo1=bar; max-age=60", "foo=differentvalue; max-age=0"], "foo1=bar"),
    "mozilla0010": (["foo=bar; max-age=60", "foo1=bar; max-age=60", "foo=x; max-age=0", "foo2=x; max-age=0"], "foo1=bar"),
    "mozilla0011": (["test=parser; domain=.parser.test; ;; ;=; ,,, ===,abc,=; abracadabra! max-age=20;=;;"], ""),
    "mozilla0013": (["test=kill; max-age=0", "five; max-age=0"], ""),
    "name0002": (["1=bar"], "1=bar"),
    "name0003": (["$=bar"], "$=bar"),
    "name0005": (["@a=bar"], "@a=bar"),
    "name0008": (["%a=bar"], "%a=bar"),
    "name0016": (["+=bar"], "+=bar"),
    "name0018": (["a =bar"], "a=bar"),
    "name0019": (['"a=bar'], '"a=bar'),
    "name0020": (['"a=b"=bar'], '"a=b"=bar'),
    "name0021": (['"a=b"=bar', '"a=qux'], '"a=qux'),
    "name0022": (["   foo=bar"], "foo=bar"),
    "name0024": (["$Version=1; foo=bar"], "$Version=1"),
    "name0026": (["foo=bar    "], "foo=bar"),
    "name0029": (["="], ""),
    "name0030": (["foo bar=baz"], "foo bar=baz"),
    "path0001": (["a=b; path=/", "x=y; path=/cookie-parser-result"], "x=y; a=b"),
    "path0004": (["x=y; path=/cookie-parser-result", "a=b; path=/"], "x=y; a=b"),
    "path0005": (["foo=bar; path=/cookie-parser-result/foo"], ""),
    "path0006": (["foo=bar", "foo=qux; path=/cookie-parser-result/foo"], "foo=bar"),
    "path0019": (["foo=bar; path"], "foo=bar"),
    "path0020": (["foo=bar; path="], "foo=bar"),
    "path0022": (["foo=bar; path= /"], "foo=bar"),
    "path0023": (["foo=bar; Path=/cookie-PARSER-result"], ""),
    "path0029": (["a=b; \tpath\t=\t/cookie-parser-result\t", "x=y; \tpath\t=\t/book\t"], "a=b"),
    "path0030": (["foo=bar; path=/dog; path="], "foo=bar"),
    "path0031": (["foo=bar; path=; path=/dog"], ""),
    "value0001": (["foo=  bar"], "foo=bar"),
    "value0002": (['foo="bar"'], 'foo="bar"'),
    "value0003": (['foo="  bar "'], 'foo="  bar "'),
    "value0004": (['foo="bar;baz"'], 'foo="bar'),
    "value0005": (['foo="bar=baz"'], 'foo="bar=baz"'),
    "value0006": (["\tfoo\t=\tbar\t \t;\tttt"], "foo=bar"),
}

_NAMELESS = "RFC 6265bis keeps a cookie without a name, as Chromium does; RFC 6265 did not"
LEFT: dict[str, tuple[list[str], str, str, str]] = {
    "0004": (["foo"], "", "foo", _NAMELESS),
    "0021": (["a=b", "=x", "c=d"], "a=b; c=d", "a=b; x; c=d", _NAMELESS),
    "0023": (["foo", ""], "", "foo", _NAMELESS),
    "0024": (["foo", "="], "", "foo", _NAMELESS),
    "0025": (["foo", "; bar"], "", "foo", _NAMELESS),
    "0026": (["foo", "   "], "", "foo", _NAMELESS),
    "0027": (["foo", "bar"], "", "bar", _NAMELESS),
    "0028": (["foo", "\t"], "", "foo", _NAMELESS),
    "chromium0009": (["BLAHHH; path=/;"], "", "BLAHHH", _NAMELESS),
    "chromium0010": (['"BLA\\"HHH"; path=/;'], "", '"BLA\\"HHH"', _NAMELESS),
    "chromium0012": (["=ABC"], "", "ABC", _NAMELESS),
    "mozilla0012": (
        ['test="fubar! = foo;bar\\";" parser; max-age=6', "five; max-age=2.63,"],
        'test="fubar! = foo',
        'test="fubar! = foo; five',
        _NAMELESS,
    ),
    "mozilla0014": (["six"], "", "six", _NAMELESS),
    "mozilla0015": (["six", "seven"], "", "seven", _NAMELESS),
    "mozilla0016": (["six", "seven", " =eight"], "", "eight", _NAMELESS),
    "mozilla0017": (["six", "seven", " =eight", "test=six"], "test=six", "eight; test=six", _NAMELESS),
    "name0017": (["=a=bar"], "", "a=bar", _NAMELESS),
    "name0023": (["foo;bar=baz"], "", "foo", _NAMELESS),
    "name0025": (["===a=bar"], "", "==a=bar", _NAMELESS),
    "name0028": (["=a"], "", "a", _NAMELESS),
    "name0031": (['"foo;bar"=baz'], "", '"foo', _NAMELESS),
    "name0032": (['"foo\\"bar;baz"=qux'], "", '"foo\\"bar', _NAMELESS),
    "name0033": (["=foo=bar", "aaa"], "", "aaa", _NAMELESS),
}
"""The vectors that Vigie leaves: what the suite expects, what Vigie sends instead, and why."""


def sent_after(lines: list[str]) -> str:
    jar = Jar()
    jar.take(parse(SET), [line.encode() for line in lines], NOW)
    return jar.header(parse(SENT), NOW)


@pytest.mark.parametrize(("lines", "sent"), VECTORS.values(), ids=VECTORS)
def test_a_vector_of_http_state(lines: list[str], sent: str) -> None:
    assert sent_after(lines) == sent


@pytest.mark.parametrize(("lines", "expected", "instead", "why"), LEFT.values(), ids=LEFT)
def test_a_vector_that_is_left_for_a_reason(lines: list[str], expected: str, instead: str, why: str) -> None:
    assert sent_after(lines) == instead != expected, why
