"""Read the agent's settings as strictly as the agent's own Go types do (settings.go of bosh-agent).

A mismatch anywhere makes the whole document unreadable for the agent: it never answers, and
create_vm seems to time out after 600 seconds. Go matches keys without regard to case, ignores
unknown keys, and takes null for the zero value.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Check = Callable[[str, Any], list[str]]


def problems(document: Any) -> list[str]:
    """What the agent's decoder objects to, each with its path; nothing when it can be read."""
    if not isinstance(document, dict):
        return ["$: wanted an object"]
    found = _object(DOCUMENT)("$", document)
    if not document.get("agent_id"):
        found.append("$.agent_id: missing; the agent reads settings without it as none at all")
    return found


def _text(path: str, value: Any) -> list[str]:
    return [] if value is None or isinstance(value, str) else [f"{path}: wanted a string"]


def _flag(path: str, value: Any) -> list[str]:
    return [] if value is None or isinstance(value, bool) else [f"{path}: wanted true or false"]


def _whole(path: str, value: Any) -> list[str]:
    fine = value is None or (type(value) is int and value >= 0)
    return [] if fine else [f"{path}: wanted an integer of at least 0"]


def _list(inner: Check) -> Check:
    def check(path: str, value: Any) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, list):
            return [f"{path}: wanted an array"]
        return [each for at, item in enumerate(value) for each in inner(f"{path}[{at}]", item)]

    return check


def _map(inner: Check) -> Check:
    def check(path: str, value: Any) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, dict):
            return [f"{path}: wanted an object"]
        return [each for name, item in value.items() for each in inner(f"{path}.{name}", item)]

    return check


def _object(fields: Mapping[str, Check]) -> Check:
    def check(path: str, value: Any) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, dict):
            return [f"{path}: wanted an object"]
        known = {name.lower(): one for name, one in fields.items()}
        return [
            each
            for name, item in value.items()
            if name.lower() in known
            for each in known[name.lower()](f"{path}.{name}", item)
        ]

    return check


def _text_or(inner: Check) -> Check:
    def check(path: str, value: Any) -> list[str]:
        if isinstance(value, str) or value is None:
            return []
        return inner(path, value) if isinstance(value, dict) else [f"{path}: wanted text or object"]

    return check


def _anything(path: str, value: Any) -> list[str]:
    del path, value
    return []


_TEXTS: Final = _list(_text)
_DISK: Final = _object(
    dict.fromkeys(("path", "volume_id", "id", "lun", "host_device_id", "device_id"), _text)
)
_RAW: Final = _object(
    dict.fromkeys(("ID", "DeviceID", "VolumeID", "Lun", "HostDeviceID", "Path"), _text)
)
_BLOBSTORE: Final = _object({"provider": _text, "options": _map(_anything)})
_ROUTE: Final = _object({"Destination": _text, "Gateway": _text, "Netmask": _text})
_NETWORK: Final = _object({
    "type": _text, "ip": _text, "netmask": _text, "gateway": _text, "prefix": _text,
    "resolved": _flag, "use_dhcp": _flag, "preconfigured": _flag, "dns": _TEXTS, "default": _TEXTS,
    "mac": _text, "routes": _list(_ROUTE), "alias": _text,
})  # fmt: skip
_MBUS: Final = _object({
    "cert": _object({"ca": _text, "private_key": _text, "certificate": _text}), "urls": _TEXTS,
})  # fmt: skip
_BOSH: Final = _object({
    "agent": _object({"settings": _object({"tmpfs": _flag})}),
    "password": _text, "keep_root_password": _flag, "remove_dev_tools": _flag,
    "remove_static_libraries": _flag, "authorized_keys": _TEXTS, "swap_size": _whole,
    "mbus": _MBUS, "ipv6": _object({"enable": _flag}),
    "job_dir": _object({"tmpfs": _flag, "tmpfs_size": _text}),
    "run_dir": _object({"tmpfs_size": _text}),
    "blobstores": _list(_BLOBSTORE), "ntp": _TEXTS, "parallel": _whole,
})  # fmt: skip
DOCUMENT: Final[Mapping[str, Check]] = {
    "agent_id": _text,
    "vm": _object({"name": _text}),
    "mbus": _text,
    "ntp": _TEXTS,
    "blobstore": _BLOBSTORE,
    "networks": _map(_NETWORK),
    "disks": _object({
        "system": _text,
        "ephemeral": _text_or(_DISK),
        "persistent": _map(_text_or(_map(_anything))),
        "raw_ephemeral": _list(_RAW),
    }),
    "env": _object({
        "bosh": _BOSH,
        "persistent_disk_fs": _text,
        "persistent_disk_mount_options": _TEXTS,
        "persistent_disk_partitioner": _text,
    }),
    "dns": _object({"nameserver": _TEXTS}),
    "registry": _object({"endpoint": _text}),
    "server": _object({"name": _text}),
}  # fmt: skip
