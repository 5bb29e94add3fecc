from pathlib import Path
from typing import Any

import pytest

from tagma.errors import InvalidInput, NotAllowed, NotFound
from tagma.services.access import Actor
from tagma.services.people import accounts, members, organizations, tokens, users
from tagma.services.site import Site
from tagma.testing import make_site


def join(site: Site, email: str = "anne@example.com", **more: Any) -> Actor:
    return site.database.write(
        lambda tx: accounts.sign_up(site, tx, email=email, password="long enough", **more)
    )


def test_the_first_person_owns_the_organization_and_the_next_are_annotators(site: Site, owner: Actor) -> None:
    assert owner.role == "OW"
    second = join(site)
    assert (second.role, second.organization_id) == ("AN", owner.organization_id)


@pytest.mark.parametrize("email", ["", "anne", "a b@example.com", "@", "x" * 250 + "@a.org"])
def test_what_is_no_address_is_refused(site: Site, email: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        join(site, email)
    assert "email" in caught.value.fields


@pytest.mark.parametrize("password", ["", "seven77", "x" * 129])
def test_a_password_has_8_to_128_characters(password: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts.check_password(password)
    assert str(len(password)) in caught.value.fields["password"][0]


def test_one_address_in_any_spelling_is_one_account(site: Site, owner: Actor) -> None:
    join(site, " Anne@Example.com ")
    with pytest.raises(InvalidInput) as caught:
        join(site, "ANNE@example.COM")
    assert "has an account already" in caught.value.fields["email"][0]


def test_where_only_the_invited_may_come_a_link_opens_the_door(tmp_path: Path) -> None:
    site = make_site(tmp_path / "data", plugins=[], signup_by_invitation_only=True)
    owner = join(site, "owner@example.com")
    with pytest.raises(NotAllowed, match="invitation"):
        join(site)
    with pytest.raises(NotAllowed, match="does not hold"):
        join(site, invite="guessed")
    link = site.database.read(lambda tx: organizations.get(site, tx, owner)).invite_token
    assert join(site, invite=link).role == "AN"
    personal = site.database.write(lambda tx: members.invite(site, tx, owner, "rae@example.com", "RE"))
    with pytest.raises(NotAllowed, match="another address"):
        join(site, "bob@example.com", invite=personal)
    assert join(site, "rae@example.com", invite=personal).role == "RE"
    with pytest.raises(NotAllowed, match="does not hold"):
        join(site, "sue@example.com", invite=personal)
    site.close()


def test_the_person_of_the_settings_is_made_once_with_their_token(tmp_path: Path) -> None:
    site = make_site(
        tmp_path / "data",
        plugins=[],
        username="default_user@localhost",
        password="long enough",
        user_token="abcdef123",
        enable_legacy_api_token=True,
    )
    actor = site.database.write(lambda tx: accounts.make_first_user(site, tx))
    assert actor is not None
    assert site.database.write(lambda tx: accounts.make_first_user(site, tx)) is None
    found, _ = site.database.read(lambda tx: tokens.key_actor(site, tx, "abcdef123"))
    assert found == actor
    shown = site.database.write(lambda tx: tokens.legacy_token(site, tx, actor))
    assert site.database.read(lambda tx: tokens.key_actor(site, tx, shown))[0] == actor
    assert shown != "abcdef123"
    site.close()


def test_a_removed_member_can_do_nothing_and_can_come_back(site: Site, owner: Actor) -> None:
    anne = join(site)
    token = site.database.write(lambda tx: tokens.legacy_token(site, tx, anne))
    site.database.write(lambda tx: members.remove(site, tx, owner, owner.organization_id, anne.person))
    with pytest.raises(Exception, match="Invalid token"):
        site.database.read(lambda tx: tokens.key_actor(site, tx, token))
    with pytest.raises(NotFound):
        site.database.read(lambda tx: users.get(site, tx, owner, anne.person))
    site.database.write(lambda tx: users.add(site, tx, owner, {"email": anne.email}))
    assert site.database.read(lambda tx: users.get(site, tx, owner, anne.person))[1].role == "AN"


def test_nobody_makes_themselves_more_than_they_are(site: Site, owner: Actor) -> None:
    anne, bob = join(site), join(site, "bob@example.com")

    def give(who: Actor, whom: Actor, role: str) -> None:
        site.database.write(
            lambda tx: members.set_role(site, tx, who, who.organization_id, whom.person, role)
        )

    with pytest.raises(NotAllowed):
        give(anne, bob, "MA")
    give(owner, anne, "AD")
    admin = Actor(anne.user_id, anne.organization_id, "AD", anne.email)
    give(admin, bob, "MA")
    with pytest.raises(NotAllowed, match="owner"):
        give(admin, bob, "AD")
    with pytest.raises(NotAllowed, match="your own"):
        give(admin, admin, "MA")
    with pytest.raises(NotAllowed, match="owner's"):
        give(admin, owner, "AN")
    with pytest.raises(InvalidInput) as caught:
        give(owner, bob, "OW")
    assert "no role to give" in caught.value.fields["role"][0]
