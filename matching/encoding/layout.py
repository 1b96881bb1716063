"""How an encoded value lies in machine words (编码格式): what encodes and what compares both read it from here.

A column is an array of unsigned 64-bit words of one width. Word 0 is the head, 0 where the value is missing; then come
the `own` words, which always compare; then one word for each companion, and for each companion the words that compare
only where the companions agree. Without companions there is one such part, and its companion word is always 1.
"""

from dataclasses import dataclass

from matching.encoding.parameters import EncodedField, EncodingParameters


@dataclass(frozen=True)
class Form:
    """Words of a kind.

    Attributes:
        own: words that always compare.
        full: tokens of 64 bits under each companion.
        short: tokens of 32 bits under each companion, two to a word.
        filter: whether a filter follows them.
        hidden: whether there is a part under companions at all.
    """

    own: int
    full: int = 0
    short: int = 0
    filter: bool = False

    @property
    def hidden(self) -> bool:
        return bool(self.full or self.short or self.filter)


SLIPS = 24
"""Numbers of which one with a wrong check character may be a slip: for each place one, then swapped neighbours."""
ALIKE = 20
"""Names with one character replaced by a pair of look-alikes."""
PARTS = 8
"""The name itself, and longer first its parts of at least two characters."""
DATE_SLIPS = 16
"""A date with each of 8 digits left out, with each of 7 neighbours in order, with day and month in order."""
NEAR = 8
"""Stretches of 52 days, each begun 6.5 days after the one before."""
PHONE_DIGITS = 16
"""A telephone number with each digit left out."""

FORMS = {
    "identity_number": Form(own=2 + 8 + SLIPS // 2),  # whole; region, birth and sex; by each mask; slips
    "chinese_name": Form(own=7, short=ALIKE + PARTS, filter=True),  # exact, folded, former, 2 x tones, 2 x sounds
    "date": Form(own=1, full=2, short=DATE_SLIPS + NEAR),  # whole; year, month
    "exact": Form(own=0, full=1),
    "place": Form(own=0, full=2),  # county, prefecture
    "phone": Form(own=1 + PHONE_DIGITS // 2),
    "address": Form(own=3, full=2),  # whole, spot, door; township, community
    "employer": Form(own=0, full=2, filter=True),  # credit code, name
    "text": Form(own=0, full=1, filter=True),
    "given_name": Form(own=0, full=1, filter=True),
    "damerau": Form(own=0, full=1, filter=True),
    "levenshtein": Form(own=0, full=1, filter=True),
}
"""By kind of comparison."""


@dataclass(frozen=True)
class Layout:
    """Where the parts of one column begin.

    Attributes:
        companions: places of the parameters' companions that this column has, by number.
        first: word of the first companion.
        part: words under each companion.
        width: all words.
    """

    form: Form
    companions: tuple[int, ...]
    first: int
    part: int
    width: int

    @property
    def parts(self) -> int:
        """How many parts there are: of each companion one, one where there are none."""
        return (len(self.companions) or 1) if self.form.hidden else 0


def layout(field: EncodedField, parameters: EncodingParameters) -> Layout:
    """The layout of a field: a companion that is made of the field itself is none."""
    form = FORMS[field.kind]
    chosen = tuple(
        place
        for place, key in enumerate(parameters.companions)
        if form.hidden and not set(key.partition(":")[0].split("|")) & set(field.columns)
    )
    part = form.full + form.short // 2 + (parameters.filter_words if form.filter else 0)
    parts = (len(chosen) or 1) if form.hidden else 0
    return Layout(form, chosen, 1 + form.own, part, 1 + form.own + parts * (1 + part))
