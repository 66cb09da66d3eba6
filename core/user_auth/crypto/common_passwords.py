"""Whether many people use a password: a Bloom filter of a million leaked ones.

The file beside this module is written by ``scripts/build_common_passwords.py``. It begins with a header (magic,
number of bits, number of hashes), then come the bits. One password in 100 000 is taken for a common one by mistake;
no common one is ever missed.

Only entries of 8 code points or more are in it: the policy refuses shorter passwords anyway.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

from user_auth.crypto.passwords import fold

SHORTEST = 8
HEADER = struct.Struct(">8sQQ")
MAGIC = b"UABLOOM1"
PATH = Path(__file__).with_name("common_passwords.bloom")


@dataclass(frozen=True, slots=True)
class Filter:
    """A Bloom filter in a buffer that begins with the header.

    Attributes:
        data: Header and bits; read a page at a time where it is a mapped file.
        n_bits: Size of the filter.
        n_hashes: How many bits an entry sets.
    """

    data: bytes | mmap.mmap
    n_bits: int
    n_hashes: int

    def __contains__(self, entry: str) -> bool:
        return all(
            self.data[HEADER.size + (position >> 3)] >> (position & 7) & 1
            for position in positions(entry, n_bits=self.n_bits, n_hashes=self.n_hashes)
        )


def is_common(password: str) -> bool:
    """Tell whether many people use this password, in whatever case; wrongly so once in 100 000 times."""
    return fold(password) in _bundled()


def positions(entry: str, *, n_bits: int, n_hashes: int) -> Iterator[int]:
    """Return the bits that an entry sets.

    Source: Dillinger and Manolios, "Bloom Filters in Probabilistic Verification", §5.2 (enhanced double hashing:
    as good as ``n_hashes`` independent hashes, from the two halves of one).
    """
    digest = blake2b(entry.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    position, step = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
    for turn in range(1, n_hashes + 1):
        yield position % n_bits
        position, step = position + step, step + turn


def opened(data: bytes | mmap.mmap) -> Filter:
    """Read the header of a filter.

    Raises:
        ValueError: This is no such filter, or not all of it.
    """
    magic, n_bits, n_hashes = HEADER.unpack(data[: HEADER.size].ljust(HEADER.size))
    if magic != MAGIC or len(data) != HEADER.size + (n_bits + 7) // 8:
        raise ValueError(
            "The filter of common passwords is damaged; build it again with scripts/build_common_passwords.py."
        )
    return Filter(data, n_bits, n_hashes)


@cache
def _bundled() -> Filter:
    # Mapped, so that all processes share one copy and only what is looked at is read.
    with PATH.open("rb") as file:
        return opened(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
