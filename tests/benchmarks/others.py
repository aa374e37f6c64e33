"""One of the programs that Archivist is compared with, in a process of its own, told what to do line by line.

    OTHERS_PYTHON tests/benchmarks/others.py PROGRAM MODEL

PROGRAM is forty_lines, txtai, chromadb or lancedb; MODEL is the folder of the sentence-transformers model that all of
them are given. Read from standard input are lines of JSON; each is answered by one on standard output:

    {"index": FILE}                     index the JSON Lines' texts; {"seconds", "cpu_s"}
    {"index": FILE, "vectors": FILE}    the same from ready vectors, a NumPy array of one row a text
    {"ask": [QUESTION, …]}              ask each for five texts; {"ms": […], "cpu_s"}

All but the 40 lines are in their default set-up, as their own first example has it, but that chromadb is given
sentence-transformers for its embedding function (its own is the same model as ONNX, which it would download), and
that txtai takes ready vectors only with that encoder for its "external" method. Those two and the 40 lines keep all in
memory; lancedb writes to a temporary folder.
"""
# mypy: ignore-errors

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ["ANONYMIZED_TELEMETRY"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
K = 5


class FortyLines:
    def __init__(self, model):
        sys.path.insert(0, str(Path(__file__).parent))
        from forty_lines import FortyLines as Program

        self.program = Program(model)

    def index(self, texts, vectors):
        self.program.index(texts, vectors)

    def ask(self, question):
        return [text for _, text in self.program.ask(question, K)]


class Txtai:
    def __init__(self, model):
        self.model, self.external = model, None
        self.embeddings = None

    def index(self, texts, vectors):
        from txtai import Embeddings

        self.texts = texts
        if vectors is None:
            self.embeddings = self.embeddings or Embeddings(path=self.model)
            self.embeddings.index(texts)
            return
        from sentence_transformers import SentenceTransformer

        self.external = self.external or SentenceTransformer(self.model, device="cpu")

        def encode(asked):  # a method would be called for the function
            return self.external.encode(asked)

        self.embeddings = Embeddings(method="external", transform=encode)
        self.embeddings.index([(i, row, None) for i, row in enumerate(vectors)])

    def ask(self, question):
        return [self.texts[row] for row, _ in self.embeddings.search(question, K)]


class Chroma:
    def __init__(self, model):
        import chromadb
        from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

        self.client = chromadb.Client()
        self.encode = SentenceTransformerEmbeddingFunction(model_name=model, device="cpu")
        self.made = 0

    def index(self, texts, vectors):
        self.made += 1
        self.collection = self.client.create_collection(f"texts-{self.made}", embedding_function=self.encode)
        most = self.client.get_max_batch_size()
        for at in range(0, len(texts), most):
            some = texts[at : at + most]
            ready = {} if vectors is None else {"embeddings": vectors[at : at + most]}
            self.collection.add(ids=[str(at + i) for i in range(len(some))], documents=some, **ready)

    def ask(self, question):
        return self.collection.query(query_texts=[question], n_results=K)["documents"][0]


class Lance:
    def __init__(self, model):
        import lancedb
        from lancedb.embeddings import get_registry
        from lancedb.pydantic import LanceModel, Vector

        encoder = get_registry().get("sentence-transformers").create(name=model, device="cpu")

        class Text(LanceModel):
            text: str = encoder.SourceField()
            vector: Vector(encoder.ndims()) = encoder.VectorField()

        self.folder = tempfile.TemporaryDirectory(prefix="lancedb-")
        self.database = lancedb.connect(self.folder.name)
        self.schema = Text
        self.made = 0

    def index(self, texts, vectors):
        self.made += 1
        self.table = self.database.create_table(f"texts{self.made}", schema=self.schema)
        if vectors is None:
            self.table.add([{"text": text} for text in texts])
        else:
            self.table.add([{"text": text, "vector": row} for text, row in zip(texts, vectors, strict=True)])

    def ask(self, question):
        return [row["text"] for row in self.table.search(question).limit(K).to_list()]


PROGRAMS = {"forty_lines": FortyLines, "txtai": Txtai, "chromadb": Chroma, "lancedb": Lance}


def obey(program, order):
    """Do what one line says; return what is answered to it."""
    if "index" in order:
        vectors = np.load(order["vectors"]) if "vectors" in order else None
        started, computed = time.perf_counter(), time.process_time()
        with Path(order["index"]).open(encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        program.index(texts, vectors)
        return {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - computed}
    times = []
    computed = time.process_time()
    for question in order["ask"]:
        started = time.perf_counter()
        found = program.ask(question)
        times.append((time.perf_counter() - started) * 1000)
        if len(found) != K or not all(isinstance(text, str) for text in found):
            raise SystemExit(f"{sys.argv[1]} found {found!r} for {question!r}")
    return {"ms": times, "cpu_s": time.process_time() - computed}


def main():
    """Answer each line until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    program = PROGRAMS[sys.argv[1]](sys.argv[2])
    for line in sys.stdin:
        answers.write(json.dumps(obey(program, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
