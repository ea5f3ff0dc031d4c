"""Sending once more to the people of ticked messages, whichever send-outs those are of."""
