"""The field's own client against a real server."""

from collections.abc import Iterator

import httpx
import pytest
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from tagma.services.access import Actor
from tagma.services.people import tokens
from tagma.services.site import Site

# The client's own way of reading an error's body.
pytestmark = pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")

TEXT = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""


@pytest.fixture(params=["legacy", "personal access token"])
def sdk(request: pytest.FixtureRequest, live_server: str, site: Site, owner: Actor) -> Iterator[LabelStudio]:
    make = tokens.legacy_token if request.param == "legacy" else tokens.create
    key = site.database.write(lambda tx: make(site, tx, owner))
    with httpx.Client(timeout=30) as connection:  # its own would stay open
        yield LabelStudio(base_url=live_server, api_key=key, httpx_client=connection)


def test_projects_and_people_through_the_official_client(sdk: LabelStudio, owner: Actor) -> None:
    assert sdk.users.whoami().email == owner.email
    assert [user.id for user in sdk.users.list()] == [owner.user_id]
    project = sdk.projects.create(title="Moods", label_config=TEXT)
    assert project.id
    for number in range(3):
        sdk.projects.create(title=f"Project {number}")
    assert len(list(sdk.projects.list(page_size=2))) == 4
    assert sdk.projects.get(project.id).parsed_label_config["mood"]["labels"] == ["good", "bad"]
    assert sdk.projects.update(project.id, title="Feelings").title == "Feelings"
    sdk.projects.validate_label_config(project.id, label_config=TEXT)
    with pytest.raises(ApiError) as caught:
        sdk.projects.update(project.id, label_config="<View><Text")
    assert caught.value.status_code == 400
    sdk.projects.delete(project.id)
    with pytest.raises(ApiError) as caught:
        sdk.projects.get(project.id)
    assert caught.value.status_code == 404
    assert sdk.projects.list_counts().count == 3


def test_the_organization_through_the_official_client(sdk: LabelStudio, owner: Actor) -> None:
    assert sdk.versions.get().edition == "Community"
    organization = sdk.organizations.list()[0]
    assert organization.id == owner.organization_id
    invite = sdk.organizations.invites.get_invite_link()
    assert invite.token in invite.invite_url
    added = sdk.users.create(email="anne@example.com", first_name="Anne", username="anne")
    assert added.initials == "a"
    members = list(sdk.organizations.members.list(organization.id))
    assert [member.user.email for member in members] == [owner.email, "anne@example.com"]
    sdk.organizations.members.delete(organization.id, added.id)
    assert [user.email for user in sdk.users.list()] == [owner.email]
