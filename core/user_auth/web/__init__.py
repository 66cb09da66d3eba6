"""The HTTP kit: everything the contract asks of every endpoint, once."""
