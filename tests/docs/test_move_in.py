"""docs/how-to/move-in.md is true."""

import re
from pathlib import Path

from user_auth.crypto import foreign_hashes
from user_auth.features.migration import lines, records

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "move-in.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_lists_the_fields_that_are_read() -> None:
    """Each, and no other."""
    rows = re.findall(r"^\| `([a-z_]+)`", TEXT.partition("| Field |")[2].partition("\n\n")[0], re.MULTILINE)
    assert sorted(rows) == sorted(records.FIELDS)


def test_the_page_names_every_scheme() -> None:
    """Those that a file may hold; ``scrypt_phc`` is only how one of them is kept."""
    for scheme in foreign_hashes._SCHEMES.keys() - {"scrypt_phc"}:
        assert f"`{scheme}$" in TEXT, scheme


def test_the_figures_are_those_in_force() -> None:
    """Those of the limits."""
    kilobytes, megabytes = 1024, 1024**2
    rounds = f"{foreign_hashes.MAX_PBKDF2_ITERATIONS:,}".replace(",", " ")
    for figure in (
        f"{rounds} rounds of PBKDF2, cost {foreign_hashes.MAX_BCRYPT_COST} of bcrypt",
        f"{foreign_hashes.MAX_MEMORY_BYTES // megabytes} MiB of memory",
        f"{foreign_hashes.MAX_ARGON2_TRAFFIC_BYTES // 1024**3} GiB of memory passed through by argon2",
        f"{foreign_hashes.MAX_SCRYPT_TRAFFIC_BYTES // megabytes} MiB by scrypt",
        f"A line may have {lines.MAX_BYTES // kilobytes} KiB",
    ):
        assert figure in " ".join(TEXT.split())
