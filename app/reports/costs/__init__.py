"""Costs: what was charged, by month, channel, sender, list and send-out, and the prices that it is estimated by."""
