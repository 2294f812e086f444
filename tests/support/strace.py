"""A fixture for tests that look at system calls; import it into a conftest."""

import shutil
import subprocess

import pytest

from tests.support.absent import absent


@pytest.fixture(scope="session")
def strace() -> None:
    """Tests that ask for this need strace, and the right to use it."""
    if shutil.which("strace") is None:
        absent("strace is missing, so no system call can be seen or made to fail")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode:
        absent("strace may not trace here")
