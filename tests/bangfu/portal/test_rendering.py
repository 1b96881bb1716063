"""Rendering: an unknown variable is an error, everything is escaped, divisions are said by name."""

import pytest
from jinja2 import UndefinedError

from bangfu.portal.rendering import area_name, environment


def test_a_template_that_asks_for_what_is_not_there_fails() -> None:
    """A blank where a reason should stand would not be noticed."""
    with pytest.raises(UndefinedError):
        environment().from_string("{{ absent }}").render()


def test_values_are_escaped_in_every_template() -> None:
    made = environment()
    assert made.from_string('<a title="{{ x }}">').render(x='"><script>') == '<a title="&#34;&gt;&lt;script&gt;">'
    sources = [made.loader.get_source(made, name)[0] for name in made.list_templates()]
    assert len(sources) >= 7
    assert not [source for source in sources if "|safe" in source or "autoescape" in source or "Markup" in source]


def test_an_unknown_division_is_its_code() -> None:
    assert area_name("999999") == "999999"
    assert area_name("532901") == "大理州大理市"
