"""The people of a send-out: pages, ids to copy, a file to take away."""
