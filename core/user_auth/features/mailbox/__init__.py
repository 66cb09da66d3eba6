"""The page on which a developer reads what the service would have mailed."""
