"""The printed visit form (入户调查表): A4, two pages for each case, set by typst from fonts that come with the service."""
