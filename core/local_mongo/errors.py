"""What is raised when the embedded MongoDB cannot be had."""


class LocalMongoError(Exception):
    """No embedded MongoDB; the text is one line that says why and what to do."""
