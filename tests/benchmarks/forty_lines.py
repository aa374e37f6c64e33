"""The forty lines a user would write instead: sentence-transformers on PyTorch, FAISS, bm25s, fused by rank."""
# mypy: ignore-errors

import json
import sys
from pathlib import Path

import bm25s
import faiss
import numpy as np
import Stemmer
from sentence_transformers import SentenceTransformer


class FortyLines:
    def __init__(self, model):
        self.model = SentenceTransformer(model, device="cpu")
        self.stemmer = Stemmer.Stemmer("english")

    def tokens(self, texts):
        return bm25s.tokenize(texts, stopwords="en", stemmer=self.stemmer, show_progress=False)

    def index(self, texts, vectors=None):
        self.texts = texts
        if vectors is None:
            vectors = self.model.encode(texts, batch_size=32, normalize_embeddings=True)
        self.dense = faiss.IndexFlatIP(vectors.shape[1])
        self.dense.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self.lexical = bm25s.BM25()
        self.lexical.index(self.tokens(texts), show_progress=False)

    def ask(self, question, k=5, depth=100, constant=60):
        depth = min(depth, len(self.texts))
        near = self.dense.search(self.model.encode([question], normalize_embeddings=True), depth)[1][0]
        worded = self.lexical.retrieve(self.tokens([question]), k=depth, show_progress=False).documents[0]
        scores = np.zeros(len(self.texts))
        for rows in (near, worded):
            scores[rows] += 1 / (constant + 1 + np.arange(depth))
        return [(float(scores[row]), self.texts[row]) for row in np.argsort(-scores, kind="stable")[:k]]


if __name__ == "__main__":
    program = FortyLines(sys.argv[1])
    with Path(sys.argv[2]).open(encoding="utf-8") as lines:
        program.index([json.loads(line)["text"] for line in lines])
    sys.stdout.write("\n".join(f"{score:.4f} {text}" for score, text in program.ask(sys.argv[3])) + "\n")
