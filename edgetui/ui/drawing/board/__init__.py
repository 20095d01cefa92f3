"""The board screen's picture: a section for each subject, laid out in as many columns as there is room for."""
