"""Fixtures for tests that need certificates; import them into a conftest."""

import pytest

from tests.support.absent import absent
from tests.support.certificates import Authority, Leaf, available


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority of the tests' own, made once."""
    if not available():
        absent("the openssl command is missing, so there are no certificates")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def localhost(authority: Authority) -> Leaf:
    """A good certificate for `localhost` and 127.0.0.1."""
    return authority.issue("localhost", "DNS:localhost,IP:127.0.0.1")
