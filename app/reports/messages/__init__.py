"""Messages: one row a message over all send-outs, and for one send-out its Message Delivery Report."""
