"""The committed dashboards, and the same in English."""

import json
from collections.abc import Mapping
from typing import Any

from dashboards.generate import FOLDER, files
from probe.texts.bilingual import Language

DASHBOARDS: Mapping[str, Mapping[str, Any]] = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
"""By uid, in French."""
ENGLISH: Mapping[str, Mapping[str, Any]] = {
    name.removesuffix(".json"): json.loads(text) for name, text in sorted(files(Language.EN).items())
}
