"""From files to tasks."""
