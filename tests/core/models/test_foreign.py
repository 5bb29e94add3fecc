"""A model server made with PyPI's ``label-studio-ml``, not changed in anything: connected, asked, taught."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import CHOICES

pytestmark = [pytest.mark.needs("controls", "text", "formats", "ml"), pytest.mark.xdist_group("models")]


def chosen(found: dict[int, list[dict[str, Any]]]) -> set[str]:
    return {word for results in found.values() for one in results for word in one["value"]["choices"]}


def test_it_is_connected_asked_and_taught_by_a_press_of_the_button(work: Any, foreign_server: str) -> None:
    here = work(CHOICES)
    made = here.tasks(*({"text": f"text {number}"} for number in range(3)))
    model = here.connect(foreign_server)
    assert here.model(model)["model_version"] == "INITIAL"
    assert here.get(f"/api/ml/{model}/versions")["versions"] == ["INITIAL"]
    assert here.predict(model).keys() <= {*made}
    here.annotate(made[0], {"choices": ["bad"]}, from_name="mood", to_name="text", type="choices")
    assert here.train(model)["state"] == "completed"
    while here.model(model)["model_version"] == "INITIAL":  # it learns in a process of its own
        pass
    found = here.predict(model)
    assert found.keys() == {*made}
    assert chosen(found) == {"bad"}


def test_it_learns_from_what_it_is_told_of_an_annotation(work: Any, foreign_server: str) -> None:
    here = work(CHOICES)
    made = here.tasks({"text": "one"}, {"text": "two"})
    model = here.connect(foreign_server)
    here.annotate(made[0], {"choices": ["good"]}, from_name="mood", to_name="text", type="choices")
    while here.model(model)["model_version"] == "INITIAL":
        pass
    assert chosen(here.predict(model)) == {"good"}
