"""What it takes to send, line by line: what is there, what is missing, and one button each."""
