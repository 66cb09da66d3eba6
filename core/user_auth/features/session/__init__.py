"""The current session: recognized, and ended."""
