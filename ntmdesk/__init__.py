"""ntmdesk: the desk of a community digital-technology team."""

__version__ = "0.1.0"
