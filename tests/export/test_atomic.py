import os
import stat

import pytest

from glassnet.errors import OutputError
from glassnet.export import atomic
from glassnet.export.atomic import write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="modes, links and pipes of POSIX")


def test_the_file_holds_the_bytes_and_nothing_else_is_left(tmp_path):
    write_atomically(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_older_file_and_no_temporary_one(tmp_path, monkeypatch, step):
    (tmp_path / "a").write_bytes(b"old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, step, fail)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        write_atomically(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_an_interruption_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a", b"new")
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_and_a_folder_in_place_of_a_file_are_refused(tmp_path):
    with pytest.raises(OutputError, match="No such file") as reason:
        write_atomically(tmp_path / "no" / "a", b"")
    assert reason.value.error_id == "E501"
    with pytest.raises(OutputError, match=r"it is a folder|Is a directory"):
        write_atomically(tmp_path, b"")


@posix
def test_a_link_stays_a_link_and_the_mode_of_the_older_file_stays(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@posix
def test_a_device_is_written_to_and_not_replaced():
    write_atomically("/dev/null", b"gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
