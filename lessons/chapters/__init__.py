"""The documentation as pages: its Markdown, with links between chapters and to the source of receivers."""
