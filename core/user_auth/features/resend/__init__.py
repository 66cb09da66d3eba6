"""Another code for a challenge of any kind."""
