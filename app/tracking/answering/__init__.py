"""The pages behind the buttons of a message: "I have read this", and the answers to its question."""
