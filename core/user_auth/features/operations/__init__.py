"""What operators and developers ask of a running service: its health, its keys, its documents."""
