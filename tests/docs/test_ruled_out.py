"""What docs/security.md rules out is nowhere in the code: read, not run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from main_project import settings

CORE = Path(__file__).resolve().parents[2] / "core"
APP = CORE / "user_auth"
# Others' code, as it came.
VENDORED = tuple(APP / "static" / "user_auth" / name for name in ("swagger-ui", "pico"))


def trees(folder: Path) -> Iterator[ast.Module]:
    modules = sorted(folder.rglob("*.py"))
    assert modules
    yield from (ast.parse(module.read_text(encoding="utf-8")) for module in modules)


def imported(folder: Path) -> set[str]:
    """Return every module that the code in a folder imports, and every name that it imports from one."""
    found: set[str] = set()
    for node in (node for tree in trees(folder) for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def calls(folder: Path) -> list[ast.Call]:
    return [node for tree in trees(folder) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(folder: Path) -> set[str]:
    """Return what is called: ``eval``, ``os.system``, ``objects.update_one``."""
    return {ast.unparse(call.func) for call in calls(folder)}


def files(folder: Path, *suffixes: str) -> str:
    """Return the text of all files of a kind."""
    found = [
        path for path in sorted(folder.rglob("*")) if path.suffix in suffixes and not {*VENDORED} & {*path.parents}
    ]
    assert found
    return "\n".join(path.read_text(encoding="utf-8") for path in found)


@pytest.mark.asvs("1.3.2")
def test_nothing_is_evaluated() -> None:
    """No text becomes code."""
    assert not {"eval", "exec", "compile", "__import__"} & called(CORE)


@pytest.mark.asvs("1.5.2")
def test_nothing_is_read_that_can_run() -> None:
    """No format that makes objects of its own choice: JSON, and what MongoDB and key files hold."""
    assert not {"pickle", "marshal", "shelve", "yaml", "jsonpickle", "dill"} & imported(CORE)


@pytest.mark.asvs("1.2.5")
def test_no_shell_is_started() -> None:
    """Programs are started with a list of arguments."""
    assert not {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"} & called(CORE)
    assert not [call for call in calls(CORE) if any(keyword.arg == "shell" for keyword in call.keywords)]
    assert not [name for name in imported(APP) if name.partition(".")[0] == "subprocess"]


@pytest.mark.asvs("6.5.3")
def test_whatever_is_drawn_is_drawn_from_the_systems_generator() -> None:
    """``secrets``, never ``random``; and nothing that must not be guessed is a UUID, whose bits are not all random."""
    assert "secrets" in imported(APP)
    assert not {"random", "uuid", "numpy"} & imported(CORE)


@pytest.mark.asvs("11.4.1")
def test_no_broken_hash_is_used() -> None:
    """Neither MD5 nor SHA-1, but for the HMAC of old PBKDF2 hashes, which users bring along and lose at their log-in."""
    names = {name.rpartition(".")[2].lower() for name in called(CORE) | imported(CORE)}
    assert not {"md5", "sha1", "md4"} & names
    assert re.findall(r"[\"'](md5|sha-?1)[\"']", files(CORE, ".py"), re.IGNORECASE) == ["sha1"]
    assert '"sha1"' in (APP / "crypto" / "foreign_hashes.py").read_text(encoding="utf-8")


@pytest.mark.asvs("1.2.9")
def test_the_database_is_asked_no_pattern() -> None:
    """Values are compared, never searched by expression; and no condition is code."""
    lookups = {str(keyword.arg) for call in calls(APP) for keyword in call.keywords}
    kinds = ("regex", "iregex", "contains", "icontains", "iexact", "startswith", "istartswith", "endswith", "iendswith")
    assert not [name for name in lookups if name == "__raw__" or name.endswith(tuple(f"__{kind}" for kind in kinds))]
    assert not re.search(r"\$(regex|where|function|accumulator)\b", files(APP, ".py"))


@pytest.mark.asvs("1.3.6", "13.2.4", "15.3.2")
def test_the_app_calls_nobody_by_http() -> None:
    """It has no client that an address in a request could lead, or a redirect mislead."""
    clients = {"urllib.request", "http.client", "requests", "httpx", "aiohttp", "urllib3", "jwt.PyJWKClient"}
    assert not clients & imported(APP)


@pytest.mark.asvs("1.2.1", "1.3.7")
def test_no_template_is_made_of_text_nor_trusted_with_it() -> None:
    """Templates are files; what goes into HTML is escaped, without exception."""
    assert not {"Template", "from_string", "mark_safe"} & {name.rpartition(".")[2] for name in called(APP)}
    assert not re.search(r"\|\s*safe\b|autoescape off", files(APP / "templates", ".html"))


@pytest.mark.asvs("3.2.2", "14.3.3")
def test_scripts_make_no_markup_and_keep_nothing() -> None:
    """Of our pages: what came from elsewhere is text, and the browser's storage stays empty."""
    text = files(APP / "static", ".js")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text)
    assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", text)


@pytest.mark.asvs("13.4.2")
def test_the_service_is_never_in_debug_mode() -> None:
    """Nor can it be put there by a setting."""
    assert settings.DEBUG is False
    assert "DEBUG" not in files(CORE / "env", ".example")
