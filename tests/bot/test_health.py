from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bot.health import Health, HealthError
from bot.metrics import Metrics, watch_loop


def well() -> Sequence[str]:
    return []


def read(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Every sample by its name and the value of its one label ("" where it has none)."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def fetch(http: aiohttp.ClientSession, health: Health, path: str) -> tuple[int, str, str]:
    async with http.get(f"http://127.0.0.1:{health.port}{path}") as response:
        return response.status, response.headers["Content-Type"], await response.text()


async def test_a_well_bot_says_so(http: aiohttp.ClientSession) -> None:
    async with Health(Metrics(), well, 0) as health:
        status, kind, body = await fetch(http, health, "/healthz")
    assert status == 200
    assert kind.startswith("application/json")
    assert body == '{"status": "ok", "problems": []}'


async def test_an_unwell_bot_answers_503_with_what_is_wrong_now(http: aiohttp.ClientSession) -> None:
    problems = ["shard 0 is not connected"]
    async with Health(Metrics(), lambda: problems, 0) as health:
        status, _, body = await fetch(http, health, "/healthz")
        assert status == 503
        assert body == '{"status": "unwell", "problems": ["shard 0 is not connected"]}'
        problems.clear()
        assert (await fetch(http, health, "/healthz"))[0] == 200


async def test_metrics_are_served_as_prometheus_reads_them(http: aiohttp.ClientSession) -> None:
    metrics = Metrics()
    metrics.count_question("answered", 0.2)
    metrics.count_question("answered", 0.3)
    metrics.count_question("busy", 0.001)
    async with Health(metrics, well, 0) as health:
        status, kind, body = await fetch(http, health, "/metrics")
    assert status == 200
    assert kind.startswith("text/plain; version=")
    assert 'archivist_questions_total{outcome="answered"} 2.0' in body.splitlines()
    assert 'archivist_questions_total{outcome="busy"} 1.0' in body.splitlines()
    # Nobody asked in vain: it is there all the same, so that a rate can be told from the first one on.
    assert 'archivist_questions_total{outcome="failed"} 0.0' in body.splitlines()


async def test_what_is_looked_up_is_looked_up_at_each_visit(http: aiohttp.ClientSession) -> None:
    metrics, waiting = Metrics(), iter((3, 0))
    async with Health(metrics, well, 0, lambda: metrics.set_searches(0, next(waiting))) as health:
        assert "archivist_searches_waiting 3.0" in (await fetch(http, health, "/metrics"))[2]
        assert "archivist_searches_waiting 0.0" in (await fetch(http, health, "/metrics"))[2]


async def test_only_this_machine_can_reach_it() -> None:
    async with Health(Metrics(), well, 0) as health:
        with socket.socket() as other:
            other.settimeout(1)
            # All of 127/8 is this machine, but only 127.0.0.1 is listened on: neither is any outer address, then.
            with pytest.raises(ConnectionRefusedError):
                other.connect(("127.0.0.2", health.port))


async def test_nothing_is_served_once_it_is_left(http: aiohttp.ClientSession) -> None:
    async with Health(Metrics(), well, 0) as health:
        port = health.port
    with pytest.raises(aiohttp.ClientConnectorError):
        await http.get(f"http://127.0.0.1:{port}/healthz")
    with pytest.raises(HealthError, match="not running"):
        _ = health.port
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "event-loop-lag"]


async def test_a_port_that_is_taken_is_named_with_what_to_set() -> None:
    async with Health(Metrics(), well, 0) as first:
        with pytest.raises(HealthError, match=f"127.0.0.1:{first.port}.*HEALTH_PORT"):
            async with Health(Metrics(), well, first.port):
                pass


async def test_a_loop_that_stands_still_shows_as_lag() -> None:
    metrics = Metrics()
    watch = asyncio.create_task(watch_loop(metrics, interval_s=0.02))
    await asyncio.sleep(0.05)
    quiet = read(metrics)["archivist_event_loop_lag_seconds_sum", ""]
    time.sleep(0.3)  # noqa: ASYNC251 - this is the stall
    await asyncio.sleep(0.05)
    watch.cancel()
    after = read(metrics)
    assert after["archivist_event_loop_lag_seconds_sum", ""] - quiet > 0.28
    buckets = [after["archivist_event_loop_lag_seconds_bucket", bound] for bound in ("0.25", "0.5", "+Inf")]
    assert buckets[0] < buckets[2]  # the stall was longer than a quarter of a second


@given(lag_ms=st.integers(0, 5_000), interval_ms=st.integers(10, 200))
def test_a_stall_counts_once_for_every_visit_that_it_swallowed(lag_ms: int, interval_ms: int) -> None:
    metrics = Metrics()
    metrics.count_lag(lag_ms / 1000, interval_ms / 1000)
    counted = read(metrics)
    visits = [lag for lag in range(lag_ms, -1, -interval_ms) if lag > 0] or [0]
    assert counted["archivist_event_loop_lag_seconds_count", ""] == pytest.approx(len(visits), abs=1)
    assert counted["archivist_event_loop_lag_seconds_sum", ""] == pytest.approx(sum(visits) / 1000, abs=1e-6)


def test_the_time_of_a_refusal_does_not_make_answers_look_quick() -> None:
    metrics = Metrics()
    metrics.count_question("answered", 2.0)
    metrics.count_question("busy", 0.001)
    counted = read(metrics)
    assert counted["archivist_question_seconds_count", ""] == 1
    assert counted["archivist_question_seconds_sum", ""] == 2.0


def test_a_reindex_shows_while_it_runs_and_how_it_ended() -> None:
    metrics = Metrics()
    metrics.start_reindex()
    assert read(metrics)["archivist_reindex_running", ""] == 1
    metrics.end_reindex("cancelled", 12.5)
    counted = read(metrics)
    assert counted["archivist_reindex_running", ""] == 0
    assert counted["archivist_reindexes_total", "cancelled"] == 1
    assert counted["archivist_reindexes_total", "done"] == 0
    assert counted["archivist_reindex_last_seconds", ""] == 12.5


def test_two_bots_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.count_error()
    first.set_searches(running=2, waiting=3)
    assert read(first)["archivist_errors_total", ""] == 1
    assert read(first)["archivist_searches_waiting", ""] == 3
    assert read(second)["archivist_errors_total", ""] == 0
