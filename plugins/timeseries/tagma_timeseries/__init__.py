"""Time series to label."""
