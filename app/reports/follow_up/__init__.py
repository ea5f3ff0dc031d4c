"""Follow-up: its settings, notes on single messages, and a send-out's edit link."""
