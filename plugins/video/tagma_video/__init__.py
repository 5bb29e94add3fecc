"""Films to label."""
