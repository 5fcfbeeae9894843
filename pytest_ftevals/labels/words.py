"""Words that features of the input are told by: negations, conditions, instructions, languages.

English and German, in lower case. A few words too few cost a feature some of its cases; one too
many gives it cases that it should not have.
"""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS = _words(
    """
    no not never none nothing nobody nowhere neither nor without cannot except excluding unlike
    ain't aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't mustn't shouldn't
    wasn't weren't won't wouldn't
    nicht nichts nie niemals niemand niemanden niemandem nirgends nirgendwo kein keine keinen keinem
    keiner keines keinesfalls keineswegs weder ohne außer ausser ausgenommen
    """
)
CONDITIONS = _words(
    """
    if unless otherwise whether provided assuming suppose
    wenn falls sofern ansonsten andernfalls ob angenommen vorausgesetzt
    """
)
ASKING = _words(
    """
    who whom whose what when where which why how
    wer wen wem wessen was wann wo woher wohin welche welcher welches welchen welchem warum wieso
    weshalb wie wieviel
    """
)
"""Words that a question begins with."""
LEADING = _words(
    """
    please kindly first second third then next now also finally afterwards and
    bitte zuerst zunächst dann danach anschließend nun jetzt auch schließlich und
    """
)
"""What may stand before the verb of an instruction."""
INSTRUCTIONS = _words(
    """
    add analyse analyze answer arrange calculate change check choose cite classify combine compare
    complete compute convert correct count create define delete describe determine discuss draft
    edit ensure estimate evaluate explain extract fill find fix format generate give identify
    ignore include insert keep label list make mention name order outline paraphrase pick predict
    print produce proofread provide rank read remove rename replace reply respond return rewrite
    round select show simplify solve sort split state suggest summarise summarize tell translate
    use verify write
    analysiere antworte behalte benenne beantworte beginne begründe berechne beschreibe bestimme
    beurteile bilde definiere ende entferne ergänze erkläre erläutere erstelle ersetze extrahiere
    fasse finde formatiere formuliere füge gib gruppiere ignoriere kennzeichne klassifiziere
    korrigiere kürze liste löse lösche mache markiere nenne ordne prüfe rechne runde sage schätze
    schreibe sortiere streiche teile übersetze überprüfe vereinfache vergleiche verwende wähle
    wandle zähle zeige zitiere
    """
)
"""Verbs that an instruction begins with."""

LANGUAGES: Mapping[str, frozenset[str]] = {
    "English": _words(
        "the of and to is that it was for are with his they this have from what were which you your"
        " their has would there been who does"
    ),
    "German": _words(
        "der die das und ist nicht ein eine einen den dem des mit für auf ich sich auch es von zu"
        " im wird welche wie wurde sie bei oder"
    ),
    "French": _words(
        "le la les des et est une du dans que qui pour pas sur au avec ce il elle sont quel quelle"
        " ou où nous vous aux"
    ),
    "Spanish": _words(
        "el la los las y es una del en que por para con no se su como más cuál qué son al lo pero"
        " fue está donde"
    ),
    "Italian": _words(
        "il lo la gli le e è una di del della che per non con sono come più nel quale dove anche"
        " dei delle si ha"
    ),
    "Portuguese": _words(
        "o a os as e é uma do da dos das em que por para com não se como mais qual foi são ao no na"
        " onde você"
    ),
    "Dutch": _words(
        "de het een en is van dat niet op te in met voor zijn aan er ook wat hoe welke waar werd"
        " door naar bij of"
    ),
}
"""The commonest words of languages that are written in Latin letters."""

SCRIPTS: Mapping[str, str] = {
    "Cyrillic": "\u0400-\u052f",
    "Greek": "\u0370-\u03ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Hebrew": "\u0590-\u05ff",
    "Devanagari": "\u0900-\u097f",
    "Thai": "\u0e00-\u0e7f",
    "Hangul": "\uac00-\ud7af\u1100-\u11ff",
    "Japanese": "\u3040-\u30ff",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff",
}
"""Scripts by the ranges of their letters; kana before Han, for Japanese is written in both."""
