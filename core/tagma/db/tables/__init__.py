"""Every table. ``services`` is the only room that writes them; hot paths read them by SQL (``Transaction.rows``).

Remarks that hold for all: moments are text (see ``types.Moment``), ids are integers, a deleted annotation is a tombstone
(``deleted_at``), counters are kept by delta in the transaction that changes what they count.
"""

from __future__ import annotations

from tagma.db.tables.moves import Export, FileUpload, Job, Message, Origin, StorageLink, TargetObject
from tagma.db.tables.people import ApiToken, Invite, Membership, Organization, User
from tagma.db.tables.projects import SEQUENTIAL, Label, LabelLink, Project, ProjectMember, Record, View
from tagma.db.tables.work import (
    BEGUN,
    Annotation,
    AnnotationHistory,
    Comment,
    Draft,
    Lease,
    Prediction,
    QueueCursor,
    Review,
    Task,
)

__all__ = [
    "BEGUN",
    "SEQUENTIAL",
    "Annotation",
    "AnnotationHistory",
    "ApiToken",
    "Comment",
    "Draft",
    "Export",
    "FileUpload",
    "Invite",
    "Job",
    "Label",
    "LabelLink",
    "Lease",
    "Membership",
    "Message",
    "Organization",
    "Origin",
    "Prediction",
    "Project",
    "ProjectMember",
    "QueueCursor",
    "Record",
    "Review",
    "StorageLink",
    "TargetObject",
    "Task",
    "User",
    "View",
]
