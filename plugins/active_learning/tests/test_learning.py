"""The text classifier learns what people answer, is tried on what it has not learned from, and re-orders the queue."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.needs("controls", "text", "formats")

ENGLISH = (
    ["lovely", "wonderful", "superb", "charming", "delightful"],
    ["awful", "dreadful", "terrible", "boring", "horrid"],
    ["the {} film of {}", "a {} evening with {}", "what a {} book by {}", "{} food at {}"],
    ["Ann", "Ben", "Cleo", "Dan"],
)
CHINESE = (
    ["很好看", "太精彩", "非常喜欢", "很满意", "真好吃"],
    ["很难看", "太无聊", "非常失望", "不满意", "真难吃"],
    ["这部电影{}，{}", "昨天晚上{}，{}", "这本书{}，{}", "这家饭馆{}，{}"],
    ["小王说", "小李说", "同事说", "朋友说"],
)


def corpus(language: Any) -> list[tuple[str, str]]:
    """Texts with their answers, good and bad by turns."""
    good, bad, frames, names = language
    made = []
    for frame, name, place in itertools.product(frames, names, range(5)):
        made += [(frame.format(good[place], name), "good"), (frame.format(bad[place], name), "bad")]
    return made


@pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_it_gets_better_with_each_round_and_is_tried_on_what_it_has_not_learned_from(
    work: Any, language: Any
) -> None:
    texts = corpus(language)
    ids = work.tasks(*(text for text, _ in texts))
    model = work.connect()
    for task, (_, answer) in list(zip(ids, texts, strict=True))[:20]:
        work.submit(task, answer)
    few = work.learn(model)["points"][-1]
    for task, (_, answer) in list(zip(ids, texts, strict=True))[20:120]:
        work.submit(task, answer)
    shown = work.learn(model)
    first, last = few, shown["points"][-1]
    assert (last["learned"] + last["held_out"], last["metric"]) == (120, "accuracy")
    assert last["learned"] > first["learned"]
    assert last["score"] >= max(first["score"], 0.95)
    assert shown["model_version"].startswith(f"text-{last['learned']}-")


@pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_the_queue_begins_where_it_is_least_certain(work: Any, client: TestClient, language: Any) -> None:
    texts = corpus(language)
    ids = work.tasks(*(text for text, _ in texts))
    good, bad, frames, names = language
    sure = work.tasks(frames[0].format(good[0], names[0]), frames[1].format(bad[0], names[1]))
    [unsure] = work.tasks(frames[0].format(good[0] + bad[0], names[0]))
    for task, (_, answer) in zip(ids, texts, strict=True):
        work.submit(task, answer)
    model = work.connect()
    version = work.learn(model)["model_version"]
    found = {one["task"]: one for one in client.get(f"/api/predictions/?project={work.project}").json()}
    assert set(found) == {*sure, unsure}  # what is labeled is not asked about
    assert {one["model_version"] for one in found.values()} == {version}
    assert [found[one]["result"][0]["value"]["choices"] for one in sure] == [["good"], ["bad"]]
    assert all(0.5 < found[one]["score"] <= 1 for one in sure)
    handed = client.get(f"/api/projects/{work.project}/next/").json()
    assert (handed["id"], handed["queue"]) == (unsure, "Active learning or random queue")


def test_it_learns_by_itself_when_enough_was_annotated(work: Any, client: TestClient) -> None:
    texts = corpus(ENGLISH)
    ids = work.tasks(*(text for text, _ in texts))
    model = work.connect()
    client.patch(f"/api/projects/{work.project}/", json={"min_annotations_to_start_training": 30})
    for task, (_, answer) in list(zip(ids, texts, strict=True))[:30]:
        work.submit(task, answer)
    work.finish()
    assert len(work.shown(model)["points"]) == 1
    assert client.get(f"/api/predictions/?project={work.project}").json()


def test_it_says_what_is_missing(work: Any, client: TestClient) -> None:
    ids = work.tasks(*(f"text {number}" for number in range(30)))
    model = work.connect()
    work.learn(model)
    assert work.log(model)[0] == "It needs 10 annotated tasks to learn from; there are 0 so far."
    for task in ids:
        work.submit(task, "good")
    shown = work.learn(model)
    assert work.log(model)[0] == 'Every answer so far is "good"; it needs at least two different ones.'
    assert (shown["points"], shown["state"]) == ([], "CO")


@pytest.mark.parametrize(
    "control",
    [
        '<Choices name="c" toName="text" choice="multiple"><Choice value="a"/><Choice value="b"/></Choices>',
        '<Labels name="c" toName="text"><Label value="a"/></Labels>',
    ],
)
def test_a_project_without_one_answer_about_a_text_is_told_so(
    work: Any, client: TestClient, control: str
) -> None:
    config = f'<View><Text name="text" value="$text"/>{control}</View>'
    made = client.post("/api/projects/", json={"title": "Other", "label_config": config}).json()["id"]
    answer = client.post("/api/ml/", json={"project": made, "kind": "text_classifier"})
    assert answer.status_code == 400
    assert "no Choices of one answer" in answer.text


def test_a_lost_file_is_learned_anew(work: Any, client: TestClient) -> None:
    texts = corpus(ENGLISH)
    ids = work.tasks(*(text for text, _ in texts))
    for task, (_, answer) in list(zip(ids, texts, strict=True))[:60]:
        work.submit(task, answer)
    model = work.connect()
    before = work.learn(model)["model_version"]
    (kept,) = work.site.settings.data_dir.glob("models/*/classifier.npz")
    kept.write_bytes(b"broken")
    assert work.learn(model)["model_version"] == before
    assert kept.read_bytes() != b"broken"
