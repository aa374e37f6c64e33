"""Files in, articles out: texts, pages, archives of them and web archives, told apart by what they hold."""

from retrieval.reading.articles import read_articles
from retrieval.reading.blocks import Limits
from retrieval.reading.dates import partial_date
from retrieval.reading.files import Found, find_files

__all__ = ["READING", "Found", "Limits", "find_files", "partial_date", "read_articles"]

READING = 2  # changes when a file may be read in another way: then all are read again
