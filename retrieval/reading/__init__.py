"""Files in, articles out: each format has a small reader of its own, told apart by what the file holds."""

from retrieval.reading.articles import issue_parts, read_articles
from retrieval.reading.blocks import Limits
from retrieval.reading.dates import partial_date
from retrieval.reading.files import Found, find_files
from retrieval.reading.siblings import Siblings

__all__ = ["READING", "Found", "Limits", "Siblings", "find_files", "issue_parts", "partial_date", "read_articles"]

READING = 2  # changes when a file may be read in another way: then all are read again
