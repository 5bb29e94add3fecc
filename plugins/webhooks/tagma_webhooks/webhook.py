"""A webhook: where to send what. And the actions there are, in the words of the field's protocol."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, Field, SecretStr, field_validator

KIND = "webhook"
_MOST_HEADERS = 10


class Action(NamedTuple):
    name: str
    description: str
    key: str
    organization_only: bool = False


ACTIONS = {
    "PROJECT_CREATED": Action("Project created", "A project was made.", "project", True),
    "PROJECT_UPDATED": Action("Project updated", "The settings of a project changed.", "project"),
    "PROJECT_DELETED": Action("Project deleted", "A project was deleted.", "project", True),
    "TASKS_CREATED": Action("Tasks created", "Tasks were put in.", "tasks"),
    "TASKS_DELETED": Action("Tasks deleted", "Tasks were deleted.", "tasks"),
    "ANNOTATION_CREATED": Action("Annotation created", "A task was submitted or skipped.", "annotation"),
    "ANNOTATIONS_CREATED": Action(
        "Annotations created",
        "One action made many annotations, from predictions for instance.",
        "annotation",
    ),
    "ANNOTATION_UPDATED": Action("Annotation updated", "An annotation changed.", "annotation"),
    "ANNOTATIONS_DELETED": Action("Annotations deleted", "Annotations were deleted.", "annotations"),
    "LABEL_LINK_CREATED": Action("Label link created", "People added labels to a control.", "label_link"),
    "LABEL_LINK_UPDATED": Action(
        "Label link updated", "Such a label, or where it stands, changed.", "label_link"
    ),
    "LABEL_LINK_DELETED": Action(
        "Label link deleted", "Such a label was taken from a control.", "label_link"
    ),
}


class Webhook(BaseModel):
    """What a person sets."""

    url: str = Field(max_length=2048, description="Where to send it.")
    send_payload: bool = Field(True, description="Whether the body tells more than the name of the action.")
    send_for_all_actions: bool = Field(
        True, description="Send whatever happens, not only what actions names."
    )
    actions: list[str] = Field([], description="What to send.")
    headers: dict[str, str] = Field(
        {}, description="Sent along, for instance a key that the receiver asks for."
    )
    is_active: bool = Field(True, description="Whether anything is sent.")
    secret: SecretStr | None = Field(
        None, description="Signs what is sent, so that the receiver knows it is ours."
    )

    @field_validator("url")
    @classmethod
    def _address(cls, given: str) -> str:
        if not given.startswith(("http://", "https://")):
            raise ValueError("An address begins with http:// or https://")
        return given

    @field_validator("actions")
    @classmethod
    def _known(cls, given: list[str]) -> list[str]:
        strange = [action for action in given if action not in ACTIONS]
        if strange:
            raise ValueError(f'There is no action "{strange[0]}"; there are {", ".join(ACTIONS)}')
        return list(dict.fromkeys(given))

    @field_validator("headers")
    @classmethod
    def _sendable(cls, given: dict[str, str]) -> dict[str, str]:
        if len(given) > _MOST_HEADERS:
            raise ValueError(f"At most {_MOST_HEADERS} headers can be sent, not {len(given)}")
        for name, value in given.items():
            if (
                not name
                or not all(letter.isalnum() or letter in "-_" for letter in name)
                or not name.isascii()
            ):
                raise ValueError(f'"{name}" can\'t be the name of a header')
            if any(letter in value for letter in "\r\n\0"):
                raise ValueError(f'The header "{name}" holds a line break')
        return given

    @field_validator("secret", mode="before")
    @classmethod
    def _none_if_empty(cls, given: object) -> object:
        return given or None
