"""Discord in, Discord out: the archive as a bot. Imports neither discord.py nor any machine learning by itself."""
