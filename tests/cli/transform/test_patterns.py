"""`rpkpy transform patterns`: the gallery, listed."""

import json

from rpkpy.project import scaffold
from tests.cli.harness import Cli


def test_each_pattern_has_a_picture_and_fits_the_terminal(cli: Cli) -> None:
    outcome = cli("transform", "patterns")
    assert outcome.code == 0
    lines = outcome.stdout.splitlines()
    assert lines[:3] == [
        "identity",
        "    Write every record unchanged: the place to start from",
        "    input -> [identity] -> output",
    ]
    assert all(len(line) <= 82 for line in lines)
    names = [pattern.name for pattern in scaffold.load_patterns()]
    assert [line for line in lines if line in names] == names


def test_json_says_who_has_it_and_who_has_not(cli: Cli) -> None:
    offers = json.loads(cli("transform", "patterns", "--format", "json").stdout)
    patterns = {pattern.name: pattern for pattern in scaffold.load_patterns()}
    assert [offer["name"] for offer in offers] == list(patterns)
    folders = {template.folder.name for template in scaffold.load_all()}
    for offer in offers:
        assert set(offer["languages"]) | set(offer["not_offered"]) == folders
        assert offer["not_offered"] == patterns[offer["name"]].not_offered
    assert "picture: string" in cli("transform", "patterns", "--format", "help").stdout


def test_of_one_language(cli: Cli) -> None:
    offers = json.loads(cli("transform", "patterns", "-l", "C", "--format", "json").stdout)
    assert offers and all("c" in offer["languages"] for offer in offers)
    outcome = cli("transform", "patterns", "--language", "cobol")
    assert outcome.code == 2
    assert 'There is no template for "cobol".' in outcome.err and "python" in outcome.err


def test_what_init_starts_from_is_what_is_listed(cli: Cli) -> None:
    (offer, *_) = json.loads(cli("transform", "patterns", "-l", "python", "--format", "json").stdout)[1:]
    outcome = cli("transform", "init", "p", "--lang", "python", "--pattern", offer["name"])
    assert outcome.code == 0, outcome.err
    assert f"tests/\n    {offer['name']}.yaml" in outcome.stdout
