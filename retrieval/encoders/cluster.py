"""Passages encoded by Dask's workers, on as many machines as there are.

The one file that imports Dask. Chunks of passages are sent out a few for each worker, and come back in any order; a
chunk whose worker dies is encoded by another. Vectors are a function of a text alone, so that whoever encodes it does
not matter: every worker has to have the same encoder, which is checked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from retrieval.encoders.encoder import Chunk, Encoder, Progress, Vectors
from retrieval.encoders.working import PROBES, Told, encode_chunk, look
from retrieval.errors import ArchivistError, EncoderError, EncoderMismatch

if TYPE_CHECKING:
    from distributed import Client, Future

_log = logging.getLogger(__name__)

_CONNECT_S, _WORKERS_S = 10.0, 30.0
_LOOK_S = 2.0
_AHEAD = 2  # chunks for each worker: one that it encodes, and one that waits for it


class ClusterError(ArchivistError):
    """A cluster that cannot be reached, or that cannot encode."""

    kind = "cluster"


class ClusterEncoder:
    """An encoder like `encoder`, whose passages are encoded by the workers of the Dask scheduler at `scheduler`.

    Each worker makes its own with `make`, which has to be hashable and to survive pickling; it is made once for all
    that are equal. A scheduler that is not there for `connect_s`, or has no worker for `patience_s`, ends it. Questions
    are encoded here.
    """

    def __init__(
        self,
        encoder: Encoder,
        scheduler: str,
        make: Callable[[], Encoder],
        *,
        connect_s: float = _CONNECT_S,
        patience_s: float = _WORKERS_S,
    ) -> None:
        self._connect_s = connect_s
        self._encoder = encoder
        self._scheduler = scheduler
        self._make = make
        self._patience_s = patience_s
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.method = encoder.method
        self.prompts = encoder.prompts
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        self.languages = encoder.languages

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, as `Encoder` does."""
        return self._encoder.count(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one row a question, as `Encoder` does."""
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one row a passage, as `Encoder` does: here, since a few are not worth the way."""
        return self._encoder.encode_passages(texts, progress)

    def check(self) -> int:
        """Return how many workers there are, each of which has the same encoder.

        Raises ClusterError where the scheduler cannot be reached, has no workers or they cannot work; EncoderMismatch,
        which names them, where workers have other encoders.
        """
        expected = self._encoder.encode_passages(PROBES)
        with self._connected() as client:
            found: dict[str, Told | BaseException] = client.run(look, self._make, expected, on_error="return")
        # As text: an exception that only exists on the worker cannot be told from one that exists here.
        broken = [f"{at}: {told}" for at, told in sorted(found.items()) if isinstance(told, BaseException)]
        if broken:
            raise ClusterError(
                f"workers of {self._scheduler} cannot encode: {'; '.join(broken)}",
                "Install the same version of Archivist, and the same model, on each worker's machine",
            )
        tellings = {at: told for at, told in found.items() if not isinstance(told, BaseException)}
        others = [f"{told.host} ({at})" for at, told in sorted(tellings.items()) if not self._is_same(told)]
        if others:
            raise self._mismatch(", ".join(others))
        if inexact := sorted({told.host for told in tellings.values() if not told.exact}):
            _log.warning(
                "vectors of %s differ in their last bits, as their processors do: the index finds the same, and is not "
                "the same to the last bit as one that was encoded here",
                ", ".join(inexact),
            )
        return len(tellings)

    def encode_chunks(self, chunks: Iterator[Chunk]) -> Iterator[tuple[list[bytes], Vectors]]:
        """Yield the vectors of each chunk under its keys, in the order in which they come back.

        Raises as `check` does, and ClusterError where the scheduler goes, or no worker is left.
        """
        with self._connected() as client:
            under_way: dict[Future[Any], list[bytes]] = {}
            ended: SimpleQueue[Future[Any]] = SimpleQueue()
            more = True
            while more or under_way:
                while more and len(under_way) < _AHEAD * max(1, self._workers(client)):
                    chunk = next(chunks, None)
                    if chunk is None:
                        more = False
                        break
                    keys, texts = chunk
                    future = client.submit(encode_chunk, self._make, self.fingerprint, texts, pure=False)
                    under_way[future] = keys
                    future.add_done_callback(ended.put)
                if under_way:
                    future = self._ended(client, ended)
                    yield under_way.pop(future), self._result(client, future)

    def _workers(self, client: Client) -> int:
        try:
            return len(client.scheduler_info(n_workers=-1)["workers"])
        except (OSError, TimeoutError) as error:
            raise self._gone(error) from error

    def _ended(self, client: Client, ended: SimpleQueue[Future[Any]]) -> Future[Any]:
        """Wait for one that has ended, well or not."""
        until = self._patience()
        while True:
            try:
                return ended.get(timeout=_LOOK_S)
            except Empty:
                until = self._look(client, until)

    def _result(self, client: Client, future: Future[Any]) -> Vectors:
        """Fetch what has ended; a worker that dies with it in its hands has another one do it anew."""
        until = self._patience()
        while True:
            try:
                told: Told = future.result(timeout=_LOOK_S)
            except EncoderError as error:
                raise ClusterError(
                    f"a worker of {self._scheduler} cannot encode: {error.message}", error.hint
                ) from error
            except Exception as error:  # whatever it was on the worker, or Dask's own: they have no common base
                if isinstance(error, TimeoutError) and future.status != "error":
                    until = self._look(client, until)
                    continue
                if future.cancelled():
                    raise self._gone(error) from error
                raise ClusterError(
                    f"passages could not be encoded at {self._scheduler}: {type(error).__name__}: {error}",
                    "The workers' logs say more; run it again, which goes on where it was",
                ) from error
            if not self._is_same(told):
                raise self._mismatch(told.host)
            return told.vectors

    def _patience(self) -> float:
        return time.monotonic() + self._patience_s

    def _look(self, client: Client, until: float) -> float:
        """Return until when it is waited for a worker: anew while there is one. Raises ClusterError when it is over."""
        if client.status != "running":
            raise self._gone()
        if self._workers(client):
            return self._patience()
        if time.monotonic() >= until:
            raise ClusterError(
                f"no worker is left at {self._scheduler} for {self._patience_s:g} seconds",
                "Start workers, and run it again: it goes on where it was",
            )
        return until

    def _is_same(self, told: Told) -> bool:
        return told.fingerprint == self.fingerprint and told.near

    def _mismatch(self, who: str) -> EncoderMismatch:
        return EncoderMismatch(
            f"workers of {self._scheduler} have another encoder than {self.name} here: {who}",
            "Install the same versions and the same model on each; `archivist status` tells what made an index",
        )

    def _gone(self, error: Exception | None = None) -> ClusterError:
        why = f": {' '.join(str(error).split())}" if error and str(error) else ""
        return ClusterError(
            f"the Dask scheduler at {self._scheduler} has gone{why}",
            "Start it again with its workers, and run this again: it goes on where it was",
        )

    @contextmanager
    def _connected(self) -> Iterator[Client]:
        """Give a client of the scheduler, which has a worker at least."""
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise ClusterError(
                "Dask is not installed, which passages are sent to workers with",
                "Run `pip install 'archivist[cluster]'`",
            ) from error
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it logs each step of what is told here in a line
        try:
            client = Client(self._scheduler, timeout=self._connect_s, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(
                f"the Dask scheduler at {self._scheduler} cannot be reached: {error}",
                "Start it with `dask scheduler`, and `dask worker ADDRESS` on each machine; or leave --scheduler away",
            ) from error
        try:
            try:
                client.wait_for_workers(1, timeout=self._patience_s)
            except TimeoutError as error:
                raise ClusterError(
                    f"no worker has come to {self._scheduler} within {self._patience_s:g} seconds",
                    f"Start some: `dask worker {self._scheduler}` on each machine",
                ) from error
            yield client
        finally:
            client.close(timeout=self._connect_s)
