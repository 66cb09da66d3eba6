"""What keeps the service from starting."""


class RefusedError(Exception):
    """The service cannot start; the text is one line that says why and what to do."""
