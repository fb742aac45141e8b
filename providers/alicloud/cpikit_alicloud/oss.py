"""The object store: the one file that names its SDK (alibabacloud-oss-v2), for heavy stemcells.

Of the two official packages it is the one that is kept: oss2 has had no release since 2024-10. Its
retries and proxies are switched off, as with the other SDK: the core repeats calls.
"""

from __future__ import annotations

from base64 import b64encode

import alibabacloud_oss_v2 as sdk  # type: ignore[import-untyped]  # no types, nor the next three
from alibabacloud_oss_v2.exceptions import (  # type: ignore[import-untyped]  # as above
    OperationError,
    ServiceError,
)
from alibabacloud_oss_v2.retry import NopRetryer  # type: ignore[import-untyped]  # as above
from alibabacloud_oss_v2.transport import (  # type: ignore[import-untyped]  # as above
    RequestsHttpClient,
)
from requests import Session as HttpSession
from requests.adapters import HTTPAdapter

from cpikit_alicloud.answers import told, told_apart, trusted_certificates
from cpikit_alicloud.endpoints import checked
from cpikit_alicloud.refusals import Refused
from cpikit_alicloud.routes import proxy_url, where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from cpikit_alicloud.config import AlicloudConfig
    from cpikit_alicloud.credentials import Keys
    from cpikit_alicloud.stemcell_files import Part

_NOT_FOUND = 404


class Oss:
    """One call of OSS a method, which raises what refusals.py has; used by several threads at once.

    `keys` gives the credentials anew for each call.
    """

    def __init__(self, config: AlicloudConfig, keys: Callable[[], Keys]) -> None:
        self._config = config
        self._client = _client(config, keys)

    def owner_and_place(self, bucket: str) -> tuple[str, str]:
        """The account that owns the bucket, and its location ("oss-eu-central-1")."""
        answer = self._do(self._client.get_bucket_info, sdk.GetBucketInfoRequest(bucket=bucket))
        info = answer.bucket_info
        return str(info.owner.id), str(info.location)

    def make_bucket(self, bucket: str) -> None:
        """A private bucket; one that is ours already is fine."""
        self._do(self._client.put_bucket, sdk.PutBucketRequest(bucket=bucket, acl="private"))

    def remove_bucket(self, bucket: str) -> None:
        """Remove the bucket, which has to be empty."""
        self._do(self._client.delete_bucket, sdk.DeleteBucketRequest(bucket=bucket))

    def uploads(self, bucket: str, key: str) -> list[str]:
        """The ids of this object's uploads that have not been completed."""
        request = sdk.ListMultipartUploadsRequest(bucket=bucket, prefix=key)
        answer = self._do(self._client.list_multipart_uploads, request)
        return [str(found.upload_id) for found in answer.uploads or () if found.key == key]

    def begin(self, bucket: str, key: str) -> str:
        """The id of a new upload."""
        request = sdk.InitiateMultipartUploadRequest(bucket=bucket, key=key)
        return str(self._do(self._client.initiate_multipart_upload, request).upload_id)

    def parts(self, bucket: str, key: str, upload_id: str) -> dict[int, str]:
        """The parts that are there: number to MD5 in hex."""
        found: dict[int, str] = {}
        marker = 0
        while True:
            request = sdk.ListPartsRequest(
                bucket=bucket,
                key=key,
                upload_id=upload_id,
                max_parts=1000,
                part_number_marker=str(marker) if marker else None,
            )
            answer = self._do(self._client.list_parts, request)
            for part in answer.parts or ():
                found[int(part.part_number)] = str(part.etag).strip('"').upper()
            following = int(answer.next_part_number_marker or 0)
            if not answer.is_truncated or following <= marker:
                return found
            marker = following

    def put_part(self, bucket: str, key: str, upload_id: str, part: Part) -> str:
        """Upload one part, checked by its MD5 on both sides; its ETag."""
        request = sdk.UploadPartRequest(
            bucket=bucket,
            key=key,
            upload_id=upload_id,
            part_number=part.number,
            content_md5=b64encode(bytes.fromhex(part.md5)).decode(),
            body=part.data,
        )
        return str(self._do(self._client.upload_part, request).etag)

    def complete(
        self, bucket: str, key: str, upload_id: str, parts: Iterable[tuple[int, str]]
    ) -> None:
        """Make the object of its parts; one that is there already is not touched."""
        listed = [sdk.UploadPart(part_number=number, etag=etag) for number, etag in parts]
        request = sdk.CompleteMultipartUploadRequest(
            bucket=bucket,
            key=key,
            upload_id=upload_id,
            forbid_overwrite=True,
            complete_multipart_upload=sdk.CompleteMultipartUpload(parts=listed),
        )
        self._do(self._client.complete_multipart_upload, request)

    def abort(self, bucket: str, key: str, upload_id: str) -> None:
        """Throw the upload and its parts away."""
        request = sdk.AbortMultipartUploadRequest(bucket=bucket, key=key, upload_id=upload_id)
        self._do(self._client.abort_multipart_upload, request)

    def size(self, bucket: str, key: str) -> int | None:
        """The object's size in bytes, None where there is none."""
        try:
            answer = self._do(
                self._client.head_object, sdk.HeadObjectRequest(bucket=bucket, key=key)
            )
        except Refused as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return int(answer.content_length or 0)

    def remove(self, bucket: str, key: str) -> None:
        """Remove the object; one that is gone is fine."""
        self._do(self._client.delete_object, sdk.DeleteObjectRequest(bucket=bucket, key=key))

    def _do(self, call: Callable[[Any], Any], request: Any) -> Any:
        try:
            return call(request)
        except OperationError as error:
            inner = error.unwrap()
            if isinstance(inner, ServiceError):
                raise _refusal(inner) from None  # its text quotes the request
            cause = inner if isinstance(inner, BaseException) else error
            place = where(self._config, _host(self._config).removeprefix("http://"))
            raise told_apart(cause, place) from None


