"""
Eleven exhibits: the naive way beside the right one, each a module that runs.

A module has ``TITLE``, ``QUESTION``, ``SEE`` (what to look at) and ``CHAPTER`` (where the documentation tells of it);
``naive()`` and ``right()``, which return what has come of it, or nothing; ``holds(left)`` and ``sentence(left)``,
which judge and tell that. Where something has to be there before, there is ``given()``; where the database has to be
asked what is left, ``afterwards()``: it returns more of what has come of it, and is no part of the cost. The models
have tables in a database of their own for as long as an exhibit runs, and whoever listens to them is disconnected when
it is over.
"""
