"""Names of streams and derived ids.

A stream is a typed tuple such as ("ledger", "site-1", "acme", "MUG/BLUE"); its name joins the
percent-encoded parts with "/", so that any SKU (slashes, spaces, unicode, case) is safe.
Ids are uuid5 of what they name: deciding again makes the same ids.
"""

from hashlib import sha1
from urllib.parse import quote, unquote

#: An external id is opaque, case-sensitive and at most this many bytes of UTF-8.
EXTERNAL_ID_BYTES_MAX = 128

_SAFE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~"
_PLAIN = frozenset(_SAFE)
_EMPTY = "%"  #: an empty part; encoded parts never hold a bare percent sign
_NAMESPACE = bytes.fromhex("6f1c0b5e2f0d5b7b9a54c1b6f2a7d3e8")


def stream_name(*parts: str) -> str:
    """The name of a stream from its typed parts: kind first, then what identifies it."""
    return "/".join(p if _PLAIN.issuperset(p) and p else quote(p, safe="") or _EMPTY for p in parts)


def stream_parts(name: str) -> tuple[str, ...]:
    """The parts that `stream_name` joined."""
    return tuple("" if p == _EMPTY else unquote(p) for p in name.split("/"))


def derived_id(*parts: str) -> str:
    """uuid5 (RFC 9562) of the parts, as text: same parts, same id; other parts, another."""
    text = "\x1f".join(parts)
    if text.count("\x1f") >= len(parts) or "\x1e" in text:  # foreign ids may hold any character
        text = "\x1f".join(part.replace("\x1e", "\x1e0").replace("\x1f", "\x1e1") for part in parts)
    digest = bytearray(sha1(_NAMESPACE + text.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
