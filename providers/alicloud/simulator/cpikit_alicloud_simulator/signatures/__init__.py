"""Say who signed a request, or refuse it as the real service does."""

from cpikit_alicloud_simulator.signatures.identity import (
    Accounts,
    Credential,
    Identity,
    Issued,
    Scheme,
)
from cpikit_alicloud_simulator.signatures.nonces import NonceLog
from cpikit_alicloud_simulator.signatures.oss import authenticate_oss
from cpikit_alicloud_simulator.signatures.rpc_or_acs3 import authenticate, is_signed

__all__ = [
    "Accounts",
    "Credential",
    "Identity",
    "Issued",
    "NonceLog",
    "Scheme",
    "authenticate",
    "authenticate_oss",
    "is_signed",
]
