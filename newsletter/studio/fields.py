"""What a form of the studio sends, read within bounds."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

_MOST = 64 * 1024
"""Octets of a form; ours have a few hundred."""


async def fields_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, the last of each name. A 413 for one that is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST:
            raise HTTPException(413)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
