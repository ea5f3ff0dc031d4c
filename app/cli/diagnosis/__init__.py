"""What `flask doctor` looks at, one file a patient: each check says what it found, what to do, and how to put it right if it can."""
