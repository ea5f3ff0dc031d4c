"""What an owner asks of every send-out of the organisation."""
