/*
 * Word diff of two texts, by jsdiff. Words are those of the reader's Unicode (Intl.Segmenter), so
 * that languages without spaces, and letters with accents, are compared by words, too.
 */

const MOST_COMPARED = LONGEST;
const MOST_CHANGES = 4000;
const PATIENCE_MS = 400;
const MOST_PATIENCE_MS = 1500;

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "word" }) : null;

/** Splits a text into words, spaces and signs; joined they are the text again. */
function words(text) {
  if (segmenter) return Array.from(segmenter.segment(text), (one) => one.segment);
  return text.match(/[\p{L}\p{M}\p{N}_]+|\s+|[^]/gu) ?? [];
}

/**
 * Returns both texts in parts, [text, tag]: `del` for words that only the left one has, `ins` for
 * those that only the right one has. Null where they are too long or too different to compare.
 */
function wordDiff(left, right) {
  if (Math.max(left.length, right.length) > MOST_COMPARED) return null;
  const options = { timeout: PATIENCE_MS, maxEditLength: MOST_CHANGES };
  const found = Diff.diffArrays(words(left), words(right), options);
  if (!found) return null;
  const sides = { left: [], right: [] };
  found.forEach((part, at) => {
    const text = part.value.join("");
    // A space between two changed words is no common ground.
    const alone = /^\s+$/u.test(text) && !text.includes("\n") && at > 0 && at < found.length - 1;
    const same = !part.added && !part.removed;
    if (!part.added) joined(sides.left, text, same && !alone ? null : "del");
    if (!part.removed) joined(sides.right, text, same && !alone ? null : "ins");
  });
  return sides;
}

function joined(parts, text, tag) {
  const last = parts.at(-1);
  if (last && last[1] === tag) last[0] += text;
  else parts.push([text, tag]);
}
