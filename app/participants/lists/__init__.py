"""Lists: named sets of participants."""
