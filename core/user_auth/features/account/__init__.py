"""One's own account: seen, renamed, taken out as a whole, deleted."""
