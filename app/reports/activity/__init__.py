"""Who did what in an organisation, for its owners."""
