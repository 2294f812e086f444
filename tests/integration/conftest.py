"""What the tests against real servers share."""

from tests.support.tls import authority, localhost

__all__ = ["authority", "localhost"]
