"""Which of the test processes runs what, and in which order."""

from collections.abc import Sequence

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Folders whose modules share services: each is one process's, so that these are started once.
SHARING = ("attacks", "host_project", "journeys", "browser")
# What these run of the app runs in processes of its own: there is nothing to trace.
OUTSIDE = ("attacks", "journeys", "browser", "faults")
# What takes long had better begin early.
FIRST: Sequence[str] = (*SHARING, "faults", "main_project", "local_mongo")


class ByServices(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process a module at a time, or a folder that shares services.

    xdist's own groups do nothing with pytest 9.2, which does not let a test be renamed any more.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return folder_of(module) if folder_of(module) in SHARING else module


def folder_of(nodeid: str) -> str:
    """Return the folder right below ``tests`` that a test is in."""
    return nodeid.split("/")[1]


def rank(nodeid: str) -> int:
    """Return a number that is the lower, the earlier a test had better begin."""
    folder = folder_of(nodeid)
    return FIRST.index(folder) if folder in FIRST else len(FIRST)
