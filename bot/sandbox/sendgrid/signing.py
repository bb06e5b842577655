"""The event webhook's bytes and their signature."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_ALGORITHM = ec.ECDSA(hashes.SHA256())


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def printed(key: ec.EllipticCurvePrivateKey) -> str:
    """Its public half as the settings page prints it: base64 of a DER SubjectPublicKeyInfo."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, form)).decode()


def pack(events: Iterable[Mapping[str, Any]]) -> bytes:
    """A batch byte for byte as SendGrid writes it: one event a line, CRLF between them and at the end."""
    rows = ",\r\n".join(json.dumps(event, separators=(",", ":"), ensure_ascii=False) for event in events)
    return f"[{rows}]\r\n".encode()


def signature(key: ec.EllipticCurvePrivateKey, body: bytes, *, timestamp: str) -> str:
    """Base64 of the DER signature over the timestamp and, right behind it, the raw body."""
    return base64.b64encode(key.sign(timestamp.encode() + body, _ALGORITHM)).decode()
