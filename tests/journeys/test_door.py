"""How people come in and look after their account: the first one, invited ones, those who forgot; tokens, language, look."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tagma.services.access import Actor
from tagma.services.site import Site
from tagma.testing import OWNER, make_site, serve


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/user/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def test_the_first_person_makes_the_account_that_owns_the_server(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text("You are the first here")).to_be_visible()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill("a few words in a row")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/")
    expect(page.get_by_role("heading", name="A project holds your data")).to_be_visible()
    page.get_by_role("button", name="Try a sample").click()
    page.get_by_role("menuitem", name="Names in text").click()
    page.wait_for_url("**/data")
    expect(page.locator("#row-0")).to_be_visible()


def test_a_wrong_password_is_said_and_the_way_in_leads_where_one_wanted(page: Page, owner: Actor) -> None:
    page.goto("/people")
    expect(page).to_have_url("/user/login/?next=%2Fpeople")
    page.get_by_label("E-mail").fill(OWNER["email"])
    page.get_by_label("Password", exact=True).fill("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("don't match")
    expect(page.get_by_label("E-mail")).to_have_value(OWNER["email"])
    page.get_by_label("Password", exact=True).fill(OWNER["password"])
    page.get_by_role("button", name="Show the password").click()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/people")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Site]:
    site = make_site(tmp_path / "closed", signup_by_invitation_only=True)
    yield site
    site.close()


def test_only_the_invited_come_in_where_sign_up_is_closed(chromium: Browser, closed: Site) -> None:
    from tagma.testing import make_owner

    make_owner(closed)
    with serve(closed) as address:
        mine, theirs = (chromium.new_context(base_url=address, locale="en-US") for _ in range(2))
        page, guest = mine.new_page(), theirs.new_page()
        guest.goto("/user/signup/")
        expect(guest.get_by_text("New accounts are made by invitation only.")).to_be_visible()
        sign_in(page, OWNER["email"], OWNER["password"])
        page.wait_for_url("**/projects/")
        page.goto("/people")
        page.get_by_role("button", name="Invite people").click()
        link = page.get_by_role("dialog").locator("code").inner_text()
        guest.goto(link)
        expect(guest.get_by_text("You were invited to")).to_be_visible()
        guest.get_by_label("E-mail").fill("bo@example.com")
        guest.get_by_label("Name").fill("Bo Bee")
        guest.get_by_label("Password", exact=True).fill("short")
        guest.locator("form.door-form").evaluate("form => { form.noValidate = true; }")
        guest.keyboard.press("Enter")
        expect(guest.get_by_role("alert")).to_contain_text("at least 8 characters")
        guest.get_by_label("Password", exact=True).fill("long enough a phrase")
        guest.keyboard.press("Enter")
        guest.wait_for_url("**/projects/")
        expect(guest.get_by_text("Nobody has given you a project yet.")).to_be_visible()
        page.reload()
        row = page.locator("tr", has_text="Bo Bee")
        row.get_by_label("Role of Bo Bee").select_option(label="Reviewer")
        expect(page.get_by_text("Bo Bee is now Reviewer.")).to_be_visible()
        page.get_by_role("button", name="Invite people").click()
        page.get_by_role("button", name="Replace the link").click()
        expect(page.get_by_role("dialog").locator("code")).not_to_have_text(link)
        late = chromium.new_context(base_url=address, locale="en-US")
        third = late.new_page()
        third.goto(link)
        third.get_by_label("E-mail").fill("cy@example.com")
        third.get_by_label("Password", exact=True).fill("long enough a phrase")
        third.keyboard.press("Enter")
        expect(third.get_by_role("alert")).to_contain_text("This invitation link does not hold")
        for context in (mine, theirs, late):
            context.close()


def status(address: str, token: str) -> int:
    request = urllib.request.Request(f"{address}/api/projects/", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_tokens_are_shown_once_work_and_are_revoked(signed_in: Page, address: str) -> None:
    page = signed_in
    page.goto("/account")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_text("Copy it now")).to_be_visible()
    refresh = page.locator("#pat .secret code").inner_text()
    asked = urllib.request.Request(
        f"{address}/api/token/refresh", data=f'{{"refresh": "{refresh}"}}'.encode(),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(asked) as answer:
        access = answer.read().decode().split('"access":"')[1].split('"')[0]
    assert status(address, access) == 200
    page.reload()
    expect(page.locator("#pat")).to_contain_text("You have a token that holds.")
    expect(page.locator("#pat")).not_to_contain_text(refresh)
    page.get_by_role("button", name="Revoke token").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke token").click()
    expect(page.get_by_role("button", name="Make a token")).to_be_visible()


def test_name_and_password_are_changed_on_the_account_page(page: Page, owner: Actor) -> None:
    sign_in(page, OWNER["email"], OWNER["password"])
    page.wait_for_url("**/projects/")
    page.goto("/account")
    page.get_by_label("First name").fill("Ada")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("Saved ")).to_be_visible()
    page.get_by_label("Present password").fill("a guess of mine")
    page.get_by_label("New password").fill("another few words")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not your present password.")
    page.get_by_label("Present password").fill(OWNER["password"])
    page.get_by_label("New password").fill("another few words")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    page.locator("#bar-person summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/user/login/")
    sign_in(page, OWNER["email"], "another few words")
    page.wait_for_url("**/projects/")


def test_language_and_look_stay_as_chosen(signed_in: Page) -> None:
    page = signed_in
    page.goto("/projects/")
    page.locator("#bar-language summary").click()
    page.get_by_role("button", name="繁體中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(page.get_by_role("heading", name="專案", level=1)).to_be_visible()
    page.locator("#bar-theme summary").click()
    with page.expect_response(lambda answer: answer.url.endswith("/preferences")):
        page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/projects/999/data")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("main")).to_contain_text("沒有專案 999。")
