"""The Containerfile names what is there. No container engine is needed to see that."""

import json
import re

from newsletter.bootstrap import App
from newsletter.clock import SystemClock
from newsletter.config import Settings, Web
from newsletter.service import health
from newsletter.service.vitals import Vitals
from tests.support.containerfile import STEPS, TOP, copied, steps


def test_what_is_copied_is_there() -> None:
    """Every path the build takes from the repository exists in it."""
    assert copied()
    assert [path for path in copied() if not (TOP / path).exists()] == []


def test_everything_the_wheel_holds_is_copied() -> None:
    """What pyproject.toml puts into the wheel is in the build's folder."""
    text = (TOP / "pyproject.toml").read_text("utf-8")
    block = text.partition("force-include]\n")[2].partition("\n\n")[0]
    wanted = set(re.findall(r'^"([\w.]+)" =', block, re.M)) | {"newsletter", "subscribers"}
    assert wanted <= set(copied())


def test_it_does_not_run_as_root() -> None:
    """The last USER is a number above 0, and stands before the start."""
    assert steps("USER")[-1] == "10001:10001"
    verbs = [verb for verb, _ in STEPS]
    assert verbs.index("USER") < verbs.index("ENTRYPOINT")


def test_the_last_stage_is_clean() -> None:
    """The build's tools stay in the first stage: the second takes only the environment."""
    last = len(STEPS) - 1 - [verb for verb, _ in STEPS][::-1].index("FROM")
    assert [rest for verb, rest in STEPS[last:] if verb == "COPY"] == ["--from=build /app /app"]


def test_its_health_is_asked_where_the_service_answers() -> None:
    """The health check asks for a path that the service serves, at the port it is given."""
    command = json.loads(steps("HEALTHCHECK")[0].partition("CMD ")[2])
    compile(command[2], "healthcheck", "exec")
    app = App(Settings(), SystemClock())
    paths = {getattr(route, "path", "") for route in health.routes(lambda: app, Vitals())}
    assert "/healthz" in paths
    assert f"127.0.0.1:{Web().port}/healthz" in command[2]
    assert f"NEWSLETTER_WEB__PORT={Web().port}" in steps("ENV")[0]
