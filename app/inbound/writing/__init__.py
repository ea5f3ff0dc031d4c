"""Writing to one person, from their page or in their conversation."""
