"""A converted model as a function of arrays, run by OpenVINO on the processor.

Compiling takes most of a second, and what was compiled is kept beside the model for the next time. OpenVINO does not
notice where that was damaged (its own `CACHE_DIR` is not checked), so the file ends with its own sha256.
"""

from __future__ import annotations

import hashlib
import json
import logging
import queue
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders.encoder import Vectors

T = TypeVar("T")
Inputs = Mapping[str, NDArray[np.int64]]
_SUM = 32  # bytes of a sha256
_QUEUED = 2  # requests a thread: one runs while the next is laid out

_log = logging.getLogger(__name__)


class Network:
    """The model at `model` (OpenVINO's `.xml`), compiled for `threads` threads, each of which runs a request by itself.

    So a result is a function of its own inputs, whatever else runs at the time. `compiled` is the folder that keeps
    what was compiled; where it cannot be written, nothing is kept. Safe between threads. Raises what OpenVINO raises
    where the model cannot be read.
    """

    def __init__(self, model: Path, compiled: Path, threads: int) -> None:
        self._threads = threads
        self._openvino = openvino = _openvino()
        properties, hints = openvino.properties, openvino.properties.hint
        core = openvino.Core()
        chosen = {
            properties.streams.num(): threads,
            properties.inference_num_threads(): threads,
            hints.inference_precision(): openvino.Type.f32,  # else bfloat16 where the processor has it
            hints.enable_cpu_pinning(): False,  # the machine does other things too
        }
        path = compiled / _place(core, openvino.__version__, threads)
        self._blob = _kept(path)  # the compiled model may go on reading it
        if self._blob is None:
            self._compiled = core.compile_model(str(model), "CPU", chosen)
            _keep(path, self._compiled.export_model().getvalue())
        else:
            self._compiled = core.import_model(openvino.Tensor(self._blob), "CPU", chosen)
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(threads):
            self._free.put(self._compiled.create_infer_request())

    def one(self, inputs: Inputs) -> Vectors:
        """Return the output for `inputs`, from the first request that is free: shape (rows, dimension)."""
        request = self._free.get()
        try:
            request.infer(dict(inputs), share_inputs=True)
            return np.array(request.get_output_tensor(0).data, np.float32)
        finally:
            self._free.put(request)

    def begin(self, inputs: Inputs) -> Begun | None:
        """Begin to run `inputs`; None where no request is free."""
        try:
            request = self._free.get_nowait()
        except queue.Empty:
            return None
        return Begun(request, inputs, self._free)

    def many(self, batches: Iterable[tuple[T, Inputs]], take: Callable[[T, Vectors], None]) -> None:
        """Run every batch, on all threads; `take` gets each batch's own mark and its output, in no certain order.

        `take` is called on OpenVINO's threads. Whatever it raises is raised here.
        """
        failures: list[BaseException] = []

        def finished(request: Any, mark: T) -> None:
            try:
                take(mark, np.array(request.get_output_tensor(0).data, np.float32))
            except BaseException as error:  # or it would end in OpenVINO's thread
                failures.append(error)

        pending = self._openvino.AsyncInferQueue(self._compiled, _QUEUED * self._threads)
        pending.set_callback(finished)
        try:
            for mark, inputs in batches:
                pending.start_async(dict(inputs), mark)
        finally:
            pending.wait_all()
        if failures:
            raise failures[0]


class Begun:
    """A run that goes on by itself; its `request` is given back to `free` when it is done or nobody waits any more."""

    def __init__(self, request: Any, inputs: Inputs, free: queue.SimpleQueue[Any]) -> None:
        self._inputs = dict(inputs)  # which are read where they lie
        self._request: Any = request
        self._free = free
        request.start_async(self._inputs, share_inputs=True)

    def rows(self) -> Vectors:
        """Wait for the output, shape (rows, dimension), which is given once."""
        try:
            self._request.wait()
            return np.array(self._request.get_output_tensor(0).data, np.float32)
        finally:
            self._give_back()

    def __del__(self) -> None:
        if self._request is not None:
            self._request.wait()
            self._give_back()

    def _give_back(self) -> None:
        self._free.put(self._request)
        self._request = None


def _openvino() -> Any:
    """Import OpenVINO without its telemetry, which would ask the network whom it may tell of this run."""
    name = "openvino_telemetry"
    absent = name not in sys.modules
    if absent:
        sys.modules[name] = None  # type: ignore[assignment]  # as the import system marks what must not be imported
    try:
        import openvino

        return openvino
    finally:
        if absent:
            del sys.modules[name]


def _place(core: Any, version: str, threads: int) -> str:
    """Return the name of the file for what is compiled on this processor, by this OpenVINO, for so many threads."""
    able = sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    about = [version, core.get_property("CPU", "FULL_DEVICE_NAME"), able, threads]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16] + ".blob"


def _kept(path: Path) -> NDArray[np.uint8] | None:
    """Return what was compiled, mapped from the disk, None where there is nothing that is whole."""
    try:
        data = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    blob: NDArray[np.uint8] = data[:-_SUM]
    if hashlib.sha256(blob.data).digest() != data[-_SUM:].tobytes():
        _log.warning("%s is damaged: the model is compiled anew", path)
        return None
    return blob


def _keep(path: Path, blob: bytes) -> None:
    """Write what was compiled to `path`, in one step; where that fails, the next start is only slower."""
    try:
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(blob + hashlib.sha256(blob).digest())
        Path(file.name).replace(path)
    except OSError as error:
        _log.info("what was compiled cannot be kept in %s: %s", path, error.strerror)
