/*
 * The list of cases: a listbox that holds elements for the rows in view alone, all of one height.
 *
 * Browsers end at some ten million pixels, so a longer list is scrolled in proportion.
 */

const MOST_PIXELS = 8_000_000;
const SPARE_ROWS = 6;
const SYMBOLS = new Map([["lost", "▼"], ["tied", "="], ["won", "▲"], ["not compared", "·"]]);

class List {
  /** `chosen(row, how)` is called when a row is chosen: `how` is "open" (click, Enter) or "move". */
  constructor(box, chosen) {
    this.box = box;
    this.chosen = chosen;
    this.rows = [];
    this.active = -1;
    this.inner = box.appendChild(make("div", { className: "cases-inner", role: "presentation" }));
    this.window = this.inner.appendChild(make("div", { className: "cases-window", role: "presentation" }));
    box.addEventListener("scroll", () => this.later());
    box.addEventListener("click", (event) => this.clicked(event));
    new ResizeObserver(() => this.later()).observe(box);
  }

  /** Shows these rows; `active` is the one that is chosen, if it is among them. */
  show(rows, active) {
    this.rows = rows;
    this.tasks = new Set(rows.map((row) => row.task)).size > 1;
    this.candidates = new Set(rows.map((row) => row.candidate)).size > 1;
    this.active = active ? rows.indexOf(active) : -1;
    this.measure();
    if (this.active >= 0) this.reveal();
    else this.box.scrollTop = 0;
    this.draw();
  }

  /** Chooses the row so many places on; stays within the list. */
  move(by) {
    if (!this.rows.length) return;
    const to = Math.min(Math.max(this.active + by, 0), this.rows.length - 1);
    this.choose(to, "move");
  }

  choose(at, how) {
    if (!this.rows[at]) return;
    this.active = at;
    this.reveal();
    this.draw();
    this.chosen(this.rows[at], how);
  }

  /** Rows that fit into the box. */
  get page() {
    return Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1);
  }

  measure() {
    const probe = this.window.appendChild(make("div", { className: "cases-row" }));
    this.height = probe.offsetHeight || 56;
    probe.remove();
    this.full = this.rows.length * this.height;
    this.inner.style.height = `${Math.min(this.full, MOST_PIXELS)}px`;
  }

  /** Pixels of the whole list per pixel of scrolling, 1 unless it is too long for a browser. */
  get scale() {
    const room = Math.min(this.full, MOST_PIXELS) - this.box.clientHeight;
    return room > 0 ? (this.full - this.box.clientHeight) / room : 1;
  }

  reveal() {
    const top = this.active * this.height;
    const view = this.box.clientHeight;
    const now = this.box.scrollTop * this.scale;
    if (top < now) this.box.scrollTop = top / this.scale;
    else if (top + this.height > now + view) {
      this.box.scrollTop = (top + this.height - view) / this.scale;
    }
  }

  later() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.draw();
    });
  }

  draw() {
    if (!this.height) return;
    const top = this.box.scrollTop * this.scale;
    const first = Math.max(0, Math.floor(top / this.height) - SPARE_ROWS);
    const count = Math.ceil(this.box.clientHeight / this.height) + 2 * SPARE_ROWS;
    const drawn = this.rows.slice(first, first + count);
    const offset = this.box.scrollTop + first * this.height - top;
    this.window.style.transform = `translateY(${offset}px)`;
    this.window.replaceChildren(...drawn.map((row, at) => this.option(row, first + at)));
    const inView = this.active >= first && this.active < first + drawn.length;
    if (inView) this.box.setAttribute("aria-activedescendant", `cases-row-${this.active}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  option(row, at) {
    const where = [this.tasks ? row.task : "", this.candidates ? row.candidate : ""].filter(Boolean);
    const scores = [row.base, row.score].slice(row.base === null ? 1 : 0);
    const option = make(
      "div",
      {
        id: `cases-row-${at}`,
        role: "option",
        className: "cases-row",
        "aria-selected": String(at === this.active),
        "aria-posinset": at + 1,
        "aria-setsize": this.rows.length,
        "data-outcome": row.outcome,
      },
      make(
        "span",
        { className: "cases-line" },
        make("span", { className: "cases-outcome", title: row.outcome }, SYMBOLS.get(row.outcome)),
        make("span", { className: "cases-hidden" }, `${row.outcome}, `),
        make("bdi", { className: "cases-id" }, line(row.id, 80)),
        make("bdi", { className: "cases-where" }, where.map((one) => line(one, 40)).join(" · ")),
        make("span", { className: "cases-scores" }, scores.map((one) => scoreText(one, 3)).join(" → ")),
      ),
      make(
        "span",
        { className: "cases-line" },
        make("bdi", { className: "cases-excerpt" }, line(row.excerpt) || "empty reply"),
        make("bdi", { className: "cases-tags" }, primary(row.labels)),
      ),
    );
    option.row = row;
    return option;
  }

  clicked(event) {
    const option = event.target.closest(".cases-row");
    if (option) this.choose(this.rows.indexOf(option.row), "open");
  }
}

/** Returns the primary label, and how many others there are. */
function primary(labels) {
  if (!labels.length) return "";
  return line(labels[0], 40) + (labels.length > 1 ? ` +${labels.length - 1}` : "");
}
