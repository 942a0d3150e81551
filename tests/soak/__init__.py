"""A hamlet of real stores around a real hub, under everything that can happen to it; short in the tests, long
by ``make soak``."""
