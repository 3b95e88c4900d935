"""What pages hold beyond a trace, as plain data for their templates: sections, lives, words, examples."""
