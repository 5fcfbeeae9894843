/* Which cases are shown, in which order: filters, sorting and the search through all texts. */

const NO_FILTERS = {
  task: "",
  candidate: "",
  label: "",
  as: "",
  slice: "",
  varied: "",
  outcome: "",
  result: "",
  worst: "",
  q: "",
  sort: "",
};

/** Returns whether a row passes every filter but the search. */
function passes(row, wanted) {
  return (
    (!wanted.task || row.task === wanted.task) &&
    (!wanted.candidate || row.candidate === wanted.candidate || row.group === wanted.candidate) &&
    (!wanted.label || labelsOf(row, wanted.as).includes(wanted.label)) &&
    (!wanted.slice || row.slices.includes(wanted.slice)) &&
    (!wanted.varied || row.varied === (wanted.varied === "yes")) &&
    (!wanted.outcome || row.outcome === wanted.outcome) &&
    (!wanted.result || row.result === wanted.result) &&
    (!wanted.worst || row.worst)
  );
}

/** Returns the labels of a row, or of them the primary ones of failures, or those of passed answers. */
function labelsOf(row, as) {
  if (as === "primary") return row.primary;
  return as === "flaw" ? row.flaws : row.labels;
}

/** Compares numbers, those that are missing last. */
function byNumber(value, sign) {
  return (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (a - b);
  };
}

/** Compares by outcome, by how much, by result; what could not be compared comes last. */
function byChange(sign) {
  const rank = (row) => {
    const at = OUTCOMES.indexOf(row.outcome);
    return at === OUTCOMES.length - 1 ? null : at;
  };
  const first = byNumber(rank, sign);
  const then = byNumber((row) => row.gain, sign);
  const last = byNumber((row) => RESULTS.indexOf(row.result), sign);
  return (one, other) => first(one, other) || then(one, other) || last(one, other);
}

const SORTS = {
  "": { title: "worst change first", compare: byChange(1) },
  best: { title: "best change first", compare: byChange(-1) },
  low: { title: "score, low to high", compare: byNumber((row) => row.score, 1) },
  high: { title: "score, high to low", compare: byNumber((row) => row.score, -1) },
  order: { title: "order of the data", compare: () => 0 },
};

/** What filters with few values may be in a link; anything else there is as if it were not. */
const POSSIBLE = new Map([
  ["as", ["primary", "flaw"]],
  ["varied", ["no", "yes"]],
  ["worst", ["1"]],
  ["sort", Object.keys(SORTS)],
]);

/** Returns the rows in the order of a sort, those that it calls equal in that of the data. */
function sorted(rows, sort) {
  const { compare } = SORTS[sort];
  return [...rows].sort((one, other) => compare(one, other) || one.at - other.at);
}

/** Adds all texts and numbers in a JSON value. */
function gather(value, found) {
  if (value === null || value === undefined) return;
  if (typeof value === "object") for (const one of Object.values(value)) gather(one, found);
  else found.push(String(value));
}

/** Returns the texts of a prompt; of messages what they say. */
function promptTexts(prompt) {
  const found = [];
  const messages = Array.isArray(prompt) ? prompt : [prompt];
  for (const one of messages) gather(one?.content ?? one, found);
  return found;
}

function sampleTexts(sample) {
  const found = [sample.response];
  for (const turn of sample.turns ?? []) gather([turn.user, turn.reply], found);
  for (const choice of sample.choices ?? []) gather([choice.given, choice.text], found);
  gather(sample.error, found);
  return found;
}

/** Returns whether a text stands in the prompt, what was expected, or an answer of these two. */
function contains(details, candidate, text) {
  const texts = promptTexts(details.prompt);
  gather(details.expected, texts);
  for (const sample of details.samples) {
    if (sample.variant === candidate || sample.variant === BASE) texts.push(...sampleTexts(sample));
  }
  return texts.some((one) => one.toLowerCase().includes(text));
}

/** Searches rows for a text: what the list knows at once, all details block by block. */
class Search {
  constructor(cases) {
    this.cases = cases;
    this.run = 0;
  }

  stop() {
    this.run += 1;
  }

  /**
   * Calls `report(rows, done, blocks)` at once, then as details were searched. A later search
   * or `stop` ends it. Rows that only the shortened reply brought up are checked like all others.
   */
  async start(rows, text, report) {
    this.run += 1;
    const run = this.run;
    const wanted = text.toLowerCase();
    const found = new Set(
      rows.filter((row) => `${row.id}\n${row.excerpt}`.toLowerCase().includes(wanted)),
    );
    const blocks = new Map();
    for (const row of rows) {
      const at = this.cases.blockOf(row.number);
      if (!blocks.has(at)) blocks.set(at, []);
      blocks.get(at).push(row);
    }
    const shownRows = () => rows.filter((row) => found.has(row));
    report(shownRows(), 0, blocks.size);
    let done = 0;
    let reported = performance.now();
    for (const [at, own] of blocks) {
      const details = await unpackedBlock(this.cases, at);
      if (run !== this.run) return;
      for (const row of own) {
        const one = details[row.number - this.cases.blocks[at]];
        const inId = row.id.toLowerCase().includes(wanted);
        if (inId || contains(one, row.candidate, wanted)) found.add(row);
        else found.delete(row);
      }
      done += 1;
      if (done === blocks.size || performance.now() - reported > 100) {
        report(shownRows(), done, blocks.size);
        reported = performance.now();
        await new Promise((go) => setTimeout(go));
        if (run !== this.run) return;
      }
    }
  }
}

/** Returns a block's details without pushing out those that were looked at. */
async function unpackedBlock(cases, at) {
  return cases.kept.get(at) ?? cases.whole(await unpacked(`cases-${at}`));
}
