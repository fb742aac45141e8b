"""From a parsed request to a method: the envelope and the arguments, strictly typed."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi

TEXT = "string"
OBJECT = "object"
SIZE = "integer"
LIST = "array of strings"
TEXT_OR_NULL = "string or null"
OBJECT_OR_NULL = "object or null"

# name: (types of the arguments, how many of them may be left out)
SIGNATURES: dict[str, tuple[list[str], int]] = {
    "info": ([], 0),
    "create_stemcell": ([TEXT, OBJECT_OR_NULL, OBJECT], 1),
    "delete_stemcell": ([TEXT], 0),
    "create_vm": ([TEXT, TEXT, OBJECT, OBJECT, LIST, OBJECT], 0),
    "delete_vm": ([TEXT], 0),
    "has_vm": ([TEXT], 0),
    "reboot_vm": ([TEXT], 0),
    "set_vm_metadata": ([TEXT, OBJECT], 0),
    "calculate_vm_cloud_properties": ([OBJECT], 0),
    "create_disk": ([SIZE, OBJECT, TEXT_OR_NULL], 0),
    "delete_disk": ([TEXT], 0),
    "has_disk": ([TEXT], 0),
    "attach_disk": ([TEXT, TEXT], 0),
    "detach_disk": ([TEXT, TEXT], 0),
    "get_disks": ([TEXT], 0),
    "set_disk_metadata": ([TEXT, OBJECT], 0),
    "resize_disk": ([TEXT, SIZE], 0),
    "update_disk": ([TEXT, SIZE, OBJECT], 0),
    "snapshot_disk": ([TEXT, OBJECT], 0),
    "delete_snapshot": ([TEXT], 0),
    "create_network": ([OBJECT], 0),
    "delete_network": ([TEXT], 0),
    "ping": ([], 0),
}
SERVED_VERSIONS = (2, 3)


class Refused(Exception):
    """The request is not one that can be served."""

    def __init__(self, message: str, kind: str = "Bosh::Clouds::CpiError") -> None:
        super().__init__(message)
        self.type = kind


def dispatch(cpi: "Cpi", request: Any) -> Any:
    """Check the request and call the method."""
    if not isinstance(request, dict):
        raise Refused("the request is no JSON object")
    method = request.get("method")
    if not isinstance(method, str) or not method:
        raise Refused("method: wanted a string")
    arguments = request.get("arguments")
    if not isinstance(arguments, list):
        raise Refused("arguments: wanted an array")
    version = request.get("api_version")
    if version is not None and type(version) is not int:
        raise Refused("api_version: wanted an integer")
    if method not in SIGNATURES or method in cpi.gaps:
        raise Refused(f"there is no method {method}", "Bosh::Clouds::NotImplemented")
    if method == "info":
        return cpi.info()
    if version not in SERVED_VERSIONS:
        raise Refused(f"api_version {version} is not served, only {SERVED_VERSIONS}")
    cpi.check(method, arguments)
    return getattr(cpi, method)(*arguments)


def check_arguments(method: str, arguments: list[Any]) -> None:
    """Raise Refused unless the arguments have the number and the types of the contract."""
    types, spare = SIGNATURES[method]
    if not len(types) - spare <= len(arguments) <= len(types):
        raise Refused(f"{method}: wanted {len(types)} arguments, found {len(arguments)}")
    for at, (value, wanted) in enumerate(zip(arguments, types, strict=False)):
        if not fits(value, wanted):
            raise Refused(f"{method}: argument {at + 1}: wanted {wanted}, found another type")


def fits(value: Any, wanted: str) -> bool:
    """Is a value of the wanted JSON type?"""
    if value is None:
        return wanted in {TEXT_OR_NULL, OBJECT_OR_NULL}
    if wanted in {TEXT, TEXT_OR_NULL}:
        return isinstance(value, str) and value != ""
    if wanted in {OBJECT, OBJECT_OR_NULL}:
        return isinstance(value, dict)
    if wanted == SIZE:
        return type(value) is int and value > 0
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
