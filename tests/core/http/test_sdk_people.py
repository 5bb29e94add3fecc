"""The organization, its people, their keys and settings by the field's own client."""

from __future__ import annotations

from typing import Any

import pytest
from label_studio_sdk.core.api_error import ApiError

from tagma.testing import make_client

pytestmark = pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")


def test_the_organization_is_read_and_renamed(work: Any, sdk: Any) -> None:
    here = work.owner.organization_id
    found = sdk.organizations.get(id=here)
    assert (found.id, found.created_by) == (here, work.owner.user_id)
    assert sdk.organizations.update(id=here, title="Moods").title == "Moods"
    assert sdk.organizations.get(id=here).title == "Moods"
    with pytest.raises(ApiError) as missing:
        sdk.organizations.get(id=here + 99)
    assert missing.value.status_code == 404


def test_the_link_for_new_people_is_renewed(work: Any, sdk: Any) -> None:
    old = sdk.organizations.invites.get_invite_link()
    new = sdk.organizations.reset_token()
    assert new.token != old.token
    assert sdk.organizations.invites.get_invite_link().token == new.token


def test_a_member_is_read_and_given_another_role(work: Any, sdk: Any) -> None:
    here, anne = work.owner.organization_id, work.actor("anne").user_id
    project = work.project()
    [task] = work.tasks(project, "a")
    sdk.annotations.create(id=task, result=work.result(), completed_by=anne)
    found = sdk.organizations.members.get(id=here, user_pk=anne)
    assert (found.user, found.annotations_count, found.contributed_projects_count) == (anne, 1, 1)
    sdk.organizations.members.update(id=here, user_id=anne, role="MA")
    roles = {one.user.id: one.role for one in sdk.organizations.members.list(id=here)}
    assert roles == {work.owner.user_id: "OW", anne: "MA"}


def test_people_are_read_changed_and_deleted(work: Any, sdk: Any) -> None:
    anne = work.actor("anne").user_id
    assert sdk.users.get(id=anne).email == "anne@example.com"
    assert sdk.users.update(id=anne, first_name="Anne", phone="123").first_name == "Anne"
    assert (sdk.users.get(id=anne).phone, sdk.users.get(id=anne).initials) == ("123", "a")
    changed = work.client.patch(f"/api/users/{anne}/", json={"email": "other@example.com"})
    assert changed.status_code == 405
    sdk.users.delete(id=anne)
    with pytest.raises(ApiError) as missing:
        sdk.users.get(id=anne)
    assert missing.value.status_code == 404


def test_one_reads_and_changes_oneself(work: Any, sdk: Any) -> None:
    assert sdk.users.get_current_user().email == work.owner.email
    assert sdk.users.update_current_user(last_name="Ng").last_name == "Ng"
    assert sdk.users.whoami().last_name == "Ng"
    keys = {"annotation:submit": {"key": "ctrl+m", "active": True}}
    assert sdk.users.update_hotkeys(custom_hotkeys=keys).custom_hotkeys == keys
    assert sdk.users.get_hotkeys().custom_hotkeys == keys
    with pytest.raises(ApiError) as refused:
        sdk.users.update_hotkeys(custom_hotkeys={"submit": "x"})
    assert refused.value.status_code == 400


def test_the_legacy_key_is_shown_and_renewed(work: Any, sdk: Any) -> None:
    old = sdk.users.get_token().token
    assert len(old) == 40
    new = sdk.users.reset_token().token
    assert new != old
    assert sdk.users.get_token().token == new
    with make_client(work.site) as nobody:
        ask = "/api/current-user/whoami"
        assert nobody.get(ask, headers={"Authorization": f"Token {old}"}).status_code == 401
        assert nobody.get(ask, headers={"Authorization": f"Token {new}"}).status_code == 200


def test_a_personal_key_is_made_once_renewed_and_exchanged(work: Any, sdk: Any) -> None:
    with pytest.raises(ApiError) as twice:
        sdk.tokens.create()
    assert twice.value.status_code == 409
    [held] = sdk.tokens.list()
    sdk.tokens.blacklist(refresh=held.token)
    made = sdk.tokens.create().token
    assert sdk.tokens.refresh(refresh=made).access.count(".") == 2
    renewed = sdk.tokens.rotate(refresh=made).refresh
    assert renewed != made
    with pytest.raises(ApiError) as ended:
        sdk.tokens.refresh(refresh=made)
    assert ended.value.status_code == 401
    assert sdk.tokens.refresh(refresh=renewed).access


def test_kinds_of_keys_are_switched_off_and_on(work: Any, sdk: Any) -> None:
    legacy = sdk.users.get_token().token
    off = sdk.jwt_settings.update(
        api_tokens_enabled=True, legacy_api_tokens_enabled=False, api_token_ttl_days=73000
    )
    assert off.api_token_ttl_days == 73000
    assert (off.api_tokens_enabled, off.legacy_api_tokens_enabled) == (True, False)
    assert sdk.jwt_settings.get().legacy_api_tokens_enabled is False
    with make_client(work.site) as nobody:
        refused = nobody.get("/api/current-user/whoami", headers={"Authorization": f"Token {legacy}"})
        assert refused.status_code == 401
        assert "legacy" in refused.json()["detail"].lower()


def test_how_long_sessions_last_is_set(work: Any, sdk: Any) -> None:
    before = sdk.session_policy.get()
    assert (before.max_session_age, before.max_time_between_activity) == (11520, 4320)
    sdk.session_policy.update(max_session_age=1000, max_time_between_activity=30)
    assert sdk.session_policy.get().max_session_age == 1000
    with pytest.raises(ApiError) as refused:
        sdk.session_policy.update(max_session_age=-5)
    assert refused.value.status_code == 400
