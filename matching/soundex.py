"""American Soundex (National Archives rules: h and w do not separate equal codes)."""

_SOUNDEX = {
    letter: digit for digit, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters
}


def soundex(name: str) -> str | None:
    """American Soundex of a lower-case Latin name; None without a Latin letter.

    >>> soundex("ashcraft"), soundex("tymczak"), soundex("岩罕")
    ('a261', 't522', None)
    """
    letters = [letter for letter in name if "a" <= letter <= "z"]
    if not letters:
        return None
    code, last = letters[0], _SOUNDEX.get(letters[0], 0)
    for letter in letters[1:]:
        digit = _SOUNDEX.get(letter, 0)
        if digit and digit != last:
            code += str(digit)
        if letter not in "hw":
            last = digit
    return (code + "000")[:4]
