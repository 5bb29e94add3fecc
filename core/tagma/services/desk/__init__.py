"""The work itself: tasks handed out, annotations, drafts and predictions."""
