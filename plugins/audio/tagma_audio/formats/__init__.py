"""What other programs write about recordings, and read."""
