"""One send-out: what became of everybody, and the controls while it runs."""
