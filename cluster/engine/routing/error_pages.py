"""What a client gets when no pod answers: the status by the kind of failure, and the router's page
"Application is not available" (openshift/router: error-page-503.http; HAProxy's own short bodies)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from html import escape
from typing import Final

CACHE_CONTROL: Final = "private, max-age=0, no-cache, no-store"
REASONS: Final = (
    ("The host does not exist.", "Check that the host name is written correctly."),
    ("The host exists, but has no matching path.", "Check the path of the URL."),
    ("Route and path match, but all pods are down.", "Check that the application is running."),
)


class Failure(Enum):
    """Why no answer of a pod reaches the client."""

    NO_ROUTE = "no route has the host and path"
    NO_SERVER = "the route has no usable server"
    CONNECT = "the connection to the pod failed, after all retries"
    QUEUE = "the request waited too long for a free connection"
    TIMEOUT = "the pod did not answer within timeout server"
    BAD_ANSWER = "the pod's answer is broken or was cut off"
    BAD_REQUEST = "the request is malformed"
    SLOW_REQUEST = "the request did not arrive within timeout http-request"
    EMPTY_LENGTH = "the request has an empty Content-Length"
    REFUSED = "the client is not on the allow list, or reached a rate limit"


class Body(Enum):
    """Whose page it is."""

    OPENSHIFT = "the OpenShift page"
    HAPROXY = "HAProxy built-in body"
    CUSTOM = "the operator's own page"
    NONE = "nothing: the connection is closed"


@dataclass(frozen=True, slots=True)
class Answer:
    """The router's own answer; a status of None closes the connection without one."""

    status: int | None
    body: Body


_STATUSES: Final = {
    Failure.NO_ROUTE: 503,
    Failure.NO_SERVER: 503,
    Failure.CONNECT: 503,
    Failure.QUEUE: 503,
    Failure.TIMEOUT: 504,
    Failure.BAD_ANSWER: 502,
    Failure.BAD_REQUEST: 400,
    Failure.SLOW_REQUEST: 408,
    Failure.EMPTY_LENGTH: 403,
}


def answer_to(failure: Failure, *, passthrough: bool = False, custom_404: bool = False) -> Answer:
    """What the client gets; only 503 and 404 have pages of OpenShift's.

    `passthrough`: the router cannot speak within TLS that it does not open. `custom_404`: the
    operator brought pages of its own.
    """
    if passthrough or failure is Failure.REFUSED:
        return Answer(None, Body.NONE)
    if failure is Failure.NO_ROUTE and custom_404:
        return Answer(404, Body.CUSTOM)
    status = _STATUSES[failure]
    return Answer(status, Body.OPENSHIFT if status == 503 else Body.HAPROXY)


def unavailable_page(why: str = "") -> str:
    """The page as HTML; `why` adds what the real router does not say: the cause, folded up."""
    items = "\n".join(
        f"      <li><strong>{escape(reason)}</strong> {escape(advice)}</li>"
        for reason, advice in REASONS
    )
    cause = ""
    if why:
        cause = f"\n    <details><summary>Why?</summary><p>{escape(why)}</p></details>"
    return f"""<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Application is not available</title>
    <style>
      body {{ font: 16px/1.5 sans-serif; color: #333; max-width: 42rem; margin: 4rem auto; }}
      h1 {{ font-weight: 300; }}
      li {{ margin: .5rem 0; }}
    </style>
  </head>
  <body>
    <h1>Application is not available</h1>
    <p>The application is currently not serving requests at this address. It may not have been
    started, or it is still starting. Possible reasons:</p>
    <ul>
{items}
    </ul>{cause}
  </body>
</html>
"""


def error_file(status: int, phrase: str, page: str) -> str:
    """A whole answer as HAProxy's `errorfile` wants it."""
    lines = [
        f"HTTP/1.0 {status} {phrase}",
        "Pragma: no-cache",
        f"Cache-Control: {CACHE_CONTROL}",
        "Connection: close",
        "Content-Type: text/html; charset=utf-8",
        "",
    ]
    return "\r\n".join(lines) + "\r\n" + page
