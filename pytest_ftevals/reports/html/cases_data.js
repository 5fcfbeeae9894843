/*
 * Data of the case browser: unpacks the inert blocks that cases.py writes.
 *
 * The files cases_*.js are joined into one strict script, in the order that cases.py names; they
 * share one scope. Nothing here makes HTML of text: texts reach the page as text nodes alone.
 */

const KEPT_BLOCKS = 8;
const OUTCOMES = ["lost", "tied", "won", "not compared"];
const RESULTS = ["failed", "error", "passed", "not judged"];
const BASE = "base";

/** Returns what a block holds; throws where it is missing or damaged. */
async function unpacked(name) {
  const block = document.getElementById(name);
  if (!block) throw new Error(`the page has no data block ${name}: it may be cut off`);
  const packed = atob(block.textContent);
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** All cases: `rows` of the list, and the details of one case when asked for. */
class Cases {
  constructor(index) {
    this.tasks = index.tasks;
    this.variants = index.variants;
    this.labels = index.labels;
    this.slices = index.slices;
    this.blocks = index.blocks;
    this.count = index.cases.id.length;
    this.rows = index.rows.case.map((_, at) => this.row(index, at));
    this.candidates = [...new Set(this.rows.map((row) => row.candidate))];
    this.kept = new Map();
  }

  row({ cases, rows }, at) {
    const number = rows.case[at];
    const task = this.tasks[cases.task[number]];
    const candidate = this.variants[rows.candidate[at]];
    const score = rows.score[at];
    const base = rows.base[at];
    const known = task.direction !== 0 && score !== null && base !== null;
    return {
      at,
      number,
      task: task.name,
      metric: task.metric,
      id: cases.id[number],
      slices: cases.slices[number].map((one) => this.slices[one]),
      candidate: candidate.name,
      group: candidate.group,
      score,
      base,
      gain: known ? task.direction * (score - base) : null,
      outcome: rows.outcome[at],
      result: rows.result[at],
      labels: rows.labels[at].map((one) => this.labels[one]),
      primary: rows.primary[at].map((one) => this.labels[one]),
      flaws: rows.flaws[at].map((one) => this.labels[one]),
      varied: cases.varied[number] === 1,
      worst: rows.worst[at] === 1,
      excerpt: rows.excerpt[at],
    };
  }

  /** Returns the row that a link names; a recipe stands for the first of its seeds. */
  find(task, id, candidate) {
    const own = this.rows.filter((row) => row.task === task && row.id === id);
    return (
      own.find((row) => row.candidate === candidate) ?? own.find((row) => row.group === candidate)
    );
  }

  /** Returns the number of the block that holds a case. */
  blockOf(number) {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.blocks[middle] <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Returns the details of one case: prompt, expected and all samples. */
  async details(number) {
    const block = this.blockOf(number);
    const details = await this.block(block);
    return details[number - this.blocks[block]];
  }

  /** Returns the details of a block's cases; the last few blocks are kept. */
  block(at) {
    const found = this.kept.get(at) ?? unpacked(`cases-${at}`).then((all) => this.whole(all));
    this.kept.delete(at);
    this.kept.set(at, found);
    if (this.kept.size > KEPT_BLOCKS) this.kept.delete(this.kept.keys().next().value);
    return found;
  }

  /** Puts prompts together: each names what it has in common with the one before it. */
  whole(details) {
    let before = "";
    for (const one of details) {
      before = before.slice(0, one.prompt[0]) + one.prompt[1];
      one.prompt = JSON.parse(before);
      for (const sample of one.samples) sample.variant = this.variants[sample.variant].name;
    }
    return details;
  }
}
