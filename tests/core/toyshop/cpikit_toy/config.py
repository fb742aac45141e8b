"""What an operator may say to the toy."""

from attrs import Factory, field, frozen

from cpikit.config import CHOICE, local
from cpikit.redaction import Secret


@frozen
class Login:
    """Credentials inside of a section."""

    user: str
    password: Secret


@frozen
class ToyConfig:
    """The section `toy` of cpi.json."""

    region: str = "here"
    limit: int = 5
    ratio: float = 0.5
    token: Secret | None = None
    api_password: str = ""
    login: Login | None = None
    zones: list[str] = Factory(list)
    state_dir: str = local(default="")
    renamed_: str = field(default="", alias="renamed")
    token_source: str = field(default="file", metadata=CHOICE)


@frozen
class DiskProperties:
    """cloud_properties of a disk; `trick` says how the toy misbehaves."""

    type: str = "plain"
    encrypted: bool = False
    trick: str = ""
    secret_key: Secret | None = None


@frozen
class VmProperties:
    """cloud_properties of a VM; `system_disk` is an object of its own."""

    cpu: int = 1
    trick: str = ""
    system_disk: DiskProperties | None = None
    password: Secret | None = None
