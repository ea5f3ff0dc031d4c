"""Send-outs side by side: how many each reached, and what these people did."""
