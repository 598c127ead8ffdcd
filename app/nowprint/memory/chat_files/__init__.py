"""Writes chats to files and brings chats in, also those of other programs."""
