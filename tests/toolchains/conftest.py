"""What tests of toolchains share."""

import pytest

from tests.toolchains.gallery import Gallery


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    """Projects of every language and pattern, each built once."""
    return Gallery(tmp_path_factory.mktemp("gallery"))
