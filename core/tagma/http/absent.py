"""Paths that clients of the field know and this server does not serve, each with the reason, as one table.

Somebody who asks for one is told whether it comes later or has no meaning here, instead of only that there is nothing. A path
that is served is never looked up here. ``*`` stands for one part of a path; a row covers all that lies below it.
"""

from __future__ import annotations

from typing import NamedTuple

LATER = "later"
NO_MEANING = "no meaning here"


class Reason(NamedTuple):
    """:param kind: ``LATER`` or ``NO_MEANING``."""

    kind: str
    sentence: str


def _later(part: str) -> Reason:
    return Reason(LATER, f"This call is part of {part}, which comes later.")


def _without_meaning(because: str) -> Reason:
    return Reason(NO_MEANING, f"This call has no meaning in Tagma, because {because}.")


_REVIEW = _later("roles and review")
_MEMBERS = _later("roles and members of projects")
_AGREEMENT = _later("agreement")
_DASHBOARDS = _later("dashboards of people and quality")
_ASSIGNMENT = _later("assignment of tasks to people")
_COMMENTS = _later("comments")
_LOG = _later("the log of activity")
_SIGN_IN = _later("sign-in through a company's own accounts")
_WORKSPACES = _later("workspaces")
_TEMPLATES = _later("project templates and copies of projects")
_BULK = _later("labeling of many tasks at once")
_MODELS = _later("suggestions by language models")
_TAGS = _later("tags of people")
_SEARCH = _later("search among people")
_PAGES = _later("pages made by plugins")
_BACKFILL = _without_meaning(
    "states and values are never filled in afterwards: they are kept as work is done"
)
_CUSTOM_METRIC = _without_meaning("a metric is a plugin in Python here, not code sent to somebody's cloud")
_STATES = _later("states of work")
_REIMPORT = _without_meaning("a reimport has ended when it answers; there is no state to ask for")
_BILLING = _without_meaning("nothing is sold and nothing counted for a bill")
_EMAIL = _without_meaning(
    "the server sends no mail; make a personal link at /api/invite/links and pass it on"
)
_PERMISSIONS = _without_meaning("what a role may do is fixed; give the person another role")
_FLAGS = _without_meaning("there are no feature flags: what is there is on")
_TOURS = _without_meaning("its pages have no guided tours whose state could be kept")
_ADMIN = _without_meaning("people and settings have their own pages, and jobs are listed at /api/jobs/")
_NGINX = _without_meaning("exports are sent by the server itself, which has checked who asks")
_ROLE_STORAGE = _without_meaning(
    "storages are reached with their own keys; connect the same place as s3, gcs or azure"
)
_DATABRICKS = _without_meaning("no plugin brings storages of this kind")

ABSENT: dict[str, Reason] = {
    "admin": _ADMIN,
    "api/activity-logs": _LOG,
    "api/analytics": _DASHBOARDS,
    "api/annotation-history": _LOG,
    "api/annotation-reviews": _REVIEW,
    "api/annotations/bulk": _BULK,
    "api/annotations/bulk-delete": _BULK,
    "api/auth/export": _NGINX,
    "api/billing": _BILLING,
    "api/comments": _COMMENTS,
    "api/current-user/product-tour": _TOURS,
    "api/dimensions": _BACKFILL,
    "api/fsm/backfill": _BACKFILL,
    "api/fsm/entities/*/*/transition": _STATES,
    "api/inference-runs": _MODELS,
    "api/interfaces": _PAGES,
    "api/invite/revoke": _EMAIL,
    "api/invite/send-email": _EMAIL,
    "api/model-provider-connections": _MODELS,
    "api/model-run": _MODELS,
    "api/organizations/*/member-tags": _TAGS,
    "api/organizations/*/memberships/filter-options": _SEARCH,
    "api/organizations/*/memberships/filter-schema": _SEARCH,
    "api/organizations/*/memberships/search": _SEARCH,
    "api/organizations/*/permissions": _PERMISSIONS,
    "api/organizations/*/set-default-role": _MEMBERS,
    "api/project-templates": _TEMPLATES,
    "api/projects/*/analytics": _DASHBOARDS,
    "api/projects/*/annotation-history": _LOG,
    "api/projects/*/aws-custom-function": _CUSTOM_METRIC,
    "api/projects/*/aws-custom-function-logs": _CUSTOM_METRIC,
    "api/projects/*/check-function": _CUSTOM_METRIC,
    "api/projects/*/custom-function": _CUSTOM_METRIC,
    "api/projects/*/custom-function-logs": _CUSTOM_METRIC,
    "api/projects/*/dimensions": _DASHBOARDS,
    "api/projects/*/duplicate": _TEMPLATES,
    "api/projects/*/gcp-custom-function": _CUSTOM_METRIC,
    "api/projects/*/members/bulk": _MEMBERS,
    "api/projects/*/members/export": _MEMBERS,
    "api/projects/*/members/paginated": _MEMBERS,
    "api/projects/*/members/*/pauses": _MEMBERS,
    "api/projects/*/metricparam": _AGREEMENT,
    "api/projects/*/model-stats": _AGREEMENT,
    "api/projects/*/reimports": _REIMPORT,
    "api/projects/*/review-routing-rules": _REVIEW,
    "api/projects/*/roles": _MEMBERS,
    "api/projects/*/stats": _DASHBOARDS,
    "api/projects/*/subset-tasks": _MODELS,
    "api/projects/*/subsets": _MODELS,
    "api/projects/*/tasks/assignees": _ASSIGNMENT,
    "api/projects/*/tasks/*/agreement-matrix": _AGREEMENT,
    "api/projects/*/tasks/*/assignees": _ASSIGNMENT,
    "api/projects/*/update-stats": _DASHBOARDS,
    "api/projects/*/user-stats": _DASHBOARDS,
    "api/projects/*/users": _AGREEMENT,
    "api/projects/roles": _MEMBERS,
    "api/prompts": _MODELS,
    "api/saml": _SIGN_IN,
    "api/scim": _SIGN_IN,
    "api/storages/azure_spi": _ROLE_STORAGE,
    "api/storages/databricks": _DATABRICKS,
    "api/storages/export/azure_spi": _ROLE_STORAGE,
    "api/storages/export/databricks": _DATABRICKS,
    "api/storages/export/gcs_sa": _ROLE_STORAGE,
    "api/storages/export/gcswif": _ROLE_STORAGE,
    "api/storages/export/s3s": _ROLE_STORAGE,
    "api/storages/gcs_sa": _ROLE_STORAGE,
    "api/storages/gcswif": _ROLE_STORAGE,
    "api/storages/s3s": _ROLE_STORAGE,
    "api/tasks/*/agreement": _AGREEMENT,
    "api/tasks/*/events": _DASHBOARDS,
    "api/workspaces": _WORKSPACES,
    "django-rq": _ADMIN,
    "feature-flags": _FLAGS,
}


def reason(path: str) -> Reason | None:
    """Why nothing is served at a path; None for one that nobody knows."""
    parts = path.strip("/").split("/")
    for length in range(len(parts), 0, -1):
        for row, found in _ROWS.get(length, ()):
            if all(wanted in ("*", given) for wanted, given in zip(row, parts, strict=False)):
                return found
    return None


_ROWS: dict[int, list[tuple[list[str], Reason]]] = {}
for _pattern, _reason in ABSENT.items():
    _ROWS.setdefault(_pattern.count("/") + 1, []).append((_pattern.split("/"), _reason))
