"""At which widths and on which screens a letter is pictured, and the picturing."""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.pictures.browser import Browser, opened

WIDTHS = (320, 375, 600, 1024)
"""CSS pixels: two phones, the letter's own column, a desk."""

SCREENS = ("light", "dark")
"""What the reader's screen prefers; the letter has colours for each."""

_LONGEST = 16_000
"""Pixels of a picture's height: a browser draws no longer ones."""


@dataclass(frozen=True, slots=True)
class Look:
    """One width, one screen."""

    width: int
    screen: str

    @property
    def name(self) -> str:
        """What a file with this look is called after its letter: `320-dark`."""
        return f"{self.width}-{self.screen}"


LOOKS = tuple(Look(width, screen) for width in WIDTHS for screen in SCREENS)


def picture(html: str, looks: Sequence[Look] = LOOKS) -> Iterator[tuple[Look, bytes]]:
    """Yield each look of a letter, from top to bottom, as PNG; one pixel a CSS pixel.

    The letter runs nothing and fetches nothing. Raises OutsideError where there is no Chromium, or
    it fails.
    """
    with opened() as browser:
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.ask("Target.attachToTarget", targetId=target, flatten=True)
        page = _Page(browser, attached["sessionId"])
        page.isolate()
        for look in looks:
            yield look, page.picture(html, look)


@dataclass(frozen=True, slots=True)
class _Page:
    browser: Browser
    session: str

    def isolate(self) -> None:
        """Let it run nothing and fetch nothing."""
        self.browser.ask("Network.enable", self.session)
        nothing = {"latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        self.browser.ask("Network.emulateNetworkConditions", self.session, offline=True, **nothing)
        self.browser.ask("Emulation.setScriptExecutionDisabled", self.session, value=True)
        self.browser.ask("Emulation.setScrollbarsHidden", self.session, hidden=True)

    def picture(self, html: str, look: Look) -> bytes:
        ask, session = self.browser.ask, self.session
        preferred = {"name": "prefers-color-scheme", "value": look.screen}
        ask("Emulation.setEmulatedMedia", session, features=[preferred])
        size = {"width": look.width, "height": 800, "deviceScaleFactor": 1}
        ask("Emulation.setDeviceMetricsOverride", session, mobile=False, **size)
        frame = ask("Page.getFrameTree", session)["frameTree"]["frame"]["id"]
        ask("Page.setDocumentContent", session, frameId=frame, html=html)
        height = ask("Page.getLayoutMetrics", session)["cssContentSize"]["height"]
        whole = {"x": 0, "y": 0, "width": look.width, "height": min(height, _LONGEST), "scale": 1}
        taken = ask(
            "Page.captureScreenshot", session, clip=whole, captureBeyondViewport=True, format="png"
        )
        return b64decode(taken["data"])
