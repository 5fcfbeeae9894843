"""BLEU, chrF and TER: how close translations are to references, over the whole task.

From 0 to 100 as they are published (TER has no upper end); BLEU and chrF higher, TER lower is
better. The value is sacrebleu's own for all segments together, which is no mean of segments: a
case's score is its segment's own value, its `parts` the counts that are added up. Papineni et al.
2002 (BLEU), Popovic 2015 (chrF), Snover et al. 2006 (TER); Post 2018, arXiv 1804.08771, on why a
value needs its signature. Misleading about meaning: a paraphrase scores low, a fluent translation
that says the opposite scores high; values of different test sets or languages cannot be compared.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts, library, references
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.pooled import Pooled
from pytest_ftevals.metrics.table import Configurable

LIBRARY = "sacrebleu"
TOKENIZERS = ("13a", "intl", "char", "zh", "none")
"""Those of sacrebleu's that need neither another library nor a download."""
ORDERS = 4
"""BLEU counts sequences of one to four words."""
WORD_ORDERS = (0, 1, 2)
"""chrF counts sequences of up to as many words beside those of characters."""

Sums = Sequence[float]


class Counting(NamedTuple):
    """How one of sacrebleu's metrics counts segments, and what it makes of the counts."""

    counts: Callable[[str, Sequence[str]], Sequence[float]]
    """Of a reply and its references."""
    pooled: Callable[[Sums], float]
    """The value from sums of counts."""
    segment: Callable[[Sums], float]
    """One segment's value from its counts."""


def bleu(options: Options) -> Pooled:
    """Return BLEU; `tokenize` is one of `TOKENIZERS`, `lowercase` compares without case."""
    tokenize, lowercase = options.word("tokenize", TOKENIZERS), options.flag("lowercase")
    signature: dict[str, JSON] = {
        "case": "lc" if lowercase else "mixed",
        "eff": "no",
        "tok": tokenize,
        "smooth": "exp",
    }
    return _metric("bleu", partial(_bleu, tokenize, lowercase=lowercase), signature)


def chrf(options: Options) -> Pooled:
    """Return chrF; with `word_order` 2 it is chrF++, `lowercase` compares without case."""
    order, lowercase = options.number("word_order", default=0) or 0, options.flag("lowercase")
    if order not in WORD_ORDERS:
        raise options.wrong("word_order", "0, 1 or 2")
    signature: dict[str, JSON] = {
        "case": "lc" if lowercase else "mixed",
        "eff": "yes",
        "nc": "6",
        "nw": f"{order:.0f}",
        "space": "no",
    }
    return _metric("chrf", partial(_chrf, int(order), lowercase=lowercase), signature)


def ter(options: Options) -> Pooled:
    """Return TER, lower being better; `normalized` splits off punctuation, as Tercom's does.

    `case_sensitive` and `no_punct` as in sacrebleu.
    """
    normalized, no_punct = options.flag("normalized"), options.flag("no_punct")
    cased = options.flag("case_sensitive")
    signature: dict[str, JSON] = {
        "case": "mixed" if cased else "lc",
        "tok": "tercom",
        "norm": "yes" if normalized else "no",
        "punct": "no" if no_punct else "yes",
        "asian": "no",
    }
    counting = partial(_ter, normalized=normalized, no_punct=no_punct, case_sensitive=cased)
    return _metric("ter", counting, signature, higher_is_better=False)


def rate(
    counting: Callable[[], Counting],
    no_credit: str,
    task: Task,  # noqa: ARG001 - Pooled's shape
    case: Case,
    response: Response,
) -> Score:
    """Return the segment's own value; `parts` are sacrebleu's counts of it."""
    found = counting()
    counts = found.counts(response.text, references(case))
    value = found.segment(counts)
    return Score(value=value, reason="" if value else no_credit, parts=list(counts))


def needs(metric: str, task: Task) -> None:
    """Raise FtevalsError unless every case expects a text and the library is installed."""
    expected_texts(metric, task)
    library(metric, task, LIBRARY, extra="translation")


def _metric(
    name: str,
    counting: Callable[[], Counting],
    signature: dict[str, JSON],
    *,
    higher_is_better: bool = True,
) -> Pooled:
    return Pooled(
        name=name,
        needs=partial(needs, name),
        rate=partial(rate, counting, "nothing is shared" if higher_is_better else ""),
        pool=lambda sums: counting().pooled(sums),
        higher_is_better=higher_is_better,
        points=False,
        score_libraries=(LIBRARY,),
        value_libraries=(LIBRARY,),
        settings=signature,
    )


@cache
def _bleu(tokenize: str, *, lowercase: bool) -> Counting:
    from sacrebleu.metrics.bleu import BLEU

    # `force` keeps it from warning of replies that end in " .".
    scorer = BLEU(tokenize=tokenize, lowercase=lowercase, force=True)

    def counts(reply: str, right: Sequence[str]) -> list[float]:
        found = scorer.corpus_score([reply], [[one] for one in right])
        return [found.sys_len, found.ref_len, *found.counts, *found.totals]

    def value(sums: Sums, *, effective_order: bool) -> float:
        score = BLEU.compute_bleu(
            correct=list(map(round, sums[2 : 2 + ORDERS])),
            total=list(map(round, sums[2 + ORDERS :])),
            sys_len=round(sums[0]),
            ref_len=round(sums[1]),
            smooth_method="exp",
            effective_order=effective_order,
        )
        return float(score.score)

    # As sacrebleu's own `sentence_bleu`: a segment of three words has no sequence of four.
    return Counting(
        counts, partial(value, effective_order=False), partial(value, effective_order=True)
    )


@cache
def _chrf(word_order: int, *, lowercase: bool) -> Counting:
    from sacrebleu.metrics.chrf import CHRF

    class Counted(CHRF):
        """chrF with its counts, which no public call gives: through the hooks for subclasses."""

        def counts(self, reply: str, right: Sequence[str]) -> list[float]:
            (found,) = self._extract_corpus_statistics([reply], [[one] for one in right])
            return list(found)

        def pooled(self, sums: Sums) -> float:
            return float(self._compute_score_from_stats(list(map(round, sums))).score)

    scorer = Counted(word_order=word_order, lowercase=lowercase)
    return Counting(scorer.counts, scorer.pooled, scorer.pooled)


@cache
def _ter(*, normalized: bool, no_punct: bool, case_sensitive: bool) -> Counting:
    from sacrebleu.metrics.ter import TER

    scorer = TER(normalized=normalized, no_punct=no_punct, case_sensitive=case_sensitive)

    def counts(reply: str, right: Sequence[str]) -> list[float]:
        found = scorer.corpus_score([reply], [[one] for one in right])
        return [found.num_edits, found.ref_length]

    def pooled(sums: Sums) -> float:
        edits, length = sums
        # As sacrebleu: words in place of an empty reference are all wrong.
        return 100 * (edits / length) if length > 0 else 100.0 * (edits > 0)

    return Counting(counts, pooled, pooled)


TRANSLATION = (
    Configurable(name="bleu", keys=("tokenize", "lowercase"), make=bleu),
    Configurable(name="chrf", keys=("word_order", "lowercase"), make=chrf),
    Configurable(name="ter", keys=("normalized", "no_punct", "case_sensitive"), make=ter),
)
