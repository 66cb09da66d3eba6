"""Moving in and out: users from another system, and all of them into a file."""
