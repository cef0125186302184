"""What people call the subjects of a hub, by its configuration."""

from pathlib import Path

import pytest

from probe.config.load import load_alone
from probe.config.peek import peek
from probe.config.titles import titles
from probe.core.judgement.subject import C1
from probe.texts.judgement import LOGIN_PAGE_MISSING

EXAMPLES = Path(__file__).parents[2] / "config/examples"


@pytest.mark.parametrize("name", ["own-login.yml", "generic.yml"])
def test_c1_has_a_name_of_its_own_at_each_hub_without_a_chooser_and_at_no_other(name: str) -> None:
    config, quick = load_alone(EXAMPLES / name), peek(EXAMPLES / name)
    own = {hub: title for (hub, subject), title in titles(config).items() if subject == C1}
    alone = {hub.name for hub in config.hubs if name == "own-login.yml"}
    assert own == dict.fromkeys(alone, LOGIN_PAGE_MISSING.in_language(config.language))
    assert quick is None or {hub: title for (hub, subject), title in (quick.titles or {}).items() if subject == C1} == own
