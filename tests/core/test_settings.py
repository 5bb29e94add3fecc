import os
from pathlib import Path

import pytest

from tagma.errors import SettingsError
from tagma.settings import Settings, load


def test_flags_win_over_environment_which_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "tagma.toml").write_text('port = 1111\nlog_level = "ERROR"\nhost = "10.0.0.1"\n')
    environ = {"TAGMA_PORT": "2222", "TAGMA_HOST": "127.0.0.1"}
    settings = load({"data_dir": tmp_path, "port": 3333}, environ)
    assert (settings.port, settings.host, settings.log_level) == (3333, "127.0.0.1", "ERROR")


def test_names_of_label_studio_are_understood(tmp_path: Path) -> None:
    environ = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(tmp_path),
        "LABEL_STUDIO_USERNAME": "ana@example.com",
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "1",
        "LABEL_STUDIO_HOST": "https://label.example.com/tagma/",
        "LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": "/srv/files",
    }
    settings = load({}, environ)
    assert settings.username == "ana@example.com"
    assert settings.enable_legacy_api_token
    assert settings.signup_by_invitation_only
    assert settings.root_path == "/tagma"
    assert settings.https
    assert settings.local_files_serving
    assert settings.local_files_root == Path("/srv/files")


def test_a_plain_username_in_the_environment_means_nothing(tmp_path: Path) -> None:
    assert load({"data_dir": tmp_path}, {"USERNAME": "root", "HOST": "box", "PORT": "1"}).username == ""


def test_the_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = load({"data_dir": tmp_path}, {}).secret_key
    assert load({"data_dir": tmp_path}, {}).secret_key == first
    assert len(first) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_wrong_value_names_where_it_came_from(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load({"data_dir": tmp_path}, {"TAGMA_PORT": "eighty"})
    assert "TAGMA_PORT is 'eighty'" in caught.value.message
    assert caught.value.hint.startswith("Port to listen on")


def test_an_unknown_setting_is_named_with_the_nearest_known(tmp_path: Path) -> None:
    (tmp_path / "tagma.toml").write_text("prot = 8080\n")
    with pytest.raises(SettingsError, match='There is no setting "prot"') as caught:
        load({"data_dir": tmp_path}, {})
    assert caught.value.hint == 'Did you mean "port"?'


def test_a_broken_settings_file_says_where(tmp_path: Path) -> None:
    (tmp_path / "tagma.toml").write_text("port = \n")
    with pytest.raises(SettingsError, match="line 1"):
        load({"data_dir": tmp_path}, {})


def test_a_data_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="can't be written") as caught:
        load({"data_dir": tmp_path / "file" / "data"}, {})
    assert "--data-dir" in caught.value.hint


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_list_settings_take_commas_in_the_environment(tmp_path: Path) -> None:
    settings = load({"data_dir": tmp_path}, {"TAGMA_BANNED_SUBNETS": "203.0.113.0/24, 198.51.100.0/24"})
    assert settings.banned_subnets == ["203.0.113.0/24", "198.51.100.0/24"]
    assert os.environ.get("TAGMA_BANNED_SUBNETS") is None
