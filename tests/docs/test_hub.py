"""docs/hub.md names every class of error codes,
and only codes of which the program knows a class.
"""

import re
from pathlib import Path

from probe.config.models import CodeTable
from probe.config.profiles import built_in_codes
from probe.core.judgement.hub_codes import CodeClass

PAGE = (Path(__file__).parents[2] / "docs" / "hub.md").read_text("utf-8")
CODES, CLASSES = PAGE.split("## Error codes")[1].split("\n## ")[0].split("### Classes of codes")


def test_the_page_explains_every_class_of_codes() -> None:
    assert re.findall(r"(?m)^\| `(\w+)` \|", CLASSES) == [str(each) for each in CodeClass]


def test_each_code_of_the_page_has_a_class() -> None:
    known = built_in_codes(CodeTable.FRANCECONNECT)
    codes = set(re.findall(r"`(Y[0-9A-F]{6,7})`", CODES))
    assert len(codes) > 50
    assert {code for code in codes if not known.classes(code) - {CodeClass.IDP_METADATA}} == set()
