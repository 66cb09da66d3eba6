"""What tests need to run the service as its users do: as processes."""
