"""The commands, by what they are for. Each is thin: acknowledge, call, render."""
