"""Pictures, from the upload to the column."""
