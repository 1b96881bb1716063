"""The object store in an S3 bucket, through the `minio` SDK.

The sha256 travels as user metadata and is recomputed on every reading; ETags are not looked at. Small
objects are created with `If-None-Match: *`, so that of two writers one loses. A server that ignores
the header, and objects sent in parts, fall back to looking first: there two writers of *different*
content under one key could both succeed, which keys named by content rule out.
"""

import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import ParseError

import certifi
import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.util import Retry, Timeout

from bangfu.settings import S3Settings
from bangfu.storage.port import (
    ObjectConflict,
    ObjectInfo,
    ObjectMissing,
    StoreError,
    check_digest,
    check_key,
    digest_content,
    digest_file,
)

__all__ = ["S3Store"]

_PART = 16 << 20  # bytes; larger objects are sent in parts of this size
_DIGEST_HEADER = "x-amz-meta-sha256"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class S3Store:
    """Object store in a bucket; see `bangfu.storage.port.ObjectStore`.

    Args:
        client: Client of the SDK.
        bucket: Existing bucket.
        prefix: Beginning of all keys in the bucket, without slashes at its ends; may be empty.
        cache: Local directory for fetched objects, named by their sha256; it may be emptied any time.
    """

    def __init__(self, client: Minio, bucket: str, prefix: str, cache: Path) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._cache = cache

    @classmethod
    def connect(cls, s3: S3Settings, bucket: str, prefix: str, cache: Path) -> "S3Store":
        """Connect to the service and make the bucket when it is absent and may be made.

        Raises:
            StoreError: The service does not answer, refuses the keys, or the bucket cannot be made.
        """
        pool = urllib3.PoolManager(
            timeout=Timeout(connect=10, read=120),
            maxsize=10,
            cert_reqs="CERT_REQUIRED",
            ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
            retries=Retry(total=4, connect=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
        )
        with _explained("connect"):
            try:
                client = Minio(
                    s3.endpoint,
                    access_key=s3.access_key,
                    secret_key=s3.secret_key,
                    secure=s3.secure,
                    region=s3.region,
                    http_client=pool,
                )
            except ValueError as error:
                raise StoreError("BANGFU_S3_ENDPOINT must read host:port, without a path.") from error
            try:
                if not client.bucket_exists(bucket):
                    client.make_bucket(bucket)
            except ValueError as error:
                raise StoreError("BANGFU_OBJECT_STORE does not name a valid bucket.") from error
            except S3Error as error:
                if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                    raise
        return cls(client, bucket, prefix, cache)

    def put(self, key: str, content: Path | bytes, *, sha256: str | None = None) -> ObjectInfo:
        """Create an object; see the port."""
        check_key(key)
        try:
            actual, size = digest_content(content)
        except OSError as error:
            raise StoreError("The content to be put cannot be read.") from error
        check_digest(key, actual, sha256)
        existing = self.stat(key)
        if existing is None:
            with _explained(key):
                created = self._create(key, content, size, actual)
            existing = self.stat(key)
            if existing is None or (created and existing.size != size):
                raise StoreError(f"The S3 service did not keep an object under {key.split('/', 1)[0]}/.")
            if created:
                return ObjectInfo(key, size, actual, existing.modified)
        if existing.size != size or (existing.sha256 or self._digest(key)) != actual:
            raise ObjectConflict(f"An object under {key.split('/', 1)[0]}/ exists with other content.")
        return replace(existing, sha256=actual)  # a server may have lost the metadata

    def get_file(self, key: str, *, sha256: str | None = None) -> Path:
        """Return a cached file with the object's content, verified; see the port."""
        info = self.stat(key)
        if info is None:
            raise ObjectMissing(f"No such object under {key.split('/', 1)[0]}/.")
        known = info.sha256 or sha256
        if known is not None:
            check_digest(key, known, sha256)
            cached = self._cached(known)
            if cached.exists():
                if digest_file(cached) == known:
                    return cached
                cached.unlink(missing_ok=True)  # damaged on the disk: fetch again
        temporary, actual = self._download(key)
        try:
            check_digest(key, actual, known)
            cached = self._cached(actual)
            cached.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, cached)
        finally:
            temporary.unlink(missing_ok=True)
        return cached

    @contextmanager
    def borrow(self, key: str) -> Iterator[Path]:
        """Give a file that goes with the block; see the port."""
        if self.stat(key) is None:
            raise ObjectMissing(f"No such object under {key.split('/', 1)[0]}/.")
        temporary, _ = self._download(key)
        try:
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def presign(self, key: str, expires: timedelta) -> str:
        """Return an address to which one object may be put without further log-in.

        Args:
            key: Key of the object, which must not exist yet.
            expires: How long the address works; at most seven days.
        """
        check_key(key)
        with _explained(key):
            return self._client.presigned_put_object(self._bucket, self._prefix + key, expires=expires)

    def read(self, key: str, *, sha256: str | None = None) -> bytes:
        """Return the content, verified; see the port."""
        return self.get_file(key, sha256=sha256).read_bytes()

    def stat(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object; see the port."""
        check_key(key)
        try:
            with _explained(key):
                found = self._client.stat_object(self._bucket, self._prefix + key)
        except ObjectMissing:
            return None
        digest = (found.metadata or {}).get(_DIGEST_HEADER)
        return ObjectInfo(key, found.size or 0, digest, found.last_modified or _EPOCH)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield objects by prefix; see the port. The sha256 is left out: S3 does not list it."""
        check_key(prefix, prefix=True)
        with _explained(prefix):
            found = self._client.list_objects(self._bucket, self._prefix + prefix, recursive=True)
            for item in found:
                key = (item.object_name or "").removeprefix(self._prefix)
                try:
                    check_key(key)
                except StoreError:  # a folder marker, or a hidden file of some upload tool
                    continue
                modified = (item.last_modified or _EPOCH).replace(microsecond=0)  # a HEAD tells whole seconds
                yield ObjectInfo(key, item.size or 0, None, modified)

    def delete(self, key: str) -> None:
        """Remove an object; see the port."""
        check_key(key)
        with _explained(key):
            self._client.remove_object(self._bucket, self._prefix + key)

    def _create(self, key: str, content: Path | bytes, size: int, digest: str) -> bool:
        """Send an object; False when another writer was first."""
        name = self._prefix + key
        if size > _PART:
            metadata: dict[str, str | list[str] | tuple[str]] = {"sha256": digest}
            with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as stream:
                self._client.put_object(
                    self._bucket, name, stream, size, metadata=metadata, part_size=_PART, num_parallel_uploads=2
                )
            return True
        body = content.read_bytes() if isinstance(content, Path) else content
        headers = {_DIGEST_HEADER: digest, "Content-Type": "application/octet-stream", "If-None-Match": "*"}
        try:
            # The SDK has no conditional put: its own method would send the header as user metadata.
            self._client._execute("PUT", self._bucket, name, body=body, headers=dict(headers), no_body_trace=True)
        except S3Error as error:
            if error.code in {"PreconditionFailed", "ConditionalRequestConflict"}:
                return False
            if error.code != "NotImplemented":
                raise
            del headers["If-None-Match"]
            self._client._execute("PUT", self._bucket, name, body=body, headers=dict(headers), no_body_trace=True)
        return True

    def _digest(self, key: str) -> str:
        temporary, digest = self._download(key)
        temporary.unlink()
        return digest

    def _download(self, key: str) -> tuple[Path, str]:
        """Fetch an object into a new file of the cache and return it with its sha256."""
        self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._cache / f".{secrets.token_hex(16)}"
        digest = hashlib.sha256()
        try:
            with _explained(key):
                response = self._client.get_object(self._bucket, self._prefix + key)
                try:
                    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
                    with os.fdopen(descriptor, "wb") as target:
                        for chunk in response.stream(1 << 20):
                            digest.update(chunk)
                            target.write(chunk)
                finally:
                    response.close()
                    response.release_conn()
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return temporary, digest.hexdigest()

    def _cached(self, digest: str) -> Path:
        if len(digest) != 64 or not digest.isalnum():  # metadata is only as good as the server
            raise StoreError("The S3 service returned a malformed sha256.")
        return self._cache / digest[:2] / digest


_KEYS_REFUSED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


@contextmanager
def _explained(key: str) -> Iterator[None]:
    """Say what the operator can do; keys are cut to their area, since the rest may be a sender's."""
    try:
        yield
    except S3Error as error:
        area = key.split("/", 1)[0]
        if error.code == "NoSuchKey":
            raise ObjectMissing(f"No such object under {area}/.") from None
        if error.code == "NoSuchBucket":
            raise StoreError("The bucket that BANGFU_OBJECT_STORE names does not exist: make it.") from None
        if error.code in _KEYS_REFUSED:
            raise StoreError(
                f"The S3 service refuses access ({error.code}): "
                "check BANGFU_S3_ACCESS_KEY, BANGFU_S3_SECRET_KEY and the rights of that key."
            ) from None
        raise StoreError(f"The S3 service answers {error.code} ({area}).") from None
    except (MinioException, urllib3.exceptions.HTTPError) as error:
        raise StoreError(
            f"The S3 service does not answer ({type(error).__name__}): check BANGFU_S3_ENDPOINT "
            "and BANGFU_S3_SECURE, and that the service runs."
        ) from None
    except ParseError:
        raise StoreError("The answer of the S3 service broke off: run again, and look at the way to it.") from None
    except OSError as error:
        raise StoreError(f"The cache of the object store cannot be used: {error.strerror}.") from error
