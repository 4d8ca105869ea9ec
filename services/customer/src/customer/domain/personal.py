"""One record of a person from several statements: the newer word counts, silence erases nothing."""

from tsunagu.contracts.values import PersonalData


def overlay(older: PersonalData, newer: PersonalData) -> PersonalData:
    """Each field as the newer statement has it; where that says nothing, as the older one has it."""
    said = {
        name: value
        for name in PersonalData.model_fields
        if (value := getattr(newer, name)) is not None and value != ()
    }
    return older.model_copy(update=said)
