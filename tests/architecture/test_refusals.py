"""Every refusal of the product has a test that makes it: by its code, in a test or in a golden case."""

from tests.architecture.refusals import said_codes, words_of_tests


def test_every_refusal_is_made_by_a_test() -> None:
    tested = words_of_tests()
    missing = {said.code: said.where for said in said_codes() if said.code not in tested}
    assert missing == {}, "write the case that makes it, and expect its code"


def test_the_codes_are_found() -> None:
    """Made directly, by a function of another module, by an exception, from a table."""
    codes = {said.code for said in said_codes()}
    assert {"pf-not-abandoned", "transfer-before-permit", "not-an-object", "mid-missing"} <= codes
    assert len(codes) > 300
