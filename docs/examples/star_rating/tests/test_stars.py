"""Run in an environment where the plugin is installed: ``pytest``."""

from tagma.labeling.config import check, parse
from tagma_stars.plugin import register_tags
from tagma_stars.tags import Stars

XML = '<View><Stars name="quality" toName="text" max="3"/></View>'


def faults_of(stars):
    node = parse(XML, {"stars": Stars}).root.children[0]
    return list(Stars.check(Stars.Value(stars=stars), node=node, labels=None, data={}))


def test_as_many_stars_as_the_config_has_are_fine():
    assert faults_of(3) == []


def test_more_stars_than_the_config_has_are_named():
    assert faults_of(4) == [("stars", "must be 1 to 3, not 4")]


def test_max_must_be_a_number():
    words = [str(fault) for fault in check(XML.replace('"3"', '"many"'), {"stars": register_tags()[0]})]
    assert any("max" in sentence for sentence in words)
