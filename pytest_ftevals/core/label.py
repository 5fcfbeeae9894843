"""Labels: why a case failed."""

from enum import StrEnum


class Label(StrEnum):
    """The failure labels; a failure has one primary label and may carry others."""

    WRONG_ANSWER = "wrong answer"
    INCOMPLETE_ANSWER = "incomplete answer"
    HALLUCINATED_DETAIL = "hallucinated detail"
    IGNORED_INSTRUCTION = "ignored instruction"
    WRONG_FORMAT = "wrong format"
    INVALID_JSON = "invalid JSON"
    TOO_VERBOSE = "too verbose"
    TOO_SHORT = "too short"
    UNSAFE_REFUSAL = "unsafe refusal"
    SHOULD_HAVE_REFUSED = "should have refused but did not"
    BAD_EXPLANATION = "correct answer but bad explanation"
    REGRESSION = "regression from base"
