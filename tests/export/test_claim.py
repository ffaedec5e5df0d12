"""A run folder belongs to one process while it writes."""

import subprocess
import sys

import pytest

from glassnet.errors import OutputError
from glassnet.export import claim
from glassnet.export.claim import claimed

needs_locks = pytest.mark.skipif(claim.fcntl is None, reason="this system does not lock folders")
HOLD = """
import sys
from pathlib import Path
from glassnet.export.claim import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


@needs_locks
@pytest.mark.parametrize("end", ["its own", "killed"])
def test_another_process_is_refused_until_the_first_ends(tmp_path, end):
    process = holder(tmp_path)
    with pytest.raises(OutputError, match="is being written by another process") as reason, claimed(tmp_path):
        pass
    assert (reason.value.error_id, reason.value.exit_code) == ("E507", 5)
    if end == "killed":
        process.kill()
    process.communicate()
    with claimed(tmp_path):
        assert list(tmp_path.iterdir()) == []  # a claim leaves no file


@needs_locks
def test_a_claim_ends_with_its_context_also_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), claimed(tmp_path):
        raise ZeroDivisionError
    with claimed(tmp_path):
        pass


def test_where_folders_cannot_be_locked_work_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(claim, "fcntl", None)
    with claimed(tmp_path), claimed(tmp_path):
        pass


@needs_locks
def test_a_file_system_without_locks_is_no_reason_to_fail(tmp_path, monkeypatch):
    def refuse(place, how):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(claim.fcntl, "flock", refuse)
    with claimed(tmp_path):
        pass
