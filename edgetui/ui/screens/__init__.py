"""What fills the terminal: views of the main screen, and dialogs over it."""
