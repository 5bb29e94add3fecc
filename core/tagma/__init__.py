"""Tagma: a labeling server with a thin core; every capability is a plugin."""

__version__ = "0.1.0"
