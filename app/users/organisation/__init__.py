"""The organisation's settings and senders."""
