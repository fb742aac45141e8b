"""Sign RPC requests for tests, by the description of the protocol and with no code of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from cpikit_alicloud_simulator.simulator import Simulator

VERSIONS = {"Ecs": "2014-05-26", "Vpc": "2016-04-28"}


def signed_query(simulator: Simulator, product: str, action: str, **more: str) -> str:
    """Give the query of a POST with no body, signed by the simulator's first key."""
    key = simulator.account
    values = {
        "Action": action,
        "Version": VERSIONS[product],
        "Format": "JSON",
        "RegionId": simulator.world.region_id,
        "AccessKeyId": key.id,
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        **more,
    }
    canonical = "&".join(
        f"{quote(name, safe='-_.~')}={quote(values[name], safe='-_.~')}" for name in sorted(values)
    )
    text = f"POST&%2F&{quote(canonical, safe='-_.~')}"
    digest = hmac.new(f"{key.secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return urlencode({**values, "Signature": base64.b64encode(digest).decode()})
