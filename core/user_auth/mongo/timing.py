"""How long MongoDB takes, and what it refuses; for the metrics."""

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from user_auth import metrics

MICROSECONDS = 1_000_000
# It waits for what there is to come, on a change stream for seconds: no time that MongoDB took.
WAITS = "getMore"


class CommandTimes(CommandListener):
    """Measures every command of a client."""

    def started(self, event: CommandStartedEvent) -> None:
        """Nothing is known yet."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        if event.command_name != WAITS:
            metrics.observe_database(event.duration_micros / MICROSECONDS, command=event.command_name)

    def failed(self, event: CommandFailedEvent) -> None:
        metrics.count_database_error(_error(event.failure))


def _error(failure: object) -> str:
    """Return MongoDB's own name for a failure; of a broken connection, the class of the error."""
    names = failure if isinstance(failure, dict) else {}
    return str(names.get("codeName") or names.get("errtype") or "other")
