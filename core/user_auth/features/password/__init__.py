"""A password that is forgotten, or changed."""
