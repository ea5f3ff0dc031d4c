"""What owners and operators see of the service itself: processes, queues, callbacks, limits, and what stands in doubt."""
