"""Checkpoints as C2SP signed notes: origin, size and root, and the name and id of the key."""

from base64 import b64encode
from hashlib import sha256

ED25519 = b"\x01"


def checkpoint_body(origin: str, size: int, root: bytes) -> str:
    """The text that is signed."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def key_id(name: str, public_key: bytes) -> bytes:
    """Four bytes that tell keys of one name apart."""
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """`<name>+<id>+<base64>`: all that a verifier needs (contract section 1, `log_key`)."""
    encoded = b64encode(ED25519 + public_key).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{encoded}"


def signed_note(body: str, name: str, public_key: bytes, signature: bytes) -> str:
    """The body with its signature line."""
    encoded = b64encode(key_id(name, public_key) + signature).decode()
    return f"{body}\n\u2014 {name} {encoded}\n"


def size_of(note: str) -> int | None:
    """The size that a checkpoint states, signed by whomever, or `None` where this is none."""
    lines = note.split("\n")
    is_note = len(lines) > len(("origin", "size", "root", "")) and note.endswith("\n")
    stated = lines[1] if is_note else ""
    return int(stated) if stated.isascii() and stated.isdecimal() else None
