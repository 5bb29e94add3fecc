"""Sound: recordings, regions in time, and what is computed from them once."""
