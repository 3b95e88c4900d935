"""
Ten exhibits: the naive way beside the right one, each a module that runs.

A module has ``TITLE``, ``QUESTION``, ``SEE`` (what to look at) and ``CHAPTER`` (where the documentation tells of it);
``naive()`` and ``right()``, which return what is there afterwards; ``holds(left)`` and ``sentence(left)``, which judge
and tell it; and ``given()``, where something has to be there before. Its models have tables in a database of their own
for as long as it runs, and whoever listens to them is disconnected when it is over.
"""
