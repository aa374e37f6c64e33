"""The one file that talks to pymilvus: a server of any kind, its errors told as ours.

The same client serves a file (Milvus Lite), a Lite server, a standalone server, a cluster and the hosted service.
pymilvus tries again, waiting longer each time, until a call's time is over; what it still cannot do becomes one error.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from retrieval.errors import ArchivistError, ServerError
from retrieval.index.lock import Retired
from retrieval.index.milvus.layout import Field
from retrieval.index.milvus.refusals import told

OLDEST = (2, 5, 5)  # sparse vectors, filters and aliases that behave as they do here
MOST = 16_384  # rows that any search or query may return
ASK_S, BUILD_S = 5.0, 3_600.0  # a question's call; loading, indexing and flushing
_CHANNEL = {  # gRPC would wait up to two minutes before it looks for a server again that was away
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 500,
    "grpc.max_reconnect_backoff_ms": 1000,
}
_NOT_LOADED = re.compile(r"not (?:been )?loaded|in state '?released|unloaded", re.IGNORECASE)
_Vectors = Sequence[Sequence[float]] | Sequence[Mapping[int, float]]


class Server:
    """A connection to the Milvus at `uri`, a file's path ending in `.db` or an address; safe between threads.

    Every call raises Unreachable where it does not answer within `timeout_s` seconds (building: an hour), Retired
    where a collection is gone, Unfinished where it was never finished, ServerError where it refuses. The constructor
    raises ServerError for a version before `oldest` and where pymilvus is not installed.
    """

    def __init__(
        self,
        uri: str,
        token: str = "",
        *,
        replicas: int = 1,
        timeout_s: float = ASK_S,
        oldest: tuple[int, int, int] = OLDEST,
    ) -> None:
        self.uri = uri
        self._oldest = oldest
        self._replicas = replicas
        self._timeout_s = timeout_s
        self._loading = threading.Lock()
        try:
            import pymilvus
        except ImportError as error:
            raise ServerError(
                "`index.backend` is milvus, and pymilvus is not installed", "Run `pip install 'archivist[milvus]'`"
            ) from error
        for name in ("pymilvus", "milvus_lite"):  # they log a traceback of what they raise as well
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._milvus: Any = pymilvus
        with self._told("connect"):
            self._client: Any = pymilvus.MilvusClient(
                uri=uri, token=token, timeout=timeout_s, dedicated=True, grpc_options=_CHANNEL
            )
            self.version = str(self._client.get_server_version(timeout=timeout_s))
        self.is_lite = self.version.lower().startswith("milvus_lite")  # a standalone server may be 2.3.5-lite
        try:
            self._check_version()
        except ServerError:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back."""
        with self._told("close"):
            self._client.close()

    def collections(self) -> list[str]:
        """Return the names of all collections, in order."""
        with self._told("list collections"):
            return sorted(self._client.list_collections(timeout=self._timeout_s))

    def has(self, collection: str) -> bool:
        """Whether there is such a collection."""
        with self._told(f"look for {collection}"):
            return bool(self._client.has_collection(collection, timeout=self._timeout_s))

    def create(self, collection: str, fields: Sequence[Field], shards: int = 1) -> None:
        """Make an empty collection."""
        kinds = self._milvus.DataType
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        for field in fields:
            more: dict[str, Any] = {"is_primary": True} if field.primary else {}
            match field.kind:
                case "int":
                    kind = kinds.INT64
                case "text":
                    kind, more = kinds.VARCHAR, more | {"max_length": field.size}
                case "ints":
                    kind, more = kinds.ARRAY, {"element_type": kinds.INT64, "max_capacity": field.size}
                case "vector":
                    kind, more = kinds.FLOAT_VECTOR, {"dim": field.size}
                case "sparse":
                    kind = kinds.SPARSE_FLOAT_VECTOR
            schema.add_field(field.name, kind, **more)
        with self._told(f"make {collection}"):
            self._client.create_collection(collection, schema=schema, num_shards=shards, timeout=BUILD_S)

    def insert(self, collection: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows."""
        with self._told(f"load into {collection}"):
            self._client.insert(collection, [dict(row) for row in rows], timeout=60)

    def upsert(self, collection: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows, in the place of those with the same key."""
        with self._told(f"write into {collection}"):
            self._client.upsert(collection, [dict(row) for row in rows], timeout=60)

    def delete(self, collection: str, condition: str) -> None:
        """Remove the rows that satisfy a condition."""
        with self._told(f"remove from {collection}"):
            self._client.delete(collection, filter=condition, timeout=60)

    def finish(self, collection: str, fields: Sequence[Field], kind: str, parameters: Mapping[str, Any]) -> None:
        """Flush, index and load a collection; dense vectors get an index of `kind`."""
        indexes = self._client.prepare_index_params()
        for field in fields:
            if field.kind == "vector":
                flat = field.size < 8
                name = "FLAT" if flat else kind
                indexes.add_index(field.name, index_type=name, metric_type="IP", params={} if flat else parameters)
            elif field.kind == "sparse":
                indexes.add_index(field.name, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
            elif field.indexed and not self.is_lite:  # Lite scans its columns faster than it looks them up
                indexes.add_index(field.name, index_type="INVERTED")
        with self._told(f"finish {collection}"):
            self._client.flush(collection, timeout=BUILD_S)
            self._client.create_index(collection, indexes, timeout=BUILD_S)
            self._client.load_collection(collection, replica_number=self._replicas, timeout=BUILD_S)

    def keep(self, collection: str) -> None:
        """Make a few rows last that were written to a collection in use.

        A server has them in its log as soon as it takes them, and by default is flushed once in ten seconds at most.
        """
        if not self.is_lite:
            return
        with self._told(f"flush {collection}"):
            self._client.flush(collection, timeout=BUILD_S)

    def load(self, collection: str) -> None:
        """Make a collection ready to be asked, unless it is."""
        with self._loading, self._told(f"open {collection}"):
            state = self._client.get_load_state(collection, timeout=self._timeout_s)["state"]
            if getattr(state, "name", "") != "Loaded":
                self._client.load_collection(collection, replica_number=self._replicas, timeout=BUILD_S)

    def count(self, collection: str, condition: str = "", *, strong: bool = False) -> int:
        """Return how many rows satisfy a condition, all of them for none."""
        return int(self.query(collection, condition, ["count(*)"], strong=strong)[0]["count(*)"])

    def query(
        self, collection: str, condition: str, fields: Sequence[str], *, strong: bool = False
    ) -> list[dict[str, Any]]:
        """Return the `fields` of the rows that satisfy a condition, in no order; at most `MOST` of them.

        Where `strong`, all that was ever written is seen, which costs a server some 0.2 s.
        """

        def ask() -> Any:
            return self._client.query(
                collection,
                filter=condition,
                output_fields=list(fields),
                timeout=self._timeout_s,
                consistency_level="Strong" if strong else "Bounded",
                **({} if "count(*)" in fields else {"limit": MOST}),
            )

        return [dict(row) for row in self._loaded(collection, ask)]

    def search(
        self, collection: str, field: str, vectors: _Vectors, n: int, condition: str = ""
    ) -> list[list[tuple[int, float]]]:
        """Return for each of `vectors` the (row, inner product) of the best `n` rows that satisfy a condition."""
        if not len(vectors) or n < 1:
            return [[] for _ in vectors]

        def ask() -> Any:
            return self._client.search(
                collection,
                data=list(vectors),
                anns_field=field,
                limit=min(n, MOST),
                filter=condition,
                output_fields=["row"],
                search_params={"metric_type": "IP", "params": {}},
                timeout=self._timeout_s,
                consistency_level="Bounded",
            )

        return [[(int(hit["row"]), float(hit["distance"])) for hit in hits] for hits in self._loaded(collection, ask)]

    def target(self, alias: str) -> str | None:
        """Return the collection that an alias points at, None where there is no such alias."""
        try:
            with self._told(f"look up {alias}"):
                return str(self._client.describe_alias(alias, timeout=self._timeout_s)["collection_name"])
        except Retired:
            return None

    def point(self, alias: str, collection: str) -> None:
        """Let an alias point at a collection from now on."""
        known = self.target(alias) is not None
        with self._told(f"point {alias} at {collection}"):
            change = self._client.alter_alias if known else self._client.create_alias
            change(collection, alias, timeout=self._timeout_s)

    def drop(self, collection: str) -> None:
        """Remove a collection, its aliases first; one that is gone already is no error."""
        try:
            with self._told(f"remove {collection}"):
                for alias in self._client.list_aliases(collection, timeout=self._timeout_s)["aliases"]:
                    self._client.drop_alias(alias, timeout=self._timeout_s)
                self._client.drop_collection(collection, timeout=60)
        except Retired:
            return

    def _loaded(self, collection: str, ask: Any) -> Any:
        """Return what `ask` does; what a server that was started again has not loaded is loaded first."""
        try:
            with self._told(f"ask {collection}"):
                return ask()
        except ServerError as error:
            if not _NOT_LOADED.search(error.message):
                raise
        self.load(collection)
        with self._told(f"ask {collection}"):
            return ask()

    def _check_version(self) -> None:
        found = re.search(r"(\d+)\.(\d+)\.(\d+)", self.version)
        if not self.is_lite and found and tuple(map(int, found.groups())) < self._oldest:
            needed = ".".join(map(str, self._oldest))
            raise ServerError(
                f"the Milvus at {self.uri} is version {self.version}, at least {needed} is needed", "Update the server"
            )

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """Tell what pymilvus raises as an error of ours."""
        try:
            yield
        except ArchivistError:
            raise
        except Exception as error:  # pymilvus raises its own, gRPC's, and whatever its helpers do
            raise told(error, self.uri, doing) from error
