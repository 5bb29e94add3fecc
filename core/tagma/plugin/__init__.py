"""The public face for authors of plugins: what stands here is a promise, everything else of the core may move.

A plugin imports only ``tagma.plugin``, ``tagma.errors``, ``tagma.testing`` and its own files.
"""

from tagma.plugin import common
from tagma.plugin.config import Label, LabelingConfig, Node, Offered
from tagma.plugin.data_types import DataType
from tagma.plugin.formats import Draft, Exporter, Fault, Importer, MediaSource, Report, SourceFile
from tagma.plugin.hookspecs import API, hookimpl
from tagma.plugin.predictors import Fitted, Point, Predictor
from tagma.plugin.routes import Call, Routes
from tagma.plugin.server import Actor, Answer, Caller, Message, Server, Stored
from tagma.plugin.shapes import Annotation, Prediction, Result, Task, TaskDraft
from tagma.plugin.storages import Storage, StoredObject
from tagma.plugin.tags import (
    Attribute,
    Bool,
    Color,
    ControlTag,
    DataKey,
    Hotkey,
    Name,
    Number,
    ObjectTag,
    OneOf,
    Tag,
    Text,
    ToName,
    Value,
    VisualTag,
)
from tagma.plugin.task_jobs import Running, TaskJob

__all__ = [
    "API",
    "Actor",
    "Annotation",
    "Answer",
    "Attribute",
    "Bool",
    "Call",
    "Caller",
    "Color",
    "ControlTag",
    "DataKey",
    "DataType",
    "Draft",
    "Exporter",
    "Fault",
    "Fitted",
    "Hotkey",
    "Importer",
    "Label",
    "LabelingConfig",
    "MediaSource",
    "Message",
    "Name",
    "Node",
    "Number",
    "ObjectTag",
    "Offered",
    "OneOf",
    "Point",
    "Prediction",
    "Predictor",
    "Report",
    "Result",
    "Routes",
    "Running",
    "Server",
    "SourceFile",
    "Storage",
    "Stored",
    "StoredObject",
    "Tag",
    "Task",
    "TaskDraft",
    "TaskJob",
    "Text",
    "ToName",
    "Value",
    "VisualTag",
    "common",
    "hookimpl",
]
