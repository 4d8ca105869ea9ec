"""The same records through splink: trained on them as its documentation says, clustered at several thresholds.

The argument is a file of JSON lines, a record each. Writes a line per threshold: the cluster of each record, by place.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLDS_BITS = range(0, 28)
"""Match weights, from as likely as not; whoever judges the clusters takes the best."""

SAMPLED_PAIRS = 10_000_000
"""What splink's documentation calls often adequate."""

PREDICTED_BY = (
    block_on("phone"),
    block_on("email"),
    block_on("ids", arrays_to_explode=["ids"]),
    block_on("birth_date", "given_kana"),
    block_on("birth_date", "family_kana"),
    block_on("birth_date", "given_name"),
    block_on("birth_date", "family_name"),
    block_on("family_kana", "given_kana", "substr(birth_date, 1, 4)"),
    block_on("postal_code", "given_kana"),
    block_on("postal_code", "given_name"),
)
"""Blocks as customer has them, and one for each exact key."""

SURE = [
    block_on("ids", arrays_to_explode=["ids"]),
    block_on("phone", "given_kana"),
    block_on("email", "given_kana"),
    block_on("family_kana", "given_kana", "birth_date"),
]
SURE_RECALL = 0.8
"""Rules that find hardly anybody wrongly, and how many of all pairs they find: what splink has to be told."""


def name(field: str) -> cl.CustomComparison:
    """A name by its characters and its reading, each with what many are called so."""
    characters, reading = f"{field}_name", f"{field}_kana"
    return cl.CustomComparison(
        output_column_name=characters,
        comparison_levels=[
            cll.And(cll.NullLevel(characters), cll.NullLevel(reading)),
            cll.ExactMatchLevel(characters, term_frequency_adjustments=True),
            cll.ExactMatchLevel(reading, term_frequency_adjustments=True),
            cll.JaroWinklerLevel(reading, 0.88),
            cll.ElseLevel(),
        ],
    )


def linker_of(rows: list[dict[str, Any]]) -> Linker:
    """A trained model over the rows."""
    api = DuckDBAPI()
    address = cl.CustomComparison(
        output_column_name="address",
        comparison_levels=[
            cll.NullLevel("home"),
            cll.ExactMatchLevel("home"),
            cll.ExactMatchLevel("postal_code"),
            cll.ExactMatchLevel("area"),
            cll.ElseLevel(),
        ],
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            name("family"),
            name("given"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            address,
            cl.ExactMatch("phone"),
            cl.ExactMatch("email"),
            cl.ArrayIntersectAtSizes("ids", [1]),
        ],
        blocking_rules_to_generate_predictions=list(PREDICTED_BY),
        retain_matching_columns=False,
    )
    linker = Linker(api.register(pyarrow.Table.from_pylist(rows)), settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(SURE, recall=SURE_RECALL)
    training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=1)
    for rule in (
        block_on("birth_date", "given_kana"),
        block_on("postal_code", "family_kana"),
        block_on("email"),
    ):
        training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def main() -> None:
    """Read, link, and write."""
    with Path(sys.argv[1]).open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    linker = linker_of(rows)
    pairs = linker.inference.predict(threshold_match_weight=THRESHOLDS_BITS[0])
    for bits in THRESHOLDS_BITS:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_weight=bits
        )
        found = {row["unique_id"]: row["cluster_id"] for row in clusters.as_record_list()}
        written = json.dumps({"bits": bits, "clusters": [found[place] for place in range(len(rows))]})
        sys.stdout.write(written + "\n")


if __name__ == "__main__":
    main()
