"""One's own sessions: seen, and ended."""
