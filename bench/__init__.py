"""What the product promises in figures, measured on a real service."""
