"""Loading: garbage collections are put off, and come back whatever happens."""

import gc
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError

if TYPE_CHECKING:
    from tests.run.conftest import World


@pytest.mark.parametrize("works", [True, False])
@pytest.mark.parametrize("enabled", [True, False])
def test_collections_are_as_before(world: "World", *, works: bool, enabled: bool) -> None:
    """Also where the engine cannot be loaded, and where the user has turned them off."""
    world.script(**({} if works else {"fail_open": "broken"}))
    device = world.session().device
    if not enabled:
        gc.disable()
    try:
        if works:
            device.engine()
        else:
            with pytest.raises(FtevalsError):
                device.engine()
        assert gc.isenabled() == enabled
    finally:
        gc.enable()
