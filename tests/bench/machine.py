"""What the machine has: cores to pin to, programs to compare with, and its description."""

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "research-newsletter-bench"
"""Where compiled and downloaded parts lie; it may be removed at any time."""

TOP = Path(__file__).parents[2]
_SOURCE = Path(__file__).with_name("receiver.c")


def pinned(core: int, command: Sequence[object]) -> list[str]:
    """Return the command, bound to one core where that can be done."""
    words = [str(word) for word in command]
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or not shutil.which("taskset"):
        return words
    return ["taskset", "-c", str(cores[core % len(cores)]), *words]


def program(name: str) -> str | None:
    """Return the path of a program; Postfix's lie where only root looks."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def fast_receiver() -> Path | None:
    """Compile the small receiver; None without a C compiler."""
    compiler = program("cc") or program("gcc")
    if compiler is None:
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    target = CACHE / "receiver"
    if not target.exists() or target.stat().st_mtime < _SOURCE.stat().st_mtime:
        command = [compiler, "-O2", "-Wall", "-Werror", "-o", target, _SOURCE]
        subprocess.run(command, check=True, timeout=60)
    return target


def nodemailer() -> Path | None:
    """Install nodemailer into the cache; return the folder, None where it can't be had."""
    npm = program("npm")
    if npm is None or not program("node"):
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    if not (CACHE / "node_modules/nodemailer").exists():
        command = [npm, "install", "--silent", "--no-fund", "--no-audit", "nodemailer"]
        done = subprocess.run([*command, "--prefix", CACHE], check=False, timeout=120)
        if done.returncode:
            return None
    return CACHE


def description() -> str:
    """Return one line about the machine and its versions."""
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{_processor()}, {len(os.sched_getaffinity(0))} cores; {system}; {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def python(module: str, *words: object) -> list[object]:
    """Return the command that runs a module of these measurements in a process of its own."""
    return [sys.executable, "-m", module, *words]
