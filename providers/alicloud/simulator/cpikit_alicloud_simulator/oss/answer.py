"""What goes back over the wire: a status, headers and a whole body."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class Answer:
    """One HTTP answer, complete in memory; the server frames it.

    An answer to HEAD has no body and says in its own `Content-Length` how long one would be: the
    server must leave that header alone.
    """

    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = field(default=b"", repr=False)
