"""What the metrics and the page show of a hub that logs citizens in itself: no C3, and no tile."""

from dataclasses import replace

from exporters.metrics.readings import HubView, IdpView
from probe.config.models import Config
from probe.core.judgement.condition import C1, C2, CONDITIONS
from probe.service.view import view_of
from tests.fakes.hub import configured


def own_login() -> Config:
    config = configured()
    hub = config.hubs[0]
    profile = {"chooser": "none", "paths": {}}
    data = hub.model_dump(mode="python", include={"name", "issuer", "sp"})
    idp = hub.idps[0].model_dump(mode="python", include={"name", "recipe", "account"})
    data["sp"] = hub.sp
    return Config.model_validate({"hubs": [{**data, "profile": profile, "idps": [idp]}]})


def test_the_view_of_such_a_hub_has_the_conditions_that_can_hold() -> None:
    (own,) = view_of(own_login(), ()).hubs
    assert own.conditions == (C1, C2)
    (usual,) = view_of(configured(), ()).hubs
    assert usual.conditions == CONDITIONS
    assert replace(own, conditions=CONDITIONS).idps == (IdpView("impots", "", "impots", levels=("eidas1",)),)
    assert HubView("fc").conditions == CONDITIONS
