"""
Take a trace along: the conversions of a ``Trace`` into what other programs, or other people, can open.

They know traces and nothing above: what is in no trace can't leave by them.
"""
