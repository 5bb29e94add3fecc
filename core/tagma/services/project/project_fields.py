"""What people may set on a project, and the words when it does not fit."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

import nh3
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from tagma.errors import InvalidInput

MASK = "********"
"""What is shown instead of a stored password."""

Sampling = Literal["Sequential sampling", "Uniform sampling", "Uncertainty sampling"]
SkipQueue = Literal["REQUEUE_FOR_ME", "REQUEUE_FOR_OTHERS", "IGNORE_SKIPPED"]


class ProjectFields(BaseModel):
    """Every key is optional; keys that are not here are ignored, because clients send back what they were given."""

    model_config = ConfigDict(extra="ignore")

    title: str = "New project"
    description: str = ""
    color: str = "#FFFFFF"
    label_config: str = "<View></View>"
    expert_instruction: str = ""
    show_instruction: bool = False
    show_skip_button: bool = True
    enable_empty_annotation: bool = True
    show_annotation_history: bool = False
    reveal_preannotations_interactively: bool = False
    show_collab_predictions: bool = True
    evaluate_predictions_automatically: bool = False
    strict_predictions: bool = False
    model_version: str = ""
    maximum_annotations: int = 1
    overlap_cohort_percentage: int = 100
    show_overlap_first: bool = False
    sampling: Sampling = "Sequential sampling"
    skip_queue: SkipQueue = "REQUEUE_FOR_OTHERS"
    show_ground_truth_first: bool = False
    annotator_evaluation_enabled: bool = False
    min_annotations_to_start_training: int = 0
    start_training_on_annotation_update: bool | None = None
    control_weights: dict[str, Any] = {}
    task_data_login: str | None = None
    task_data_password: str | None = None
    is_published: bool = False
    is_draft: bool = False
    pinned_at: datetime | None = None

    @field_validator("title")
    @classmethod
    def _title(cls, title: str) -> str:
        title = title.strip()
        if not 3 <= len(title) <= 50:
            raise ValueError(f"A title has 3 to 50 characters; this one has {len(title)}.")
        return title

    @field_validator("color")
    @classmethod
    def _color(cls, color: str) -> str:
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", color):
            raise ValueError(f'"{color[:20]}" is not a colour like #1F77B4.')
        return color

    @field_validator("expert_instruction")
    @classmethod
    def _instruction(cls, html: str) -> str:
        return nh3.clean(html)

    @field_validator("maximum_annotations")
    @classmethod
    def _maximum(cls, count: int) -> int:
        if not 1 <= count <= 1000:
            raise ValueError(f"A task takes 1 to 1000 annotations, not {count}.")
        return count

    @field_validator("overlap_cohort_percentage")
    @classmethod
    def _cohort(cls, percent: int) -> int:
        if not 0 <= percent <= 100:
            raise ValueError(f"A share is 0 to 100 percent, not {percent}.")
        return percent

    @field_validator("min_annotations_to_start_training")
    @classmethod
    def _training(cls, count: int) -> int:
        if count < 0:
            raise ValueError(f"A number of annotations is 0 or more, not {count}.")
        return count


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The values that were given, as they are kept; null stands for the default.

    :raises InvalidInput: with a sentence for each field that does not fit.
    """
    given = {
        key: value if value is not None else field.default
        for key, field in ProjectFields.model_fields.items()
        if (value := fields.get(key, _ABSENT)) is not _ABSENT
    }
    try:
        kept = ProjectFields.model_validate(given).model_dump(exclude_unset=True)
    except ValidationError as error:
        faults: dict[str, list[str]] = {}
        for found in error.errors(include_url=False):
            faults.setdefault(str(found["loc"][0]), []).append(_words(found))
        raise InvalidInput("Validation error", faults) from error
    if (training := kept.pop("start_training_on_annotation_update", None)) is not None:
        kept["min_annotations_to_start_training"] = int(training)
    if kept.get("show_collab_predictions") is False:
        kept["model_version"] = ""
    if kept.get("task_data_password") == MASK:
        del kept["task_data_password"]  # a client sent back what it was shown
    return kept


_ABSENT = object()


def _words(found: Any) -> str:
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    if found["type"] == "literal_error":
        return f'"{str(found["input"])[:80]}" is not a valid choice; there are {found["ctx"]["expected"]}.'
    return f"{found['msg']}; it was {str(found['input'])[:80]!r}."
