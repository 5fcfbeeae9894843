/* One case in full: prompt, what was expected, and the answers of two variants side by side. */

const COMPARED = { base: "words that differ", expected: "words not as expected", none: "no marks" };

class Detail {
  /** `actions` are what its buttons do: `link(row)`, `move(by)`, `back()`. */
  constructor(box, actions) {
    this.box = box;
    this.actions = actions;
    this.marks = "base";
    this.against = BASE;
  }

  clear(...notes) {
    this.row = undefined;
    this.box.replaceChildren(...notes);
  }

  show(row, details, query) {
    this.row = row;
    this.details = details;
    this.query = query;
    this.shownAt = performance.now();
    this.box.replaceChildren(
      this.header(),
      part("Prompt", promptBlock(details.prompt, query)),
      details.expected === null ? "" : part("Expected", this.expected()),
      this.answers(),
    );
    this.box.scrollTop = 0;
    highlight(this.box, query);
  }

  header() {
    const { row, actions } = this;
    const button = (text, title, run) => {
      const made = make("button", { type: "button", title }, text);
      made.addEventListener("click", run);
      return made;
    };
    const back = button("← List", "back to the list (Esc)", actions.back);
    back.classList.add("cases-back");
    return make(
      "header",
      { className: "cases-head" },
      make(
        "div",
        { className: "cases-actions" },
        back,
        button("‹", "previous case (k)", () => actions.move(-1)),
        button("›", "next case (j)", () => actions.move(1)),
        button("Copy link", "copy a link to this case (c)", () => actions.link(row)),
      ),
      make("h3", {}, make("bdi", {}, line(row.task, 80)), " / ", make("bdi", {}, line(row.id))),
      make(
        "p",
        { className: "cases-facts" },
        make("bdi", { className: "cases-chip", "data-outcome": row.outcome }, `${SYMBOLS.get(row.outcome)} ${row.outcome}`),
        ...chips(row.worst ? ["worst tenth"] : [], "cases-worst"),
        ...chips(row.labels, "cases-label"),
        ...chips(row.slices, "cases-slice"),
      ),
    );
  }

  expected() {
    const texts = expectedTexts(this.details);
    return make("div", { className: "cases-expected" }, ...texts.map((one) => textBlock(one)));
  }

  /** Returns the two columns, a pair for each sample, below what is to be compared how. */
  answers() {
    const { row, details } = this;
    const variants = [...new Set(details.samples.map((one) => one.variant))];
    const others = variants.filter((one) => one !== row.candidate);
    const against = others.includes(this.against) ? this.against : others[0];
    const numbers = [...new Set(details.samples.map((one) => one.sample))].sort((a, b) => a - b);
    const of = (variant, at) =>
      details.samples.filter((one) => one.variant === variant && one.sample === at);
    const pairs = numbers.flatMap((at) => {
      const [left, right] = [against === undefined ? [] : of(against, at), of(row.candidate, at)];
      const most = Math.max(left.length, right.length);
      return Array.from({ length: most }, (_, number) => ({ at, left: left[number], right: right[number] }));
    });
    return make(
      "section",
      { className: "cases-part" },
      make("h4", {}, "Answers"),
      this.choices(others, against),
      ...pairs.flatMap(({ at, left, right }) => [
        numbers.length > 1 ? make("h5", {}, `Sample ${at + 1} of ${numbers.length}`) : null,
        this.pair(left, right),
      ]),
    );
  }

  choices(others, against) {
    const select = (title, options, value, change) => {
      const made = make("select", {}, ...options.map(([one, text]) => make("option", { value: one }, text)));
      made.value = value;
      made.addEventListener("change", () => {
        change(made.value);
        this.redrawn(title);
      });
      return make("label", {}, `${title} `, made);
    };
    const marks = Object.entries(COMPARED);
    const names = others.map((one) => [one, line(one, 40)]);
    return make(
      "p",
      { className: "cases-compare" },
      others.length > 1 ? select("Beside", names, against, (value) => (this.against = value)) : null,
      select("Mark", marks, this.marks, (value) => (this.marks = value)),
    );
  }

  redrawn(title) {
    const top = this.box.scrollTop;
    this.show(this.row, this.details, this.query);
    this.box.scrollTop = top;
    const labels = [...this.box.querySelectorAll(".cases-compare label")];
    labels.find((one) => one.textContent.startsWith(title))?.querySelector("select").focus();
  }

