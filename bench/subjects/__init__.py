"""What the service is compared with: small applications on the same server."""
