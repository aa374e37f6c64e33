"""`milvus-lite server` on this machine alone: `FOLDER PORT`."""

from __future__ import annotations

import sys

from milvus_lite.adapter.grpc.server import run_server

if __name__ == "__main__":
    run_server(sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]))
