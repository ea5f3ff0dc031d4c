"""What people answered to a send-out's question, and who has confirmed to have read it."""
