"""Take uploads in without letting them fill the disk."""

from django.core.files.uploadhandler import TemporaryFileUploadHandler

from users.pictures import MAX_BYTES


class CappedFileUploadHandler(TemporaryFileUploadHandler):
    """
    Store at most MAX_BYTES of a file, and count the rest.

    The file arrives at the form with its true size and is refused there, where the person chose it, with a
    sentence of ours; but no more of it than that was ever on the disk.
    """

    def receive_data_chunk(self, raw_data, start):
        if start <= MAX_BYTES:
            self.file.write(raw_data)
