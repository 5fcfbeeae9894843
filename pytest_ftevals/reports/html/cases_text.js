/*
 * Hostile text made safe to read: text nodes only, what cannot be seen spelled out, long texts cut.
 *
 * Characters are spelled as in the terminal's report (clean.py): \x1b, \u202e, \U000e0041.
 */

const LONGEST = 20000;
const MOST_MARKS = 2000;
const SHORT_JSON = 120;

// Joiners belong to emoji and to these scripts; between other letters they only hide.
const JOINABLE = [
  "\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f",
  ..."Arabic Syriac Mongolian Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada"
    .concat(" Malayalam Sinhala Myanmar Khmer")
    .split(" ")
    .map((name) => `\\p{Script=${name}}`),
].join("");
// Controls, formats, private and unassigned characters, odd spaces, and letters that are blank.
const UNSEEN =
  "(?![\\n\\t\\u200c\\u200d])[\\p{C}\\p{Zl}\\p{Zp}\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f" +
  "\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u2800\\u3164\\uffa0\\u{e0100}-\\u{e01ef}]";
// A pile of accents spills over the lines beside it; no living script needs more than three.
const HIDDEN = new RegExp(
  `(?<one>${UNSEEN}|(?<![${JOINABLE}])[\\u200c\\u200d])\\k<one>*` +
    "|(?<=[\\p{Mn}\\p{Me}]{3})[\\p{Mn}\\p{Me}]+",
  "gu",
);

/** Makes an element; `props` are its properties or, with a dash in their names, attributes. */
function make(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name === "role" || name.includes("-")) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Spells one character as Python does. */
function spelled(char) {
  const code = char.codePointAt(0);
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** Returns what stands for hidden characters: spelled, and how many. */
function markOf(found) {
  const chars = [...found[0]];
  if (!found.groups.one) return `+${chars.length} marks`;
  return spelled(chars[0]) + (chars.length > 1 ? `×${chars.length}` : "");
}

/** Returns a name on one line, everything in it visible. */
function line(text, longest = 200) {
  const cut = text.length > longest ? `${whole(text, longest)}…` : text;
  return cut.replace(/\s+/gu, " ").replace(HIDDEN, (...found) => {
    const groups = found.at(-1);
    return markOf({ 0: found[0], groups });
  });
}

/** Returns the beginning of a text, no character cut in two. */
function whole(text, length) {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

/** Adds a text to an element: text nodes, and a mark for what cannot be seen. */
function addText(parent, text) {
  let at = 0;
  let marks = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (marks === MOST_MARKS) break;
    marks += 1;
    if (found.index > at) parent.append(text.slice(at, found.index));
    parent.append(make("span", { className: "cases-mark" }, markOf(found)));
    at = found.index + found[0].length;
  }
  const rest = text.slice(at);
  if (rest) parent.append(marks === MOST_MARKS ? rest.replace(HIDDEN, "\ufffd") : rest);
}

/**
 * Returns a block that shows a text as it is; over LONGEST characters it is cut, with a button.
 * `parts`, [text, tag] each, show the same text with its changed words in elements of that tag.
 */
function textBlock(text, { empty = "empty", parts = null } = {}) {
  const block = make("div", { className: "cases-text", dir: "auto" });
  if (text === "") {
    block.append(make("span", { className: "cases-empty" }, empty));
    return block;
  }
  if (parts) {
    for (const [part, tag] of parts) {
      const into = tag ? block.appendChild(make(tag)) : block;
      addText(into, part);
    }
    return block;
  }
  if (text.length <= LONGEST) {
    addText(block, text);
    return block;
  }
  addText(block, whole(text, LONGEST));
  const all = make("button", { type: "button" }, `Show all ${text.length.toLocaleString("en")} characters`);
  const box = make("div", { className: "cases-cut" }, block, make("p", { className: "cases-more" }, "… cut here. ", all));
  all.addEventListener("click", () => {
    block.replaceChildren();
    block.classList.add("cases-long");
    addText(block, text);
    all.parentElement.remove();
    block.tabIndex = -1;
    block.focus();
  });
  return box;
}

/** Returns any JSON value as a text to read, on one line where it is short. */
function shown(value) {
  if (typeof value === "string") return value;
  const text = JSON.stringify(value);
  return text.length <= SHORT_JSON ? text : JSON.stringify(value, null, 1);
}

/** Returns a score as it stands in samples.jsonl, rounded to so many digits. */
function scoreText(value, digits = 6) {
  return value === null || value === undefined ? "n/a" : String(Number(value.toPrecision(digits)));
}
