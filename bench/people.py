"""Simulated people in Latin script with their truth, hard in the ways real files are; the same for the same seed.

`census`   a town and the same town ten years on: births, deaths, moves, marriages with a new surname, sons named
           after their fathers, twins, households that share surname, address and race
`lives`    historical persons, each in several records that vary in everything: short forms and initials of names,
           titles, dates known to the year, neighbouring places, half of the fields missing, families of one name
`voters`   two lists of voters with nothing but frequent names and places, a fifth of all values misspelt
"""

from dataclasses import dataclass, replace
from random import Random

import pyarrow as pa

MEN = """James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark
Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George Edward Ronald Timothy Jason Jeffrey Ryan Jacob Gary Nicholas
Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Frank Alexander Raymond Patrick Jack Dennis Jerry
Tyler Aaron Jose Adam Henry Nathan Douglas Zachary Peter Kyle Walter Ethan Jeremy Harold Keith Christian Roger Noah Gerald
Carl Terry Sean Austin Arthur Lawrence Jesse Dylan Bryan Joe Jordan Billy Bruce Albert Willie Gabriel Logan Alan Juan Wayne
Roy Ralph Randy Eugene Vincent Russell Elijah Louis Bobby Philip Johnny""".split()  # noqa: SIM905
WOMEN = """Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Nancy Lisa Margaret Betty Sandra Ashley
Dorothy Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Kathleen Amy Angela
Shirley Anna Brenda Pamela Emma Nicole Helen Samantha Katherine Christine Debra Rachel Carolyn Janet Catherine Maria Heather
Diane Ruth Julie Olivia Joyce Virginia Victoria Kelly Lauren Christina Joan Evelyn Judith Megan Andrea Cheryl Hannah Jacqueline
Martha Gloria Teresa Ann Sara Madison Frances Kathryn Janice Jean Abigail Alice Julia Judy Sophia Grace Denise Amber Doris
Marilyn Danielle Beverly Isabella Theresa Diana Natalie Brittany Charlotte Marie Kayla Alexis Lori""".split()  # noqa: SIM905
SURNAMES = """Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King
Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips
Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper
Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes
Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez""".split()  # noqa: SIM905
SHORT = {
    "William": "Bill", "Robert": "Bob", "James": "Jim", "John": "Jack", "Richard": "Dick", "Thomas": "Tom", "Charles": "Charlie",
    "Michael": "Mike", "Joseph": "Joe", "Edward": "Ted", "Elizabeth": "Betty", "Margaret": "Peggy", "Katherine": "Kate",
    "Susan": "Sue", "Deborah": "Debbie", "Samuel": "Sam", "Benjamin": "Ben", "Daniel": "Dan", "Henry": "Harry", "Sarah": "Sally",
}  # fmt: skip
TRADES = [
    "politician",
    "writer",
    "painter",
    "cricketer",
    "actor",
    "clergyman",
    "engineer",
    "lawyer",
    "botanist",
    "composer",
]
SYLLABLES = [
    "ash",
    "bar",
    "cold",
    "den",
    "eld",
    "fen",
    "gar",
    "hol",
    "ing",
    "ken",
    "lan",
    "mar",
    "nor",
    "oak",
    "pen",
    "rad",
]
ENDINGS = ["ton", "ham", "ford", "ley", "wick", "by", "worth", "field", "well", "bury"]
NEIGHBOURS = {
    letter: near
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for letter, near in zip(row, row[1:] + row[-2], strict=True)
}
RACES = ["White"] * 60 + ["Latino"] * 18 + ["Black"] * 13 + ["Asian"] * 6 + ["Other"] * 3


@dataclass(frozen=True)
class Labelled:
    """Two tables, or one to be cleared of duplicates, and the truth: the person behind each record."""

    tables: tuple[pa.Table, ...]
    persons: tuple[pa.Table, ...]
    """Per table: record_id, person."""


@dataclass(frozen=True)
class Person:
    given: str
    middle: str
    surname: str
    born: tuple[int, int, int]
    sex: str
    race: str
    home: int
    number: int


