"""Notifications that a relay's own service mails as JSON: Amazon SES through its topics."""

import json
import re
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any

from newsletter.postbox.mime import content_type, parts, text_of
from newsletter.postbox.report import Feedback, Kind, Said
from newsletter.postbox.words import said

_KIND = re.compile(r'"(?:notificationType|eventType)\\?"\s*:\s*\\?"(Bounce|Complaint|Delivery)')


def feedback(message: Message) -> tuple[Feedback, ...]:
    """Return what such a notification says; nothing where the message is none."""
    for part in parts(message):
        if content_type(part) in ("text/plain", "application/json"):
            text = text_of(part)
            if _KIND.search(text) and (found := tuple(_about(_document(text)))):
                return found
    return ()


def _document(text: str) -> Mapping[str, Any]:
    """Return the JSON object in a text, or the one that its `Message` holds."""
    start = text.find("{")
    try:
        document, _ = json.JSONDecoder().raw_decode(text[start:].replace("\n", ""))
        inner = document.get("Message") if isinstance(document, dict) else None
        document = json.loads(inner) if isinstance(inner, str) else document
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _about(document: Mapping[str, Any]) -> Iterator[Feedback]:
    bounce, complaint = document.get("bounce"), document.get("complaint")
    if isinstance(bounce, dict):
        delayed = bounce.get("bounceType") != "Permanent"
        for one in _recipients(bounce, "bouncedRecipients"):
            words = said(str(one.get("diagnosticCode") or ""), str(one.get("status") or ""))
            kind = f"{bounce.get('bounceType')} {bounce.get('bounceSubType')}"
            final = not (delayed and str(one.get("action")) == "delayed")
            evidence = (words, Said(0, words.status, kind))
            yield Feedback(Kind.BOUNCE, str(one.get("emailAddress") or ""), final, evidence)
    if isinstance(complaint, dict):
        for one in _recipients(complaint, "complainedRecipients"):
            yield Feedback(Kind.COMPLAINT, str(one.get("emailAddress") or ""), final=True)


def _recipients(part: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = part.get(name)
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))
