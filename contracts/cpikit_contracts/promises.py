"""What the result of each method promises, whatever was asked (sections 2.1 and 2.2)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cpikit_contracts.reading import Answer

LONGEST_CID: Final = 255  # varchar(255) on MySQL, bosh-director db/migrations


def broken_promise(answer: Answer) -> str:
    """What is wrong with a successful result, or nothing."""
    wrong = PROMISES.get(answer.exchange.method)
    said = wrong(answer.result) if wrong is not None and answer.succeeded else ""
    return f"{answer.exchange.method} answered {answer.result!r}: {said}" if said else ""


def cid(value: object) -> str:
    """An id is a non-empty string that a database column takes."""
    if not isinstance(value, str):
        return "an id is a string"
    if not value.strip():
        return "an id is not empty"
    return "" if len(value.encode()) <= LONGEST_CID else f"an id has at most {LONGEST_CID} bytes"


def created_vm(value: object) -> str:
    """An array of the id and the networks."""
    if not isinstance(value, list) or not value:
        return "wanted an array [id, networks]; the Director takes its first element"
    return cid(value[0])


def hint(value: object) -> str:
    """A disk hint: a non-empty string, or an object whose values are strings."""
    if isinstance(value, str):
        return "" if value else "a hint is not empty"
    if not isinstance(value, dict) or not value:
        return "wanted a non-empty string or object"
    wrong = {key: each for key, each in value.items() if not _is_hint_value(key, each)}
    return f"the agent wants strings, found {wrong}" if wrong else ""


def _is_hint_value(key: str, value: object) -> bool:
    if key == "iscsi_settings":
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return isinstance(value, str)


def updated_disk(value: object) -> str:
    """Null, or an id."""
    return "" if value is None else cid(value)


def boolean(value: object) -> str:
    """A JSON boolean; Ruby takes any text for true."""
    return "" if isinstance(value, bool) else "wanted true or false"


def texts(value: object) -> str:
    """An array of ids."""
    if not isinstance(value, list):
        return "wanted an array, an empty one for nothing"
    return next((cid(each) for each in value if cid(each)), "")


def an_object(value: object) -> str:
    """An object."""
    return "" if isinstance(value, dict) else "wanted an object"


def created_network(value: object) -> str:
    """An array of the id, the addresses and the cloud properties."""
    if not isinstance(value, list) or len(value) != 3:  # noqa: PLR2004  # three elements
        return "wanted [id, addresses, cloud properties]"
    if not isinstance(value[1], dict) or not isinstance(value[2], dict):
        return "wanted objects as second and third element, empty ones for nothing"
    reserved = value[1].get("reserved", [])
    return cid(value[0]) or ("" if isinstance(reserved, list) else "reserved is an array")


def information(value: object) -> str:
    """An object with version and formats."""
    if not isinstance(value, dict) or type(value.get("api_version")) is not int:
        return "wanted an object with an integer api_version"
    formats = value.get("stemcell_formats")
    fine = isinstance(formats, list) and all(isinstance(each, str) for each in formats)
    return "" if fine else "stemcell_formats is an array of strings"


PROMISES: Final[Mapping[str, Callable[[Any], str]]] = {
    "info": information,
    "create_stemcell": cid,
    "create_vm": created_vm,
    "has_vm": boolean,
    "calculate_vm_cloud_properties": an_object,
    "create_disk": cid,
    "has_disk": boolean,
    "attach_disk": hint,
    "get_disks": texts,
    "update_disk": updated_disk,
    "snapshot_disk": cid,
    "create_network": created_network,
}
