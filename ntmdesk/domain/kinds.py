"""Kinds of record and the judgement of their values, by the names the window and the services use."""

from sync.protocol.kinds import Catalogue, Choice, ChoiceList, Field, Kind, Label, Rule, Section
from sync.protocol.validation import Problem, normalise, validate

__all__ = [
    "Catalogue",
    "Choice",
    "ChoiceList",
    "Field",
    "Kind",
    "Label",
    "Problem",
    "Rule",
    "Section",
    "normalise",
    "validate",
]
