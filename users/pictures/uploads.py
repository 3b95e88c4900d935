"""Take uploads in without letting them fill the disk."""

from django.core.files.uploadhandler import TemporaryFileUploadHandler

from users.pictures.normalising import MAX_BYTES


class CappedFileUploadHandler(TemporaryFileUploadHandler):
    """
    Store at most MAX_BYTES of a file, and count the rest.

    The file arrives at the form with its true size and is refused there, where the person chose it, with a
    sentence of ours; but no more of it than that was ever on the disk. (Under ASGI Django spools the whole request
    before any handler sees it: there the server in front has to set the limit.)
    """

    def receive_data_chunk(self, raw_data, start):
        """Write a chunk that ends within the limit."""
        if start + len(raw_data) <= MAX_BYTES:
            self.file.write(raw_data)
