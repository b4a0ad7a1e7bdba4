"""`transform describe` and `doctor` with a profile of Redpanda Cloud, whose API tells less than a broker's."""

import json

from tests.cli.cloud.account import Account
from tests.redpanda.loopback import Reply


def deployed(account: Account) -> None:
    account.fake.transforms["mask"] = {
        "name": "mask",
        "input_topic_name": "in",
        "output_topic_names": ["out"],
        "statuses": [{"partition_id": 0, "broker_id": 1, "status": "PARTITION_STATUS_RUNNING", "lag": 3}],
    }


def test_describe(account: Account) -> None:
    account.logged_in()
    deployed(account)
    outcome = account("transform", "describe", "mask", "--format", "json")
    assert outcome.code == 0, outcome
    found = json.loads(outcome.stdout)
    assert found["partitions"] == [{"partition": 0, "node_id": 1, "status": "running", "lag": 3}]
    assert account.asked == ["GET /v1/transforms"]  # and nothing that only brokers know


def test_doctor(account: Account) -> None:
    account.logged_in()
    deployed(account)
    outcome = account("doctor", "--format", "json")
    found = {entry["id"]: entry for entry in json.loads(outcome.stdout)["checks"]}
    assert (found["admin"]["status"], found["admin"]["diagnosis"]) == ("ok", "1 transform deployed")
    assert found["transforms"]["diagnosis"] == "mask"
    assert {found[id]["status"] for id in ("reservation", "release", "limits")} == {"not applicable"}
    assert (outcome.code, found["kafka"]["status"]) == (1, "problem")  # the profile's brokers are not there


def test_doctor_with_a_login_that_is_not_taken(account: Account) -> None:
    account.logged_in()
    account.fake.fail("/transforms", *[Reply(401, {"message": "not you"})] * 3)
    found = {entry["id"]: entry for entry in json.loads(account("doctor", "--format", "json").stdout)["checks"]}
    assert found["admin"]["status"] == "problem"
    assert "rpkpy cloud login" in found["admin"]["treatment"]
