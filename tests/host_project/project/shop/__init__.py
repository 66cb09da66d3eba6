"""A shop that knows nothing of how user_auth is made: it has the wheel, and what the guide says."""
