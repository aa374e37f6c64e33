"""What the bot counts about itself, for Prometheus. Counts only: no question, name or id of anybody is among them."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Literal

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST

Outcome = Literal["answered", "unsure", "not_found", "busy", "too_slow", "failed"]
ReindexOutcome = Literal["done", "failed", "cancelled"]

OUTCOMES: tuple[Outcome, ...] = ("answered", "unsure", "not_found", "busy", "too_slow", "failed")
REINDEX_OUTCOMES: tuple[ReindexOutcome, ...] = ("done", "failed", "cancelled")

_ANSWER_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 20.0)
_LAG_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """The bot's counters. Each bot has its own, so that two in one process do not add up; not safe between threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._questions = Counter(
            "archivist_questions", "Questions, by what became of them", ["outcome"], registry=self._registry
        )
        self._question_s = Histogram(
            "archivist_question_seconds",
            "Time from a question to its answer, queueing included; refused ones are left out",
            buckets=_ANSWER_BUCKETS_S,
            registry=self._registry,
        )
        self._running = Gauge("archivist_searches_running", "Searches that hold a thread", registry=self._registry)
        self._waiting = Gauge("archivist_searches_waiting", "Searches that wait for one", registry=self._registry)
        self._lag_s = Histogram(
            "archivist_event_loop_lag_seconds",
            "How much later than due the event loop came back to a task",
            buckets=_LAG_BUCKETS_S,
            registry=self._registry,
        )
        self._reindexes = Counter(
            "archivist_reindexes", "Reindex runs that have ended, by how", ["outcome"], registry=self._registry
        )
        self._reindexing = Gauge("archivist_reindex_running", "1 while a reindex runs", registry=self._registry)
        self._reindex_s = Gauge(
            "archivist_reindex_last_seconds", "How long the last reindex ran", registry=self._registry
        )
        self._errors = Counter("archivist_errors", "Errors that were told with an id", registry=self._registry)
        # Known from the start, so that a rate can be told from the first event on.
        for outcome in OUTCOMES:
            self._questions.labels(outcome)
        for ended in REINDEX_OUTCOMES:
            self._reindexes.labels(ended)

    def count_question(self, outcome: Outcome, seconds: float) -> None:
        """Count a question that took `seconds`; the time of one that was refused says nothing about answers."""
        self._questions.labels(outcome).inc()
        if outcome != "busy":
            self._question_s.observe(seconds)

    def set_searches(self, running: int, waiting: int) -> None:
        """Tell how many searches hold a thread now, and how many wait for one."""
        self._running.set(running)
        self._waiting.set(waiting)

    def count_lag(self, seconds: float, interval_s: float) -> None:
        """Count how late the loop was in a task that sleeps `interval_s`.

        A loop that stands still is asked less often, which would make long stalls look rare: the visits that a stall
        swallowed are counted as well, each by what was left of it (as HdrHistogram corrects coordinated omission).
        """
        while seconds > interval_s:
            self._lag_s.observe(seconds)
            seconds -= interval_s
        self._lag_s.observe(max(seconds, 0.0))

    def start_reindex(self) -> None:
        """Tell that a reindex runs."""
        self._reindexing.set(1)

    def end_reindex(self, outcome: ReindexOutcome, seconds: float) -> None:
        """Tell how a reindex ended after `seconds`."""
        self._reindexing.set(0)
        self._reindexes.labels(outcome).inc()
        self._reindex_s.set(seconds)

    def count_error(self) -> None:
        """Count an error that somebody was told of."""
        self._errors.inc()

    def text(self) -> bytes:
        """Return everything in Prometheus' text format, whose media type is `CONTENT_TYPE`."""
        return generate_latest(self._registry)


async def watch_loop(metrics: Metrics, interval_s: float = 0.05) -> None:
    """Count the running event loop's lag until cancelled."""
    while True:
        asleep = perf_counter()
        await asyncio.sleep(interval_s)
        metrics.count_lag(perf_counter() - asleep - interval_s, interval_s)
