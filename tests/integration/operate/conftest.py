from tests.support.strace import strace

__all__ = ["strace"]
