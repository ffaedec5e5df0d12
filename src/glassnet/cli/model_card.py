"""The model card: what a model is for, what it was made of and how good it is, for those who will use it."""

from collections.abc import Mapping
from typing import Any

from .screen import grouped, short


def model_card(metrics: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The card as Markdown, filled from metrics.json and data.json."""
    table, split, network = data["table"], data["split"], metrics["network"]
    features = [column["name"] for column in data["columns"] if column["role"] == "feature"]
    sizes = "-".join(map(str, network["sizes"]))
    lines = [
        f"# A model of `{data['target']}`",
        "",
        f"**Use.** It predicts `{data['target']}` ({data['task']}) from {len(features)} columns: "
        f"{', '.join(f'`{name}`' for name in features)}. It was made for rows like those of {table['name']}; "
        "nothing is known about others.",
        "",
        f"**Data.** {table['name']}, {grouped(table['rows'])} rows. {grouped(split['train'])} to train on and "
        f"{grouped(split['test'])} for the test, {_split_in_words(split)}.",
        "",
        f"**Model.** {network['members']} networks {sizes} with {grouped(network['parameters'])} parameters each; the "
        "prediction is their mean." if network["members"] > 1 else
        f"**Model.** A network {sizes} with {grouped(network['parameters'])} parameters.",
        "",
        *_scores("Test rows", metrics["test"]),
        *_scores("Training rows, each predicted by members that have not seen it", metrics["out_of_fold"]),
        *_limits(metrics, data),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _split_in_words(split: Mapping[str, Any]) -> str:
    return {
        "random": "drawn at random",
        "groups": f"with all rows of one `{split['column']}` on the same side",
        "time": f"the latest by `{split['column']}`",
    }[split["method"]]


def _scores(title: str, scores: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not scores:
        return []
    names = list(scores["this model"])
    rows = [f"| {name} | {' | '.join(short(of[name]) for of in scores.values())} |" for name in names]
    return [f"**{title}.**", "", f"| | {' | '.join(scores)} |", f"|---|{'---:|' * len(scores)}", *rows, ""]


def _limits(metrics: Mapping[str, Any], data: Mapping[str, Any]) -> list[str]:
    limits, table, split = [], data["table"], data["split"]
    if metrics["intervals"]:
        told = metrics["intervals"]
        limits.append(
            f"Intervals asked to hold {told['coverage']:.0%} of the targets held {told['held']:.1%} of the test rows."
        )
    if not metrics["test"]:
        limits.append("No rows were kept aside for a test, so how good it is on new rows is not known.")
    if split["duplicates"]:
        limits.append(f"{grouped(split['duplicates'])} test rows have the features of a training row.")
    if table.get("sampled"):
        limits.append(
            f"The table was streamed: kinds of columns and quantiles come from {grouped(table['sampled'])} rows drawn "
            "at random, and so do the scores of training rows."
        )
    if metrics["training"]["interrupted"]:
        limits.append("Training was stopped before its end.")
    return [f"**Limits.** {' '.join(limits)}"] if limits else []
