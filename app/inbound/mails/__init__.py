"""Answers that come by e-mail: from the team to forwarded texts, and from participants to send-outs."""
