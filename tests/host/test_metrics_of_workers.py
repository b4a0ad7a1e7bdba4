"""A host with worker processes: its metrics hold theirs, and its page works. No other host may share the work here."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.harness import eventually, produce
from tests.host.page.browsing import Page, Visitor
from tests.host.processes import host_process
from tests.host.test_metrics import of, scrape
from tests.kafka.fixture import TestKafka


@pytest.mark.kafka
def test_a_host_with_workers_exposes_what_they_count_and_has_a_page(kafka: TestKafka, tmp_path: Path) -> None:
    source, target = kafka.topic(4), kafka.topic(4)
    with host_process(kafka, tmp_path / "host", "--workers", "2") as (process, api):
        assert api.deploy("spread", source, [target], guests.wasm(guests.LOG)).status_code == 200
        # One worker gets all of it, and gives half of it to the other.
        assert eventually(lambda: of(scrape(api), "rpkpy_host_rebalances_total") >= 3)
        assert eventually(lambda: api.states("spread") == ["running"] * 4)
        for partition in range(4):
            produce(kafka.settings, source, ["a"] * 5, partition=partition)
        mine = {"function_name": "spread"}
        assert eventually(lambda: of(scrape(api), "rpkpy_transform_records_in_total", **mine) >= 20)
        samples = scrape(api)
        assert of(samples, "rpkpy_transform_records_in_total", **mine) == 20
        assert of(samples, "rpkpy_transform_records_out_total", **mine) == 20
        assert eventually(lambda: of(scrape(api), "redpanda_data_transforms_logger_events_total", **mine) == 40)
        assert of(samples, "redpanda_transform_state", **mine, state="running") == 4
        assert eventually(lambda: of(scrape(api), "redpanda_transform_lag", **mine, output_topic=target) == 0)
        said = (tmp_path / "host" / "host.stderr").read_text()
        file = Path(re.findall(r"the token that signs in to it is in (\S+)", said)[0])
        assert file.stat().st_mode & 0o777 == 0o600
        with closing(Visitor(api.url)) as visitor:
            assert visitor.sign_in(file.read_text()).status_code == 303
            answer = visitor.send("/ui/playground", chosen="spread", records="x", form="raw")
            assert "1 of 1 records" in Page(answer.text).text, "the module is fetched from its topic"

            def shown() -> set[str]:
                for partition in range(4):
                    produce(kafka.settings, source, ["seen"], partition=partition)
                return set(re.findall(r"In partition (\d)", visitor.page("/ui/transform", name="spread").text))

            eventually(lambda: shown() == set("0123"))  # six are shown, by chance not of all
            found = shown()
            assert found & set("0123") and len(found) >= 2, "records of both workers"
        assert file.read_text().strip() not in said
        remove_all(api)
        process.terminate()
        assert process.wait(30) == 0
