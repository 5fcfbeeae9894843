"""METEOR: shared words, word stems and synonyms, in order.

From 0 to 1, higher is better. Lavie & Agarwal 2007, "METEOR: an automatic metric for MT evaluation
with high levels of correlation with human judgments", by nltk with its own parameters (alpha 0.9,
beta 3, gamma 0.5), the Porter stemmer and WordNet's synonyms; of several right texts the best.
Misleading outside English, which the stemmer and WordNet are of, and on single words: one right
word scores 0.5, because it is a chunk of its own. Texts are split at white space and punctuation,
so that values differ a little from those of tools that split otherwise.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.from_folder import FromFolder, folder_option, in_folder, loading
from pytest_ftevals.metrics.needs import expected_texts, library, references
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.table import Configurable

ADVICE = (
    "Give {metric: meteor, nltk_data: DIR}. `python -m nltk.downloader -d DIR wordnet` downloads "
    "WordNet (11 MB), `python -m zipfile -e DIR/corpora/wordnet.zip DIR/corpora` unpacks it."
)


def meteor(options: Options) -> FromFolder:
    """Return METEOR; `nltk_data` is a folder with WordNet's files in ``corpora/wordnet``."""
    folder = folder_option(options, "nltk_data")
    return FromFolder(
        name="meteor",
        folder=folder,
        files=wordnet_files,
        fault=_fault,
        advice=ADVICE,
        option="nltk_data",
        needs=needs,
        rate=in_folder(folder, rate),
        score_libraries=("nltk",),
        points=True,
    )


def rate(folder: Path, case: Case, response: Response) -> Score:
    """Return METEOR against the best of the right texts, from 0 to 1."""
    from nltk.tokenize import wordpunct_tokenize
    from nltk.translate.meteor_score import meteor_score

    right = [wordpunct_tokenize(text) for text in references(case)]
    value = meteor_score(right, wordpunct_tokenize(response.text), wordnet=wordnet_in(folder))
    return Score(value=float(value), reason="" if value else "nothing is shared")


def needs(task: Task) -> None:
    """Raise FtevalsError unless every case expects a text and the library is installed."""
    expected_texts("meteor", task)
    library("meteor", task, "nltk", extra="meteor")


def wordnet_files(folder: Path) -> Sequence[Path]:
    """Return WordNet's files in a folder of nltk's data."""
    return [one for one in (folder / "corpora" / "wordnet").glob("*") if one.is_file()]


@cache
def wordnet_in(folder: Path) -> Any:
    """Return nltk's reader of the WordNet in a folder, once a process: it keeps files open."""
    import nltk.data
    from nltk.corpus.reader.wordnet import WordNetCorpusReader
    from nltk.corpus.util import LazyCorpusLoader

    # nltk reads from folders of this list alone; the first one that has the data is taken.
    nltk.data.path.insert(0, str(folder.resolve()))
    other = LazyCorpusLoader("omw-1.4", WordNetCorpusReader)  # other languages: never loaded
    reader = LazyCorpusLoader("wordnet", WordNetCorpusReader, other)
    with loading("meteor", folder):
        reader.ensure_loaded()
    return reader


def _fault(folder: Path) -> str:
    return "" if wordnet_files(folder) else "it has no files in corpora/wordnet"


METEOR = Configurable(name="meteor", keys=("nltk_data",), make=meteor)
