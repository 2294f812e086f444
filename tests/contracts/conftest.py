"""What the contract's subjects need."""

from tests.support.tls import authority, localhost

__all__ = ["authority", "localhost"]
