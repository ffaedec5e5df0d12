import re
from pathlib import Path

from glassnet.cli import app
from glassnet.cli.flags import FLAGS
from glassnet.cli.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "reference-cli.md"


def test_the_page_is_what_the_program_says_of_itself():
    assert PAGE.read_text(encoding="utf-8") == reference()  # else: python -m glassnet.cli.reference > docs/...


def test_the_page_has_every_command_and_every_setting():
    page = PAGE.read_text(encoding="utf-8")
    for name in app.COMMANDS:
        assert f"\n## glassnet {name}\n" in page
    for name in FLAGS:
        assert re.search(rf"^\* `--{name.replace('_', '-')}[,` ]", page, re.MULTILINE), name


def test_the_shell_learns_the_commands_and_their_flags(monkeypatch, tmp_path, glassnet):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert glassnet("--install-completion", "--shell", "bash").code == 0
    (script,) = [file for file in tmp_path.rglob("glassnet") if file.is_file()]
    text = script.read_text()
    for word in (*app.COMMANDS, "--target", "--eta", "--fail-if"):
        assert re.search(rf"(?<![\w-]){word}(?![\w-])", text), word
    assert re.search(r"python|\$\(glassnet|`glassnet", text) is None  # completing starts no process, so it is at once
