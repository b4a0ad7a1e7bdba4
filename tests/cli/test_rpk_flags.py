"""Scripts written for rpk work with the name changed: each of its commands, aliases and flags is accepted here.

The table was read off rpk's own help (December 2024); global flags (--config, -X, --profile, -v, -h) stand on every
command.
"""

import pytest

from rpkpy.cli.commands import ROOT, Command, Group

FLAGS = {
    "transform init": "--install-deps --language -l --name",
    "transform build": "",
    "transform deploy": "--compression --file --from-offset --input-topic -i --name --output-topic -o --var",
    "transform list": "--detailed -d --format",
    "transform logs": "--follow -f --format --head --since --tail --until",
    "transform pause": "",
    "transform resume": "",
    "transform delete": "--no-confirm",
    "topic add-partitions": "--force -f --num -n",
    "topic alter-config": "--append --delete -d --dry --set -s --subtract",
    "topic trim-prefix": "--from-file -f --no-confirm --offset -o --partitions -p",
    "topic describe-storage": "--human-readable -H --print-all -a --print-offset -o --print-size -z --print-summary -s"
    " --print-sync -y",
    "group list": "--states -s",
    "group describe": "--print-lag-per-topic -t --print-summary -s --print-commits -c --regex -r --instance-ID -i",
    "group seek": "--to --to-group --to-file --topics --allow-new-topics",
    "group delete": "",
    "group offset-delete": "--from-file -f --topic -t",
    "topic create": "--dry -d --partitions -p --replicas -r --topic-config -c",
    "topic delete": "--regex -r",
    "topic describe": "--format --print-all -a --print-configs -c --print-partitions -p --print-summary -s --regex -r"
    " --stable",
    "topic list": "--detailed -d --format --internal -i --regex -r",
    "topic consume": "--balancer -b --fetch-max-bytes --fetch-max-partition-bytes --fetch-max-wait --format -f --group"
    " -g --meta-only --num -n --offset -o --partitions -p --pretty-print --print-control-records --rack"
    " --read-committed --regex -r --use-schema-registry",
    "topic produce": "--acks --allow-auto-topic-creation --compression -z --delivery-timeout --format -f --header -H"
    " --key -k --max-message-bytes --output-format -o --partition -p --schema-id --schema-key-id --schema-key-type"
    " --schema-type --tombstone -Z",
    "registry schema create": "--references --schema --type --format",
    "registry schema get": "--deleted --id --print-schema --schema --schema-version --type --format",
    "registry schema list": "--deleted --format",
    "registry schema delete": "--permanent --schema-version --format",
    "registry schema check-compatibility": "--references --schema --schema-version --type --format",
    "registry schema references": "--deleted --schema-version --format",
    "registry subject list": "--deleted --format",
    "registry subject delete": "--permanent --format",
    "registry compatibility-level get": "--global --format",
    "registry compatibility-level set": "--global --level --format",
    "registry mode get": "--global --format",
    "registry mode set": "--global --mode --format",
    "registry mode reset": "--format",
    "cluster info": "--print-brokers -b --print-cluster -c --print-detailed-topics -d --print-internal-topics -i"
    " --print-topics -t",
    "cluster health": "--exit-when-healthy -e --watch -w",
    "cluster config get": "",
    "cluster config set": "",
    "cluster config list": "--filter --format",
    "cluster config edit": "--all",
    "cluster config export": "--filename -f --all",
    "cluster config import": "--filename -f --all",
    "cluster config status": "",
    "container start": "",
    "container stop": "",
    "container status": "",
    "container purge": "",
    "cloud login": "--client-id --client-secret --no-browser --no-profile --save",
    "cloud logout": "--all -a --clear-credentials -c",
    "cloud auth list": "",
    "cloud auth use": "",
    "cloud auth delete": "",
    "cloud cluster select": "--profile",
    "profile create": "--description -d --from-cloud --from-profile --from-redpanda --from-rpk-container --set -s",
    "profile clear": "",
    "profile delete": "",
    "profile edit": "",
    "profile edit-globals": "",
    "profile list": "",
    "profile print-globals": "",
    "profile prompt": "--validate",
    "profile rename-to": "",
    "profile set": "",
    "profile set-globals": "",
    "profile use": "",
    "profile current": "--no-newline -n",
    "profile print": "",
    "version": "",
}
GLOBAL = "--config --config-opt -X --profile --verbose -v"

ALIASES = {
    "wasm": "transform",
    "transfrom": "transform",
    "transform ls": "transform list",
    "transform log": "transform logs",
    "topic ls": "topic list",
    "topic info": "topic describe",
    "cloud auth ls": "cloud auth list",
    "cloud cluster use": "cloud cluster select",
    "topic trim": "topic trim-prefix",
    "g": "group",
    "group ls": "group list",
    "cluster status": "cluster info",
    "cluster metadata": "cluster info",
    "sr": "registry",
    "registry schema ls": "registry schema list",
    "registry subject ls": "registry subject list",
    "profile ls": "profile list",
    "profile rename": "profile rename-to",
}


def find(path: str) -> tuple[list[str], Command | Group]:
    """The canonical path and the member that `path` names."""
    member: Command | Group = ROOT
    canonical = []
    for word in path.split():
        assert isinstance(member, Group)
        found = member.find(word)
        assert found is not None, f"{word} in {path}"
        canonical.append(found[0])
        member = found[1]
    return canonical, member


@pytest.mark.parametrize(("path", "flags"), FLAGS.items(), ids=FLAGS)
def test_every_flag_of_rpk_is_there(path: str, flags: str) -> None:
    from rpkpy.cli.app import load

    canonical, member = find(path)
    assert isinstance(member, Command)
    command = load(canonical[-1], member)
    own = {flag for param in command.params for flag in (*param.opts, *param.secondary_opts)}
    assert {*flags.split(), *GLOBAL.split()} - own == set()


@pytest.mark.parametrize(("alias", "canonical"), ALIASES.items(), ids=ALIASES)
def test_aliases(alias: str, canonical: str) -> None:
    assert " ".join(find(alias)[0]) == canonical
