"""Runs as a page that can be checked: HTML and Markdown, the evidence beside them, and whether they agree."""
