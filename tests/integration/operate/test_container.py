"""The Containerfile, followed step by step without a container: what it names works together.

The base image, pip's downloads and the user are left to the engine; all else is done as it says.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.containerfile import TOP, copied, steps
from tests.support.service import PATIENCE, free_port, running


@dataclass
class Image:
    """What stands in the container's file system, in a folder."""

    root: Path
    port: int

    def inside(self, text: str) -> str:
        """Return words of the Containerfile with this folder's paths and a port that is free."""
        for name in ("/app", "/wheel", "/site"):
            text = text.replace(name, f"{self.root}{name}")
        return text.replace("8025", str(self.port))

    @property
    def environment(self) -> dict[str, str]:
        """What ENV sets, on top of what a shell has."""
        given = {
            name: text for name, text in os.environ.items() if not name.startswith("NEWSLETTER")
        }
        for line in steps("ENV"):
            for word in shlex.split(self.inside(line)):
                name, _, text = word.partition("=")
                given[name] = text.replace("$PATH", os.environ["PATH"])
        return given


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The first stage's wheel, made of what is copied and nothing else, installed in `/app`."""
    image = Image(tmp_path_factory.mktemp("image"), free_port())
    folder = image.root / "build"
    folder.mkdir()
    for name in copied():
        take = shutil.copytree if (TOP / name).is_dir() else shutil.copy
        take(TOP / name, folder / name)
    first, second = steps("RUN")[:2]
    for command in (*first.split(" && "), *second.split(" && ")):
        follow(image, folder, command.strip())
    return image


def follow(image: Image, folder: Path, command: str) -> None:
    """Do one command of a RUN step; our own pip and hatchling stand in for the new ones."""
    words = shlex.split(image.inside(command))
    python = str(image.root / "app/bin/python")
    if words[1] == "install":
        if "hatchling" in words:
            return
        (wheel,) = (image.root / "wheel").glob("*.whl")
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
        words = [*pip, "--no-deps", "--no-index", str(wheel)]
    elif words[2] == "venv":
        words = [sys.executable, "-m", "venv", "--without-pip", *words[3:]]
    elif words[2] == "hatchling":
        words[0] = sys.executable
    subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=PATIENCE)
    packages = image.root / "app/lib" / f"python{sysconfig.get_python_version()}/site-packages"
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))


def test_the_program_is_the_wheels(image: Image) -> None:
    """What ENTRYPOINT starts is the installed wheel, not the repository."""
    (entry,) = json.loads(steps("ENTRYPOINT")[0])
    program = shutil.which(entry, path=image.environment["PATH"])
    assert program == str(image.root / "app/bin" / entry)
    code = "import newsletter, subscribers; print(newsletter.__file__, subscribers.__file__)"
    done = subprocess.run(
        [image.root / "app/bin/python", "-c", code],
        capture_output=True, text=True, check=True, cwd=image.root, timeout=PATIENCE,
    )  # fmt: skip
    assert all(path.startswith(str(image.root)) for path in done.stdout.split())


def test_it_lives_and_ends_as_it_says(image: Image) -> None:
    """ENTRYPOINT and CMD run the site of ENV, HEALTHCHECK finds it well, STOPSIGNAL ends it."""
    environment = image.environment
    (entry,) = json.loads(steps("ENTRYPOINT")[0])
    (command,) = json.loads(steps("CMD")[0])
    program = str(shutil.which(entry, path=environment["PATH"]))
    site = Path(image.inside(steps("WORKDIR")[-1]))
    subprocess.run([program, "init", site], check=True, capture_output=True, timeout=PATIENCE)
    assert environment["NEWSLETTER_CONFIG"] == str(site / "config.toml")
    assert command == "run"
    with running(site, environment, (program,)) as service:
        service.wait_for("pages are served")
        service.wait_for("started")
        healthy = json.loads(image.inside(steps("HEALTHCHECK")[0].partition("CMD ")[2]))
        subprocess.run(healthy, env=environment, check=True, timeout=PATIENCE)
        service.send(signal.Signals[steps("STOPSIGNAL")[0]])
        assert service.finish() == (0, "")
    late = subprocess.run(
        healthy, env=environment, check=False, capture_output=True, timeout=PATIENCE
    )
    assert late.returncode == 1
