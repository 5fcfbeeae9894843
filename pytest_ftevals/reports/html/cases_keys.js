/* Keys of the case browser. They work while the focus is in it, or nowhere while it is in view. */

/** What each key does; `list` keys only where the list has the focus, where no field needs them. */
const KEYS = new Map(Object.entries({
  j: (browser) => browser.list.move(1),
  k: (browser) => browser.list.move(-1),
  c: (browser) => browser.detail.row && browser.copyLink(browser.detail.row),
  "/": (browser) => browser.form.elements.q.focus(),
  "?": (browser) => browser.help.showModal(),
}));
const LIST_KEYS = new Map(Object.entries({
  ArrowDown: (browser) => browser.list.move(1),
  ArrowUp: (browser) => browser.list.move(-1),
  PageDown: (browser) => browser.list.move(browser.list.page),
  PageUp: (browser) => browser.list.move(-browser.list.page),
  Home: (browser) => browser.list.move(-Infinity),
  End: (browser) => browser.list.move(Infinity),
  Enter: (browser) => {
    browser.list.choose(Math.max(browser.list.active, 0), "open");
    browser.detail.box.focus();
  },
}));

function keyPressed(event, browser) {
  const { target } = event;
  const inside = browser.root.contains(target);
  if (event.ctrlKey || event.metaKey || event.altKey || browser.help.open) return;
  if (!inside && !(target === document.body && isInView(browser.root))) return;
  if (event.key === "Escape") escaped(event, browser);
  else if (!target.closest("input, select, textarea")) {
    const own = target === browser.list.box ? LIST_KEYS.get(event.key) : undefined;
    const run = KEYS.get(event.key) ?? own;
    if (!run) return;
    event.preventDefault();
    run(browser);
  }
}

function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}

/** Leaves the search first, then the case. */
function escaped(event, browser) {
  const search = browser.form.elements.q;
  if (event.target === search && search.value) {
    search.value = "";
    browser.filter("replace");
  } else if (browser.root.contains(event.target)) browser.back();
  event.preventDefault();
}
