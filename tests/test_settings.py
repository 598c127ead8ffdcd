"""Where a profile is, and what is said where it can't be."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from nowprint.errors import ProfileError
from nowprint.settings import (
    HOME_VARIABLE,
    PORTABLE,
    Profile,
    Settings,
    find_profile,
    is_frozen,
    load_settings,
    prepare_profile,
    save_settings,
)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing names a profile."""
    monkeypatch.delenv(HOME_VARIABLE)
    for name in ("XDG_DATA_HOME", "HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_home_goes_before_the_variable(profile: Profile, tmp_path: Path) -> None:
    assert find_profile(str(tmp_path / "other")).home == tmp_path / "other"
    assert find_profile() == profile


class TestOnLinux:
    @pytest.fixture(autouse=True)
    def linux(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from platformdirs.unix import Unix

        monkeypatch.setattr("platformdirs.PlatformDirs", Unix)

    def test_it_is_where_the_desktop_keeps_data(self, nowhere: pytest.MonkeyPatch) -> None:
        nowhere.setenv("HOME", "/home/änna")
        assert find_profile().home == Path("/home/änna/.local/share/Nowprint")
        nowhere.setenv("XDG_DATA_HOME", "/data/日本 😀")
        assert find_profile().home == Path("/data/日本 😀/Nowprint")

    @pytest.mark.parametrize("odd", ["here", "./x", " ", "~/data"])
    def test_a_variable_that_names_no_whole_path_counts_as_not_set(
        self, odd: str, nowhere: pytest.MonkeyPatch
    ) -> None:
        nowhere.setenv("HOME", "/home/anna")
        nowhere.setenv("XDG_DATA_HOME", odd)
        assert find_profile().home == Path("/home/anna/.local/share/Nowprint")

    def test_nobody_without_a_home_is_told_what_to_do(self, nowhere: pytest.MonkeyPatch) -> None:
        nowhere.setattr("os.path.expanduser", lambda path: path)  # as for a user of no name
        with pytest.raises(ProfileError, match=r"no home folder.*--home"):
            find_profile()
        with pytest.raises(ProfileError, match="whole path"):
            find_profile("~/mine")


def test_a_portable_program_has_its_profile_beside_it(
    tmp_path: Path, nowhere: pytest.MonkeyPatch
) -> None:
    nowhere.setenv("HOME", str(tmp_path / "anna"))
    program = tmp_path / "stick" / "nowprint"
    program.parent.mkdir()
    program.touch()
    link = tmp_path / "link"
    link.symlink_to(program)
    nowhere.setattr(sys, "executable", str(link))
    (program.parent / PORTABLE).touch()
    assert not is_frozen()
    assert tmp_path / "stick" not in find_profile().home.parents
    nowhere.setattr(sys, "frozen", True, raising=False)
    assert find_profile().home == tmp_path / "stick" / "profile"
    assert find_profile(str(tmp_path / "other")).home == tmp_path / "other"
    nowhere.setenv(HOME_VARIABLE, str(tmp_path / "third"))
    assert find_profile().home == tmp_path / "third"
    nowhere.delenv(HOME_VARIABLE)
    (program.parent / PORTABLE).unlink()
    assert tmp_path / "stick" not in find_profile().home.parents


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ProfileError, match=r"can't be used \(Not a directory\).*--home"):
        prepare_profile(Profile(tmp_path / "file" / "home"))


def test_settings_that_cannot_be_written_are_told_in_a_sentence(profile: Profile) -> None:
    profile.settings_file.mkdir(parents=True)
    assert load_settings(profile) == Settings()
    with pytest.raises(ProfileError, match="settings could not be saved in"):
        save_settings(profile, Settings(memory=False))


def test_a_disk_that_is_full_keeps_the_old_settings(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_profile(profile)
    save_settings(profile, Settings(memory=False))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ProfileError, match="No space left on device"):
        save_settings(profile, Settings())
    assert load_settings(profile) == Settings(memory=False)
