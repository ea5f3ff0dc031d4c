"""Whole send-outs under every fault that we could think of, judged by the providers' own log: `make chaos`."""
