"""The labeling page as a person has it before them, and what hands do there; used by the journeys of the editor."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tagma.services.access import Actor
from tagma.services.desk import tasks
from tagma.services.people import accounts, sessions
from tagma.services.project import projects
from tagma.services.site import Site
from tests.conftest import BOXES as BOXES
from tests.conftest import ENTITIES as ENTITIES

CHOICES = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text" required="true" requiredMessage="Say how it sounds."><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""
ANSWERS = """<View>
  <Text name="text" value="$text"/>
  <TextArea name="answer" toName="text" rows="3"/>
</View>"""
NOTES = """<View>
  <Text name="text" value="$text"/>
  <TextArea name="answer" toName="text"><Shortcut value="not clear" alias="Unclear" hotkey="ctrl+1"/></TextArea>
</View>"""
FORGOTTEN = """<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="label" toName="image"><Label value="Cat"/></RectangleLabels>
  <HexagonLabels name="outline" toName="image"><Label value="Roof"/></HexagonLabels>
</View>"""


def picture(width: int, height: int) -> str:
    """A grey PNG as a data URL."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xb0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    return "data:image/png;base64," + b64encode(png).decode()


PICTURE = picture(400, 300)


@dataclass
class Desk:
    """The labeling page of a project of this person's, and what the server then has."""

    site: Site
    owner: Actor
    address: str
    context: BrowserContext
    page: Page = field(init=False)
    troubles: list[str] = field(default_factory=list)
    foreseen: set[str] = field(default_factory=set)
    """What a script of the page may say went wrong."""

    def project(self, config: str, *rows: dict[str, Any], **fields: Any) -> tuple[int, list[int]]:
        """A project with one task for each row; a row with ``data`` is a whole task."""

        def make(tx: Any) -> tuple[int, list[int]]:
            made = projects.create(
                self.site, tx, self.owner, {"title": "A project", "label_config": config, **fields}
            )
            whole = [row if "data" in row else {"data": row} for row in rows]
            ids = [tasks.create(self.site, tx, self.owner, {"project": made.id, **row}).id for row in whole]
            return made.id, ids

        return self.site.database.write(make)

    def open(self, project: int, task: int | None = None) -> None:
        self.page.goto(f"{self.address}/projects/{project}/label" + (f"?task={task}" if task else ""))
        expect(self.page.locator(".editor[data-ready]")).to_be_visible()

    def get(self, path: str) -> Any:
        answer = self.context.request.get(self.address + path)
        assert answer.ok, answer.text()
        return answer.json()

    def results(self, task: int) -> list[dict[str, Any]]:
        """Of the task's only annotation."""
        [annotation] = self.get(f"/api/tasks/{task}/annotations/")
        return annotation["result"]

    def draft_saved(self) -> Any:
        """Until the server has taken a draft; its answer is the block's ``value``."""
        return self.page.expect_response(
            lambda answer: (
                "/drafts" in answer.url and answer.request.method in ("POST", "PATCH") and answer.ok
            )
        )

    def new_page(self) -> None:
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def elsewhere(self) -> None:
        """The same person on another machine."""
        browser = self.context.browser
        assert browser
        self.context.close()
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 800}, reduced_motion="reduce", base_url=self.address
        )
        self.sign_in(self.owner)
        self.new_page()

    def sign_in(self, actor: Actor) -> None:
        cookie = sessions.session_cookie(self.site, actor)
        self.context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.address}])

    def person(self, email: str, role: str) -> Actor:
        """Somebody else of the organization."""

        def make(tx: Any) -> Actor:
            actor = accounts.sign_up(self.site, tx, email=email, password="another horse battery")
            tx.run("UPDATE membership SET role = :role WHERE user_id = :id", role=role, id=actor.user_id)
            return actor

        return self.site.database.write(make)

    def set_keys(self, custom: dict[str, Any]) -> None:
        answer = self.context.request.patch(
            f"{self.address}/api/current-user/hotkeys/", data={"custom_hotkeys": custom}
        )
        assert answer.ok, answer.text()

    def submit(self) -> None:
        """By the keyboard, and until the server has said yes."""
        with self.page.expect_response(
            lambda answer: "/annotations/" in answer.url and answer.request.method in ("POST", "PATCH")
        ) as answer:
            self.page.keyboard.press("Control+Enter")
        assert answer.value.ok, answer.value.text()


def drag(desk: Desk, where: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of an element to another, both as shares of its size."""
    box = where.bounding_box()
    mouse = desk.page.mouse

    def at(place: tuple[float, float]) -> tuple[float, float]:
        return box["x"] + box["width"] * place[0], box["y"] + box["height"] * place[1]

    mouse.move(*at(start))
    mouse.down()
    mouse.move(*at(end), steps=4)
    mouse.up()


def mark(desk: Desk, words: str) -> None:
    """Drag over a passage of the text on screen."""
    boxes = desk.page.evaluate(
        """(words) => {
            const walker = document.createTreeWalker(document.querySelector('.text-scroller'), NodeFilter.SHOW_TEXT);
            for (let node; (node = walker.nextNode()); ) {
                const at = node.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + words.length);
                const { left, right, top, bottom } = range.getBoundingClientRect();
                return { left, right, middle: (top + bottom) / 2 };
            }
        }""",
        words,
    )
    mouse = desk.page.mouse
    mouse.move(boxes["left"] + 1, boxes["middle"])
    mouse.down()
    mouse.move(boxes["right"] - 1, boxes["middle"], steps=5)
    mouse.up()


def rows(desk: Desk) -> Locator:
    return desk.page.locator(".region")
