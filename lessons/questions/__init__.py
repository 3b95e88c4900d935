"""
The fifteen questions that newcomers ask, each with an answer, a snippet, and what the snippet prints.

A question is a function whose body is the snippet. What it prints is never written down: it is run, once in a process,
on a database of its own.
"""
