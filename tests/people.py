"""The people of the demo world that tests ask about."""

NOOR, LUKAS, KARIM, ELIF, OSCAR = (
    "12631400209",
    "15690200187",
    "90712301137",
    "88660602073",
    "75700100590",
)
NOBODY = "74612515608"
