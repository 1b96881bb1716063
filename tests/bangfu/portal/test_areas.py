"""The areas to choose from are those inside one's own."""

from bangfu.portal.areas import area_choices


def test_the_areas_to_choose_from_are_those_inside() -> None:
    assert area_choices("530102") == []
    kunming = area_choices("5301")
    assert (len(kunming), kunming[0].name, kunming[0].is_county) == (15, "昆明市", False)
    everything = area_choices("53")
    assert (len(everything), sum(choice.is_county for choice in everything)) == (145, 129)
