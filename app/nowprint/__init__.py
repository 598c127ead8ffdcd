"""Nowprint: a desktop chat application whose memory is a by-product of prediction."""

__version__ = "0.1.0"
