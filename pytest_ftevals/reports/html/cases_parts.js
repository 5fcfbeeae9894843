/* Parts of a case: messages, replies, choices and scores as elements. */

const FOLDED_LINES = 7;
const FOLDED = 600;
const LEAST_HIDDEN = 600;
const SHORT_CHAT = 900;

/** Returns a heading with what belongs to it. */
function part(title, ...children) {
  return make("section", { className: "cases-part" }, make("h4", {}, title), ...children);
}

/** Returns chips for short names such as labels. */
function chips(names, className) {
  return names.map((name) => make("bdi", { className: `cases-chip ${className}` }, line(name, 80)));
}

/** Returns the end of a long text, where the question stands; it begins with a line or a word. */
function endOf(text) {
  const end = text.slice(-FOLDED);
  const lines = end.split("\n").slice(-FOLDED_LINES);
  const first = end.length < text.length && lines.length < FOLDED_LINES ? end.search(/\s/u) + 1 : 0;
  return lines.length < FOLDED_LINES ? end.slice(first) : lines.join("\n");
}

/** Returns a long text folded to its end; one that is short, or begins with what is sought, whole. */
function folded(text, sought = "") {
  const tail = endOf(text);
  const hidden = text.length - tail.length;
  if (hidden < LEAST_HIDDEN || holds(text.slice(0, hidden), sought)) return textBlock(text);
  const button = make("button", { type: "button" }, `Show the first ${hidden.toLocaleString("en")} characters`);
  const box = make("div", {}, make("p", { className: "cases-more" }, button, " …"), textBlock(tail));
  button.addEventListener("click", () => {
    box.replaceChildren(textBlock(text));
    box.tabIndex = -1;
    box.focus();
  });
  return box;
}

/** Returns whether a text holds what is sought, if anything is. */
function holds(text, sought) {
  return sought !== "" && text.toLowerCase().includes(sought.toLowerCase());
}

/** Returns one message of a chat. */
function message(role, body) {
  return make(
    "div",
    { className: "cases-message", "data-role": role === "assistant" ? "assistant" : "other" },
    make("bdi", { className: "cases-role" }, line(role, 40)),
    body,
  );
}

/** Returns a prompt: a text, or the messages of a chat, in a long one all but the last folded. */
function promptBlock(prompt, sought = "") {
  if (!Array.isArray(prompt)) return folded(shown(prompt), sought);
  const messages = prompt.map((one) =>
    message(shown(one?.role ?? "message"), folded(shown(one?.content ?? one), sought)),
  );
  const length = promptTexts(prompt).reduce((sum, one) => sum + one.length, 0);
  const early = length > SHORT_CHAT ? messages.slice(0, -1) : [];
  const late = messages.slice(early.length);
  if (!early.length) return make("div", { className: "cases-chat" }, ...late);
  const open = promptTexts(prompt.slice(0, early.length)).some((one) => holds(one, sought));
  const summary = early.length === 1 ? "1 earlier message" : `${early.length} earlier messages`;
  return make(
    "div",
    { className: "cases-chat" },
    make("details", { open }, make("summary", {}, summary), ...early),
    ...late,
  );
}

/** Returns what was expected as texts: several where each of them is right. */
function expectedTexts(details) {
  const { expected } = details;
  if (expected === null) return [];
  const several = Array.isArray(expected) ? expected : [expected];
  const choices = details.samples.find((one) => one.choices)?.choices;
  return several.map((one) => {
    const option = Number.isInteger(one) ? choices?.[one] : undefined;
    return option ? `${option.given ?? ""}${option.text}` : shown(one);
  });
}

/** Returns whether an option is (one of) the right ones. */
function isExpected(details, at) {
  const { expected } = details;
  return Array.isArray(expected) ? expected.includes(at) : expected === at;
}

/** Returns the options of a choice with their log-probabilities. */
function choiceTable(details, sample) {
  const rows = sample.choices.map((choice, at) => {
    const chosen = at === sample.choice;
    const right = isExpected(details, at);
    const notes = [chosen ? "chosen" : null, right ? "expected" : null, choice.greedy ? "greedy" : null];
    return make(
      "tr",
      { className: [chosen ? "cases-chosen" : "", right ? "cases-right" : ""].join(" ").trim() },
      make("td", {}, choice.given ? textBlock(choice.given) : null, textBlock(shown(choice.text))),
      make("td", { className: "cases-number" }, scoreText(choice.logprob)),
      make("td", { className: "cases-number" }, shown(choice.tokens ?? "n/a")),
      make("td", { className: "cases-notes" }, notes.filter(Boolean).join(", ")),
    );
  });
  const heads = ["text", "log-probability", "tokens", ""];
  return make(
    "table",
    { className: "cases-choices" },
    make("thead", {}, make("tr", {}, ...heads.map((one) => make("th", { scope: "col" }, one)))),
    make("tbody", {}, ...rows),
  );
}

/** Returns the scores of both sides, a row each metric; `sides` are [name, sample]. */
function scoreTable(sides) {
  const metrics = [...new Set(sides.flatMap(([, sample]) => Object.keys(sample.scores)))];
  if (!metrics.length) return null;
  const heads = ["metric", ...sides.map(([name]) => line(name, 40))];
  const head = make("tr", {}, ...heads.map((one) => make("th", { scope: "col" }, make("bdi", {}, one))));
  const rows = metrics.map((metric) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, make("bdi", {}, line(metric, 60))),
      ...sides.map(([, sample]) => {
        const score = Object.hasOwn(sample.scores, metric) ? sample.scores[metric] : null;
        return make("td", { className: "cases-number", title: String(score ?? "not scored") }, scoreText(score));
      }),
    ),
  );
  return make("table", { className: "cases-score" }, make("thead", {}, head), make("tbody", {}, ...rows));
}

/** Returns whether a sample passed, in a word. */
function wordOf(sample) {
  if (sample.error !== null) return "error";
  if (sample.passed === null) return "not judged";
  return sample.passed ? "passed" : "failed";
}
