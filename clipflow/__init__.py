"""ClipFlow finds speech, silence and filler words in talking video and hands the cut list to an editor."""

__version__ = "0.1.0"
