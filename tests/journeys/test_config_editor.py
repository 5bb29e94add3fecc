"""The labeling config as code: completed from the installed tags, its faults marked at their lines."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_tags_are_completed_and_faults_marked_at_their_line(signed_in: Page) -> None:
    page = signed_in
    page.goto("/projects/new")
    page.click("#code")
    page.get_by_role("textbox", name="Labeling config as XML").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.type("\n<Choi")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("Choices")
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()
    expect(page.locator("#labels .fault")).to_contain_text("Line ")


def test_a_field_of_text_stands_in_where_the_code_editor_does_not_load(signed_in: Page) -> None:
    page = signed_in
    page.route("**/vendor/codemirror.js", lambda route: route.abort())
    page.add_init_script("window.reportError = () => {}")
    page.goto("/projects/new")
    page.click("#code")
    field = page.locator("textarea[aria-label='Labeling config as XML']")
    field.fill("<View>")
    expect(page.locator("#labels .fault")).to_contain_text("well-formed")
