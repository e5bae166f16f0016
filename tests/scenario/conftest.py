"""The assistant that all scenario tests talk to, and the order in which they do."""

from pathlib import Path

import pytest

from tests.running import Assistant, shared

_HERE = Path(__file__).parent
_LAST = "test_the_end.py"


@pytest.fixture(scope="session")
def assistant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The whole assistant, running."""
    return shared(request.config, tmp_path_factory)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need the trained model; what stops the assistant and reads its traces comes last of all."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.path.name == _LAST)
