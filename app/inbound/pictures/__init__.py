"""Pictures and files that came along with received texts."""
