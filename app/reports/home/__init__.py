"""Home: what needs a person, what is going out, and the last send-outs."""
