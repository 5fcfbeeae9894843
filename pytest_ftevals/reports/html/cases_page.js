/*
 * The case browser as a whole: filters and the chosen case live in the address's hash, so that
 * every state is a link, and the keyboard reaches everything.
 *
 *   #cases?task=..&label=..&q=..          filters
 *   #case=TASK/CASE/CANDIDATE[?filters]   a case, each part encoded by encodeURIComponent
 */

/** Returns what a hash says, or null where it speaks of another part of the page. */
function readHash(hash) {
  const [path, query = ""] = hash.slice(1).split(/\?(.*)/s);
  const isCase = path.startsWith("case=");
  if (!isCase && path !== "cases") return null;
  const given = new URLSearchParams(query);
  const filters = { ...NO_FILTERS };
  for (const name of Object.keys(filters)) {
    const value = given.get(name) ?? "";
    if (POSSIBLE.get(name)?.includes(value) ?? true) filters[name] = value;
  }
  return { filters, chosen: isCase ? path.slice(5).split("/").map(decoded) : null };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the hash of a case, or of the list. */
function hashOf(row, filters) {
  const set = Object.entries(filters).filter(([, value]) => value !== "");
  const query = set.length ? `?${new URLSearchParams(set)}` : "";
  if (!row) return `#cases${query}`;
  return `#case=${[row.task, row.id, row.candidate].map(encodeURIComponent).join("/")}${query}`;
}

class Browser {
  constructor(root, cases) {
    this.root = root;
    this.cases = cases;
    this.filters = { ...NO_FILTERS };
    this.row = null;
    this.search = new Search(cases);
    this.form = root.querySelector("form");
    this.count = root.querySelector(".cases-count");
    this.progress = root.querySelector("progress");
    this.note = root.querySelector(".cases-note");
    this.help = root.querySelector("dialog");
    this.narrow = matchMedia("(max-width: 56rem)");
    this.list = new List(root.querySelector(".cases-list"), (row, how) => this.choose(row, how));
    this.detail = new Detail(root.querySelector(".cases-detail"), {
      link: (row) => this.copyLink(row),
      move: (by) => this.list.move(by),
      back: () => this.back(),
    });
    this.fill();
    this.listen();
    this.follow(location.hash);
  }

  /** Gives the filters what there is to choose from, and hides those without a choice. */
  fill() {
    const { cases } = this;
    const groups = cases.variants.map((one) => one.group).filter(Boolean);
    const options = {
      task: cases.tasks.map((one) => one.name),
      candidate: [...new Set([...groups, ...cases.candidates])],
      label: [...cases.labels].sort(),
      slice: [...cases.slices].sort(),
      outcome: OUTCOMES.filter((one) => cases.rows.some((row) => row.outcome === one)),
      result: RESULTS.filter((one) => cases.rows.some((row) => row.result === one)),
    };
    for (const [name, found] of Object.entries(options)) {
      const control = this.form.elements[name];
      control.append(...found.map((one) => make("option", { value: one }, line(one, 80))));
      const least = name === "label" || name === "slice" ? 1 : 2;
      control.closest("label").hidden = found.length < least;
    }
    const sorts = Object.entries(SORTS);
    this.form.elements.sort.append(
      ...sorts.map(([value, { title }]) => make("option", { value }, title)),
    );
    this.form.elements.as.closest("label").hidden = !cases.labels.length;
    this.form.elements.varied.closest("label").hidden = !cases.rows.some((row) => row.varied);
    this.form.elements.worst.closest("label").hidden = !cases.rows.some((row) => row.worst);
  }

  listen() {
    let waiting;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("reset", () => setTimeout(() => this.filter("push")));
    this.form.addEventListener("input", (event) => {
      clearTimeout(waiting);
      const typed = event.target.name === "q";
      waiting = setTimeout(() => this.filter(typed ? "replace" : "push"), typed ? 200 : 0);
    });
    addEventListener("hashchange", () => this.follow(location.hash));
    // A link to where the page already is changes no hash.
    addEventListener("click", ({ target }) => {
      const link = target.closest?.('a[href^="#case"]');
      if (link && link.hash === location.hash) this.follow(link.hash);
    });
    addEventListener("keydown", (event) => keyPressed(event, this));
    this.root.querySelector(".cases-keys").addEventListener("click", () => this.help.showModal());
    this.toggle = this.root.querySelector(".cases-toggle");
    this.toggle.addEventListener("click", () => {
      const open = this.root.toggleAttribute("data-filters");
      this.toggle.setAttribute("aria-expanded", String(open));
    });
  }

  /** Shows what a link says; leaves all as it is where it leads elsewhere on the page. */
  follow(hash) {
    const all = this.started && hash === "" ? "#cases" : hash;
    const wanted = readHash(all);
    if (!wanted) {
      if (!this.started) this.show();
      return;
    }
    this.filters = wanted.filters;
    this.row = wanted.chosen ? (this.cases.find(...wanted.chosen) ?? null) : null;
    for (const [name, value] of Object.entries(this.filters)) this.put(name, value);
    this.say(
      wanted.chosen && !this.row
        ? `This report has no case ${wanted.chosen.map((one) => line(one)).join(" / ")}.`
        : "",
    );
    this.root.dataset.view = this.row ? "detail" : "list";
    this.show();
    if (hash) this.root.scrollIntoView();
  }

  /** Sets a filter's control; a value that the report does not have stays to be seen. */
  put(name, value) {
    const control = this.form.elements[name];
    if (control.type === "checkbox") {
      control.checked = value !== "";
      return;
    }
    if (control.tagName === "SELECT" && ![...control.options].some((one) => one.value === value)) {
      control.append(make("option", { value }, line(value, 80)));
      control.closest("label").hidden = false;
    }
    control.value = value;
  }

  /** Reads the controls. */
  filter(how) {
    const given = new FormData(this.form);
    for (const name of Object.keys(NO_FILTERS)) this.filters[name] = given.get(name) ?? "";
    this.filters.q = this.filters.q.trim();
    this.row = null;
    this.root.dataset.view = "list";
    this.say("");
    this.remember(how);
    this.show();
  }

  /** Shows the rows that pass; a search goes on finding them while it reads the details. */
  show() {
    this.started = true;
    const rows = sorted(this.cases.rows.filter((row) => passes(row, this.filters)), this.filters.sort);
    if (!this.filters.q) {
      this.search.stop();
      this.showRows(rows, 0, 0);
      return;
    }
    const report = (...found) => this.showRows(...found);
    this.search.start(rows, this.filters.q, report).catch((error) => this.say(String(error)));
  }

  showRows(rows, done, blocks) {
    const { count, progress } = this;
    const several = this.cases.candidates.length > 1;
    const among = several ? `answers to ${this.cases.count.toLocaleString("en")} cases` : "cases";
    const of = this.cases.rows.length.toLocaleString("en");
    const searching = done < blocks;
    const more = searching ? `, searching: ${done} of ${blocks} parts` : "";
    count.textContent = `${rows.length.toLocaleString("en")} of ${of} ${among}${more}`;
    progress.hidden = !searching;
    progress.max = blocks || 1;
    progress.value = done;
    this.root.dataset.state = searching ? "searching" : "ready";
    // What is looked at stays, also while a search goes on bringing others.
    const first = searching && rows.includes(this.previewed) ? this.previewed : rows[0];
    const kept = this.row ?? first;
    this.list.show(rows, kept);
    if (this.row) this.open(this.row);
    else if (kept) this.preview(kept);
    else this.detail.clear(make("p", { className: "cases-empty" }, "No case passes these filters."));
  }

  preview(row) {
    this.previewed = row;
    if (!this.narrow.matches) this.open(row);
  }

  choose(row, how) {
    this.row = row;
    this.say("");
    if (how === "open") this.root.dataset.view = "detail";
    this.remember(how === "open" ? "push" : "replace");
    this.open(row);
    if (how === "open" && this.narrow.matches) this.root.scrollIntoView();
  }

  async open(row) {
    if (this.detail.row === row && this.detail.query === this.filters.q) return;
    this.opening = row;
    try {
      const details = await this.cases.details(row.number);
      if (this.opening === row) this.detail.show(row, details, this.filters.q);
    } catch (error) {
      this.say(`This case cannot be shown: ${error.message}`);
    }
  }

  /** Back to the list: the case stays marked in it. */
  back() {
    this.root.dataset.view = "list";
    this.list.box.focus();
    this.list.later();
  }

  /** Writes the state into the address; moving from case to case makes no history. */
  remember(how) {
    const hash = hashOf(this.row, this.filters);
    if (hash === location.hash) return;
    clearTimeout(this.writing);
    if (how === "push") history.pushState(null, "", hash);
    // Browsers allow some hundred changes of the address a minute: a held key makes more.
    else this.writing = setTimeout(() => history.replaceState(null, "", hash), 150);
  }

  async copyLink(row) {
    const link = location.href.split("#")[0] + hashOf(row, NO_FILTERS);
    const field = make("input", { readOnly: true, value: link, "aria-label": "link to this case" });
    const focused = document.activeElement;
    const done = await copied(link, field, this.note);
    if (done) {
      this.say("Link copied.");
      focused.focus();
    } else {
      this.say("Copy this link: ", field);
      field.focus();
      field.select();
    }
  }

  say(...what) {
    this.note.replaceChildren(...what);
    this.note.hidden = what.every((one) => one === "");
  }
}

/** Copies a text; the old way works where pages from disk may not use the clipboard. */
async function copied(text, field, place) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    place.hidden = false;
    place.replaceChildren(field);
    field.select();
    return document.execCommand("copy");
  }
}

/** Starts on the page's data; says what is wrong where they cannot be read. */
async function start() {
  const root = document.getElementById("cases");
  if (!root) return;
  const note = root.querySelector(".cases-note");
  try {
    if (!("DecompressionStream" in window)) throw new Error("this browser is too old for it");
    const cases = new Cases(await unpacked("cases-index"));
    new Browser(root, cases);
  } catch (error) {
    note.textContent = `The case browser cannot start: ${error.message}`;
    note.hidden = false;
    throw error;
  }
}

start();