class Names:
    """Draws names as populations do: few are frequent, and every fifth surname is rare."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def given(self, sex: str) -> str:
        return _frequent(self.random, MEN if sex == "Male" else WOMEN)

    def surname(self) -> str:
        if self.random.random() < 0.2:
            return self.place().title()
        return _frequent(self.random, SURNAMES)

    def place(self) -> str:
        middle = self.random.choice(SYLLABLES) if self.random.random() < 0.4 else ""
        return self.random.choice(SYLLABLES) + middle + self.random.choice(ENDINGS)


def _frequent(random: Random, names: list[str]) -> str:
    return names[int(len(names) ** random.random()) - 1]


def census(households: int, seed: int) -> Labelled:
    """A town and the same town ten years on; about 2.6 persons a household."""
    names = Names(seed)
    random = names.random
    streets = [
        f"{names.place()} {random.choice(('street', 'road', 'lane', 'ave'))}" for _ in range(households // 12 + 1)
    ]
    homes = [(random.randint(1, 400), random.choice(streets)) for _ in range(households * 3)]
    people = [person for home in range(households) for person in _family(names, home, 2020)]
    people = [replace(person, number=number) for number, person in enumerate(people)]
    later = _ten_years_on(names, people, households)
    tables, persons = [], []
    for year, counted in ((2020, people), (2030, later)):
        ordered = sorted(counted, key=lambda person: (person.home, person.number))
        rows = [_census_row(random, person, homes[person.home % len(homes)], year) for person in ordered]
        ids = [f"{year}-{place:06d}" for place in range(len(rows))]
        tables.append(_table(ids, rows))
        persons.append(pa.table({"record_id": ids, "person": [person.number for person in ordered]}))
    return Labelled(tuple(tables), tuple(persons))


def _family(names: Names, home: int, year: int) -> list[Person]:
    random = names.random
    surname, race, eldest = names.surname(), random.choice(RACES), random.randint(20, 75)
    sex = random.choice(("Male", "Female"))
    family = [_person(names, surname, year - eldest, sex, race, home)]
    if random.random() < 0.6:
        other = "Female" if sex == "Male" else "Male"
        taken = surname if random.random() < 0.75 else names.surname()
        family.append(_person(names, taken, year - eldest + random.randint(-4, 4), other, race, home))
        for _ in range(random.choice((0, 0, 1, 1, 2, 2, 3))):
            family.extend(_child(names, family, year - random.randint(0, max(eldest - 20, 1))))
    return family


def _child(names: Names, family: list[Person], year: int) -> list[Person]:
    random = names.random
    first = family[0]
    sex = random.choice(("Male", "Female"))
    child = _person(names, first.surname, year, sex, first.race, first.home)
    namesake = next((parent for parent in family[:2] if parent.sex == sex), None)
    if namesake and random.random() < 0.08:
        child = replace(child, given=namesake.given)
    twin = random.random() < 0.03
    return [child, replace(child, given=names.given(sex), middle=names.given(sex)[0])] if twin else [child]


def _person(names: Names, surname: str, year: int, sex: str, race: str, home: int) -> Person:
    random = names.random
    born = (year, random.randint(1, 12), random.randint(1, 28))
    return Person(names.given(sex), names.given(sex)[0], surname, born, sex, race, home, -1)


def _ten_years_on(names: Names, people: list[Person], households: int) -> list[Person]:
    random = names.random
    moved = {home: households + home if random.random() < 0.35 else home for home in range(households)}
    free = 2 * households
    later: list[Person] = []
    for person in people:
        age = 2030 - person.born[0]
        if random.random() < (0.03 if age < 70 else 0.45) or random.random() < 0.04:
            continue  # died, or left the town
        now = replace(person, home=moved[person.home])
        if 20 <= age <= 35 and random.random() < 0.5:
            now = replace(now, home=free)
            free += 1
            if person.sex == "Female" and random.random() < 0.4:
                now = replace(now, surname=names.surname())
        later.append(now)
    number = len(people)
    by_home: dict[int, list[Person]] = {}
    for person in later:
        by_home.setdefault(person.home, []).append(person)
    for home in sorted(by_home):
        family = [person for person in by_home[home] if 20 <= 2030 - person.born[0] <= 45]
        if len(family) == 2 and random.random() < 0.5:
            later.extend(_child(names, family, random.randint(2021, 2029)))
    for home in range(free, free + households // 8):
        later.extend(_family(names, home, 2030))
    numbered = []
    for person in later:
        if person.number < 0:
            person, number = replace(person, number=number), number + 1
        numbered.append(person)
    return numbered


def _census_row(random: Random, person: Person, home: tuple[int, str], year: int) -> dict[str, str | None]:
    year_of_birth, month, day = person.born
    if random.random() < 0.01:
        month, day = day, month
    age = year - person.born[0] + (random.randint(-2, 2) if random.random() < 0.05 else 0)
    given = SHORT.get(person.given, person.given) if random.random() < 0.05 else person.given
    row = {
        "first_name": given,
        "middle_initial": person.middle,
        "last_name": person.surname,
        "age": str(age),
        "date_of_birth": f"{month:02d}/{day:02d}/{year_of_birth}",
        "street_number": str(home[0]),
        "street_name": home[1],
        "sex": person.sex if random.random() < 0.99 else random.choice(("Male", "Female")),
        "race_ethnicity": person.race,
    }
    return {name: None if random.random() < 0.01 else _misspelt(random, value, 0.02) for name, value in row.items()}


def lives(count: int, seed: int) -> Labelled:
    """`count` historical persons in about ten records each, in one table."""
    names = Names(seed)
    random = names.random
    places = [names.place() for _ in range(count // 8 + 20)]
    codes = [f"{place[:2]}{random.randint(1, 40)} {random.randint(1, 9)}" for place in places]
    rows, persons = [], []
    family = names.surname()
    for number in range(count):
        family = family if random.random() < 0.25 else names.surname()
        sex = "male" if random.random() < 0.8 else "female"
        place = random.randrange(len(places))
        year, known = random.randint(1500, 1880), random.random() < 0.75
        life = (names.given(sex.title()), names.given(sex.title()), family, place, sex, _frequent(random, TRADES))
        born = (year, random.randint(1, 12), random.randint(1, 28)) if known else (year, 1, 1)
        ending = f"{random.choice('abdefgh')}{random.choice('abdefgh')}"
        for _ in range(min(3 + int(random.expovariate(1 / 7)), 21)):
            rows.append(_life_row(random, life, born, (places, codes, ending)))
            persons.append(number)
    order = list(range(len(rows)))
    random.shuffle(order)
    ids = [f"h{place:06d}" for place in range(len(rows))]
    truth = pa.table({"record_id": ids, "person": [persons[place] for place in order]})
    return Labelled((_table(ids, [rows[place] for place in order]),), (truth,))


def _life_row(
    random: Random,
    life: tuple[str, str, str, int, str, str],
    born: tuple[int, int, int],
    gazetteer: tuple[list[str], list[str], str],
) -> dict[str, str | None]:
    given, further, surname, place, sex, trade = life
    places, codes, ending = gazetteer
    chance = random.random()
    if chance < 0.12:
        given = SHORT.get(given, given)
    elif chance < 0.2:
        given = further
    elif chance < 0.24:
        given = given[0]
    year, month, day = born
    if random.random() < 0.12:
        year, month, day = random.choice(
            ((year + random.randint(-9, 9), month, day), (year, day % 12 + 1, day), (year, month, 1))
        )
    if random.random() < 0.12:
        place = (place + 1) % len(places)
    code = f"{codes[place]}{ending if random.random() < 0.85 else random.choice('abdefgh') * 2}"
    row = {
        "first_name": _misspelt(random, given.lower(), 0.08),
        "surname": _misspelt(random, surname.lower(), 0.08),
        "dob": _misspelt(random, f"{year:04d}-{month:02d}-{day:02d}", 0.05),
        "birth_place": places[place],
        "postcode_fake": code,
        "gender": sex if random.random() < 0.95 else "female" if sex == "male" else "male",
        "occupation": trade,
    }
    missing = {
        "first_name": 0.0,
        "surname": 0.09,
        "dob": 0.23,
        "birth_place": 0.14,
        "postcode_fake": 0.23,
        "gender": 0.22,
    }
    return {name: None if random.random() < missing.get(name, 0.5) else value for name, value in row.items()}


def voters(count: int, seed: int) -> Labelled:
    """Two lists of `count` voters, three in ten on both."""
    names = Names(seed)
    random = names.random
    towns = [(names.place(), f"{random.randint(270, 289)}{random.randint(0, 99):02d}") for _ in range(count // 12 + 20)]
    weights = [1 / (rank + 3) for rank in range(len(towns))]
    people = []
    for _ in range(2 * count - count * 3 // 10):
        sex = random.choice(("Male", "Female"))
        town, code = random.choices(towns, weights)[0]
        if random.random() < 0.3:
            code = f"{code[:4]}{random.randint(0, 9)}"
        people.append({"givenname": names.given(sex), "surname": names.surname(), "suburb": town, "postcode": code})
    tables, persons = [], []
    for side, first in (("a", 0), ("b", len(people) - count)):
        order = list(range(first, first + count))
        random.shuffle(order)
        ids = [f"{side}{place:06d}" for place in range(count)]
        rows = [
            {name: _misspelt(random, value.lower(), 0.2) for name, value in people[number].items()} for number in order
        ]
        tables.append(_table(ids, rows))
        persons.append(pa.table({"record_id": ids, "person": order}))
    return Labelled(tuple(tables), tuple(persons))


def _misspelt(random: Random, text: str, chance: float) -> str:
    """The text, with `chance` of one slip: a neighbouring key, a letter left out, doubled or swapped with the next."""
    if random.random() >= chance or len(text) < 2:
        return text
    place = random.randrange(len(text) - 1)
    before, letter, following, rest = text[:place], text[place], text[place + 1], text[place + 2 :]
    slips = (
        NEIGHBOURS.get(letter.lower(), random.choice("0123456789")) + following,
        following,
        letter + letter + following,
        following + letter,
    )
    return before + random.choice(slips) + rest


def _table(ids: list[str], rows: list[dict[str, str | None]]) -> pa.Table:
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]}
    return pa.table({"record_id": pa.array(ids), **columns})
