"""Other people's tests, run with a record around each and without: programs, which no test runner collects."""
