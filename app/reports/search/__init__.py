"""The search in the top bar: a person, a send-out, a number."""
