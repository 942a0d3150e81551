"""The simulated hamlet: invented people, the script of a week, the upper server as a real process."""