  pair(left, right) {
    const sides = [left, right].filter(Boolean);
    const texts = expectedTexts(this.details);
    const expected = right && texts.includes(right.response) ? right.response : texts[0];
    const marked = this.marked(left, right, expected);
    return make(
      "div",
      {},
      marked.note ? make("p", { className: "cases-more" }, marked.note) : null,
      make(
        "div",
        { className: "cases-sides" },
        left ? this.side(left, marked.left) : null,
        right ? this.side(right, marked.right) : null,
      ),
      scoreTable(sides.map((one) => [one.variant, one])),
    );
  }

  /** Returns for both sides the replies in parts, or why there are none. */
  marked(left, right, expected) {
    const chosen = left?.choices?.length || right?.choices?.length; // there the table says it
    const possible = { base: left && right, expected: expected !== undefined && !chosen };
    if (!possible[this.marks]) return {};
    const sides = { left: [], right: [] };
    let failed = false;
    const compared = (one, other) => {
      const found = performance.now() - this.shownAt < MOST_PATIENCE_MS ? wordDiff(one, other) : null;
      failed ||= !found;
      return found ?? {};
    };
    if (this.marks === "base") {
      const [a, b] = [replies(left), replies(right)];
      for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
        const found = compared(a[at], b[at]);
        sides.left.push(found.left);
        sides.right.push(found.right);
      }
    } else {
      for (const [name, sample] of [["left", left], ["right", right]]) {
        if (!sample) continue;
        const all = replies(sample);
        sides[name][all.length - 1] = compared(expected, all.at(-1)).right;
      }
    }
    return { ...sides, note: failed ? "Too long or too different to compare word by word." : "" };
  }

  side(sample, parts = []) {
    const facts = [wordOf(sample), `finish: ${sample.finish}`];
    const side = make(
      "article",
      { className: "cases-side", "data-variant": sample.variant === BASE ? "base" : "candidate" },
      make("h5", {}, make("bdi", {}, line(sample.variant, 60))),
      make(
        "p",
        { className: "cases-facts" },
        ...facts.map((one, at) =>
          make("bdi", { className: "cases-chip", "data-result": at === 0 ? one : null }, line(one, 60)),
        ),
        ...chips(sample.labels, "cases-label"),
      ),
    );
    if (sample.error !== null) side.append(make("div", { className: "cases-error" }, textBlock(sample.error)));
    if ("prompt" in sample) side.append(part("Its own prompt", promptBlock(sample.prompt)));
    if ("expected" in sample) side.append(part("Its own expectation", textBlock(shown(sample.expected))));
    side.append(...this.said(sample, parts));
    if (sample.choices?.length) side.append(choiceTable(this.details, sample));
    return side;
  }

  /** Returns the reply, or the turns of a conversation. */
  said(sample, parts) {
    if (!sample.turns?.length) {
      const silent = sample.error !== null || (sample.choices?.length && sample.response === "");
      return silent && sample.response === "" ? [] : [textBlock(sample.response, { empty: "empty reply", parts: parts[0] })];
    }
    const turns = sample.turns.flatMap((turn, at) => [
      at > 0 ? message("user", folded(shown(turn.user))) : null,
      message("assistant", textBlock(shown(turn.reply), { empty: "empty reply", parts: parts[at] })),
    ]);
    return [make("div", { className: "cases-chat" }, ...turns.filter(Boolean))];
  }
}

/** Returns what a variant said: a reply, or one each turn. */
function replies(sample) {
  return sample.turns?.length ? sample.turns.map((turn) => shown(turn.reply)) : [sample.response];
}

/** Marks where a searched text stands, where the browser can do so without changing elements. */
function highlight(box, query) {
  if (!("highlights" in CSS)) return;
  CSS.highlights.delete("cases-found");
  const wanted = query.toLowerCase();
  if (!wanted) return;
  const found = new Highlight();
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && found.size < 500) {
    const text = walker.currentNode.data.toLowerCase();
    if (text.length !== walker.currentNode.length) continue;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, at + wanted.length);
      found.add(range);
    }
  }
  CSS.highlights.set("cases-found", found);
}
