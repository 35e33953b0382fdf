"""Couriers: who carries a side effect out of the clinic, so that doing it twice is doing it once.

Each delivery has a key of its own. A courier may be called again with a key it has seen; the place it delivers to acts
once. A repeated delivery may hold a newer proof of the same record; everything else is the same to the byte.
"""

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from commensal.clinic.errors import DeliveryError
from commensal.clinic.evidence import PROOF
from commensal.errors import InputError

RENEWED = frozenset({PROOF})
"""Documents that may come out newer when a delivery is repeated."""
KEY_MAX_CHARS = 128
FORMAT = "commensal.handover/1"
CONNECT_TIMEOUT_S = 10
DELIVERY_MAX_S = 60
"""Longest one delivery over the network may take, s, whatever the other side does."""
PLAIN_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
"""This machine alone may be spoken to without encryption."""
_KEY = re.compile(r"[A-Za-z0-9:._-]+")


class Courier(Protocol):
    """Whoever can carry documents to one place."""

    def deliver(self, key: str, documents: Mapping[str, str]) -> None:
        """Returns when the place has them for good; called again with the same key it changes nothing there.

        Args:
            key: the delivery's own, at most KEY_MAX_CHARS letters, digits, `:`, `.`, `_` and `-`.
            documents: text by file name.

        Raises:
            DeliveryError: it did not take them, or did not say so.
        """
        ...


@dataclass(frozen=True, slots=True)
class FolderCourier:
    """Delivers into a folder: one folder for each key, there whole or not at all."""

    folder: Path

    def deliver(self, key: str, documents: Mapping[str, str]) -> None:
        """See `Courier`. What lies there under this key already must be the same."""
        target = self.folder / _checked(key).replace(":", "-")
        try:
            if not target.exists():
                self._put(target, documents)
            _check_same(target, documents)
            _flush(self.folder)
            for left_over in self.folder.glob(f".{target.name}.*.part"):
                shutil.rmtree(left_over, ignore_errors=True)
        except OSError as error:
            raise DeliveryError(f"expected a folder that can be written: {error.strerror or error}") from error

    def _put(self, target: Path, documents: Mapping[str, str]) -> None:
        draft = self.folder / f".{target.name}.{secrets.token_hex(4)}.part"
        try:
            draft.mkdir()
            for name, text in documents.items():
                with (draft / name).open("w", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
            _flush(draft)
            draft.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise somebody else delivered it meanwhile, and tidied up
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class HttpCourier:
    """Delivers by POST to an address, with an `Idempotency-Key` header by which the other side acts once.

    Any 2xx is delivered; so is a 409 that names the same key in its own `Idempotency-Key` header. Bodies of answers are
    not read. Redirects are not followed: the address the clinic named is the one that is meant.
    Source: draft-ietf-httpapi-idempotency-key-header.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    """Sent as a bearer token, when there is one."""

    def deliver(self, key: str, documents: Mapping[str, str]) -> None:
        """See `Courier`."""
        import asyncio

        import httpx

        try:
            status = asyncio.run(
                self._post(f'"{_checked(key)}"', {"format": FORMAT, "key": key, "documents": documents})
            )
        except TimeoutError as error:
            raise DeliveryError(f"no answer within {DELIVERY_MAX_S} s") from error
        except httpx.HTTPError as error:
            raise DeliveryError(f"the connection failed ({type(error).__name__})") from error
        if status is not None:
            raise DeliveryError(f"expected 2xx, it answered {status}")

    async def _post(self, header: str, body: Mapping[str, object]) -> int | None:
        """The status of an answer that means it was not taken, else None."""
        import asyncio

        import httpx

        headers = {"Idempotency-Key": header}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        is_remote = urlsplit(self.url).scheme == "https"  # on this machine: no proxy, and no certificate to verify
        timeout = httpx.Timeout(DELIVERY_MAX_S, connect=CONNECT_TIMEOUT_S)
        async with (
            asyncio.timeout(DELIVERY_MAX_S),
            httpx.AsyncClient(timeout=timeout, trust_env=is_remote, verify=is_remote) as client,
            client.stream("POST", self.url, json=body, headers=headers) as answer,
        ):
            is_known = answer.status_code == 409 and answer.headers.get("Idempotency-Key") == header
            return None if answer.is_success or is_known else answer.status_code


def courier_to(place: str, token: str | None = None) -> Courier:
    """The courier for a place: an https address, or a folder.

    Raises:
        InputError: no such folder; an address that is not encrypted (only this machine may be), or holds a password.
    """
    if "://" not in place:
        if not Path(place).is_dir():
            raise InputError("--to", "", "a folder that is there, or an https address", place, "is the drive mounted?")
        return FolderCourier(Path(place))
    parts = urlsplit(place)
    is_encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in PLAIN_HOSTS)
    if not is_encrypted or not parts.hostname:
        raise InputError("--to", "", "a folder, or an https address", f"{parts.scheme}://{parts.hostname or ''}")
    if parts.username is not None or parts.password is not None:
        raise InputError("--to", "", "an address without user and password", "one with them", "use --token-file")
    return HttpCourier(place, token)


def _checked(key: str) -> str:
    if len(key) > KEY_MAX_CHARS or not _KEY.fullmatch(key):
        raise DeliveryError(f"expected a key of at most {KEY_MAX_CHARS} plain characters, got {len(key)}")
    return key


def _check_same(target: Path, documents: Mapping[str, str]) -> None:
    for name, text in documents.items():
        there = target / name
        if not there.is_file() or (name not in RENEWED and there.read_bytes() != text.encode()):
            raise DeliveryError(f"{target.name}: {name} is there under this key and is not what was delivered")


def _flush(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
