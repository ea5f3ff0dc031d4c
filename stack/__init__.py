"""One machine's stack: embedded PostgreSQL and Redis, and the commands behind `make run` and `make demo`.

Nothing in `app` or `workers` imports this package: they see only DATABASE_URL and REDIS_URL, as in production.
"""
