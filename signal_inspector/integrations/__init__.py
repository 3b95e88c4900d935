"""
Where people already look: pytest, the debug toolbar, OpenTelemetry.

Each module here needs a package that the inspector itself does not: nobody imports it but whoever uses that.
"""
