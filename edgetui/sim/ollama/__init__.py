"""A faithful Ollama in front of a simulated board."""