def _refusal(error: ServiceError) -> Refused:
    refused = Refused(
        str(error.code or f"HTTP {error.status_code}"),
        told(str(error.message or "")),
        status=int(error.status_code or 0),
        request_id=str(error.request_id or ""),
    )
    refused.product = "oss"
    return refused


def _host(config: AlicloudConfig) -> str:
    place = checked(config.oss_endpoint, "oss_endpoint") if config.oss_endpoint else ""
    return place or f"oss-{config.region}.aliyuncs.com"


def _client(config: AlicloudConfig, keys: Callable[[], Keys]) -> Any:
    host = _host(config)
    session = HttpSession()
    session.trust_env = False  # neither ~/.netrc nor the environment's proxies
    width = max(int(config.upload_parallel), 1) + 1
    session.mount("https://", _Adapter(config, width))
    session.mount("http://", _Adapter(config, width))
    return sdk.Client(
        sdk.Config(
            region=config.region,
            endpoint=host if host.startswith("http://") else f"https://{host}",
            use_path_style=host.startswith("http://"),
            credentials_provider=_Provider(keys),
            retryer=NopRetryer(),
            http_client=RequestsHttpClient(
                session=session,
                connect_timeout=config.waits.connect_s,
                readwrite_timeout=config.waits.write_s,
            ),
            disable_upload_crc64_check=True,  # MD5 is checked instead, for each part
        )
    )


class _Adapter(HTTPAdapter):
    """Carries requests by our own proxy and trust."""

    def __init__(self, config: AlicloudConfig, width: int) -> None:
        super().__init__(pool_connections=width, pool_maxsize=width, max_retries=0)
        self._trusted = trusted_certificates(config)
        proxy = proxy_url(config)
        self._through = {"http": proxy, "https": proxy} if proxy else {}

    def send(self, request: Any, **options: Any) -> Any:  # type: ignore[override]  # the same options
        """Send it; what the environment says does not count."""
        options |= {"verify": self._trusted, "proxies": self._through}
        return super().send(request, **options)


class _Provider(sdk.credentials.CredentialsProvider):  # type: ignore[misc]  # the SDK has no types
    """Our credentials in the SDK's form."""

    def __init__(self, keys: Callable[[], Keys]) -> None:
        self._keys = keys

    def get_credentials(self) -> Any:
        """The current ones."""
        keys = self._keys()
        token = keys.token.reveal() if keys.token else None
        return sdk.credentials.Credentials(keys.id, keys.secret.reveal(), token)
