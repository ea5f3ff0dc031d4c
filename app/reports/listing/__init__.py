"""The list of send-outs."""
