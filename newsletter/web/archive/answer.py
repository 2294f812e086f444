"""What browsers may keep of the archive, and when they needn't fetch it again (RFC 9110, 13)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from newsletter.web.pages import PUBLIC

_TAG = re.compile(r'"[^"]*"')


def answer(
    request: Request,
    content: bytes,
    media_type: str,
    changed: datetime | None,
    more: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a document that changed last then, or with 304 for who has it already."""
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {**PUBLIC, **(more or {}), "ETag": tag}
    if changed:
        headers["Last-Modified"] = format_datetime(changed.astimezone(UTC), usegmt=True)
    if _has_it(request, tag, changed):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


def _has_it(request: Request, tag: str, changed: datetime | None) -> bool:
    """The tag decides; the date does only where no tag is sent (RFC 9110, 13.2.2)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in _TAG.findall(tags)
    since = request.headers.get("if-modified-since")
    if since is None or changed is None:
        return False
    try:
        seen = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return False
    whole = changed.replace(microsecond=0)
    return whole <= (seen if seen.tzinfo else seen.replace(tzinfo=UTC))
