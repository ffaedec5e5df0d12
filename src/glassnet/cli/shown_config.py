"""`glassnet train --show-config`: every setting, its value, and where that comes from."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ..estimators.parameters import SETTINGS
from .flags import FLAGS, shown
from .layers import sources
from .screen import Screen

DEFAULT = "default"


def show_config(screen: Screen, groups: list[Any], arguments: Mapping[str, Any]) -> None:
    """A line for every flag: those of the dataclasses `groups`, and the settings with the arguments given."""
    values = {f"--{name.replace('_', '-')}": arguments.get(name, SETTINGS[name].default) for name in FLAGS}
    for group in groups:
        named = {f"--{field.name.replace('_', '-')}": getattr(group, field.name) for field in fields(group)}
        values = named | values
    origin = sources()
    rows = {name: (value, origin.get(name, DEFAULT)) for name, value in values.items()}
    width = max(map(len, rows)) + 2
    texts = {name: shown(value) for name, (value, _) in rows.items()}
    wide = max(map(len, texts.values())) + 2
    for name, (_, source) in rows.items():
        screen.line(f"{name:<{width}}{texts[name]:<{wide}}{source}")
    screen.facts = {
        "command": "train",
        "settings": {name: {"value": value, "source": source} for name, (value, source) in rows.items()},
    }
