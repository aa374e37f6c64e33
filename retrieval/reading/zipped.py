"""Documents that are zip archives of XML (EPUB, DOCX, ODT): their parts, never more of them than the limits allow."""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits

_MOST_MEMBERS = 50_000
_LONGEST_NAME = 1000
# What zipfile raises for an archive that is not whole, or packed in a way that it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, OverflowError)


class ZippedParts:
    """The parts of an open zip archive. All that is read of it together stays below four times `limits.file_bytes`."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """Raises ReadError for a file that is no zip archive, or one that cannot be used."""
        file.seek(0)
        try:
            self._zip = zipfile.ZipFile(file)
            names = self._zip.namelist()
        except _DAMAGED as error:
            raise ReadError(f"it is a damaged or truncated zip archive ({str(error)[:100]})") from error
        if len(names) > _MOST_MEMBERS:
            raise ReadError(f"it is a zip archive of {len(names):,} parts, more than any document has")
        self._one, self._left = limits.file_bytes, 4 * limits.file_bytes
        self.names = frozenset(name for name in names if len(name) <= _LONGEST_NAME)

    def read(self, name: str) -> bytes:
        """The bytes of a part. Raises ReadError where it is missing, encrypted, damaged or too large."""
        try:
            with self._zip.open(name) as part:
                data = part.read(min(self._one, self._left) + 1)
        except KeyError as error:
            raise ReadError(f"its part {name[:200]} is missing") from error
        except RuntimeError as error:  # what zipfile raises where a password is needed
            raise ReadError(f"its part {name[:200]} is encrypted") from error
        except _DAMAGED as error:
            raise ReadError(f"its part {name[:200]} is damaged ({str(error)[:100]})") from error
        if len(data) > self._one:
            raise ReadError(f"its part {name[:200]} is larger than the {self._one:,} bytes that are read at once")
        if len(data) > self._left:
            raise ReadError("its parts together are larger than a document is: it may be made to fill the memory")
        self._left -= len(data)
        return data
