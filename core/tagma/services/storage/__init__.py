"""Storages of a project: sources that become tasks, targets that annotations are written to, media in between."""
