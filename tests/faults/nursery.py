"""Newsletter processes that are ready at once: forked from one that has read every module.

It has made a month's letters, too. A start costs a tenth of what it does with a fresh interpreter,
so that many more kills can be tried. What runs is `newsletter.cli.main.run`, as in production, in
a process of its own.

Run as a program, this is the one they are forked from. It reads a request a line (JSON: what
`become` takes), and answers `started NUMBER` and, when that child has ended, `ended CODE`. One
child at a time.
"""

import json
import os
import sys
import tempfile
import time
import traceback
from importlib import import_module
from pathlib import Path

import click

from newsletter import config, proofreading
from newsletter.cli.main import root, run
from newsletter.cli.site import scaffold
from newsletter.model import Month
from tests.faults.world import MONTH

PATIENCE = 30.0
"""Seconds in which strace has to come."""


def get_ready() -> None:
    """Read every module, and make the letters of the month that the children will send."""
    context = click.Context(root)
    for name in root.list_commands(context):
        root.get_command(context, name)
    import_module("newsletter.delivery.smtp")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        scaffold(site, (MONTH,))
        findings = proofreading.check(config.load(site / "config.toml"), Month.parse(MONTH))
        assert all(one.level != "error" for one in findings)


def wait_for_tracer() -> None:
    """Do nothing until strace is there."""
    end = time.monotonic() + PATIENCE
    while "\nTracerPid:\t0\n" in Path("/proc/self/status").read_text():
        if time.monotonic() > end:
            raise TimeoutError("strace has not come")
        time.sleep(0.001)


def become(words: list[str], environment: dict[str, str], out: str, err: str, traced: bool) -> int:
    """Be the newsletter: run a command line, and return its exit code."""
    os.environ.clear()
    os.environ.update(environment)
    for path, stream in ((out, sys.stdout), (err, sys.stderr)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, stream.fileno())
        os.close(file)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, sys.stdin.fileno())
    if traced:
        wait_for_tracer()
    code = run(words)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def live(line: str) -> int:
    """Be what the request asks for; never come back into the loop of the one we came from."""
    try:
        return become(**json.loads(line))
    except BaseException:
        traceback.print_exc()
        return 70


def serve() -> None:
    """Answer requests until there are no more."""
    get_ready()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(live(line))
        print("started", child, flush=True)
        _, status = os.waitpid(child, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
