"""What is done about received texts after they are kept: each task a row, found again by the schedule, done at most once."""
