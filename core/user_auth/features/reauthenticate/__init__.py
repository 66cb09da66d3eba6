"""Proving once more who is behind a session."""
