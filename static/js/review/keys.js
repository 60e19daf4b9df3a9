/** What the keys do: from a key that was pressed to the name of a command. */

/**
 * @typedef {object} Key
 * @property {string} key as the browser names it
 * @property {boolean} ctrlKey
 * @property {boolean} metaKey
 * @property {boolean} shiftKey
 * @property {boolean} altKey
 */

/** Keys without Ctrl, Alt or Shift (letters in lower case). @type {Record<string, string>} */
const PLAIN = {
  " ": "playPause",
  k: "keep",
  x: "remove",
  Delete: "remove",
  Backspace: "remove",
  a: "takeBack",
  j: "next",
  ArrowDown: "next",
  i: "previous",
  ArrowUp: "previous",
  u: "nextSuggestion",
  g: "groups",
  Enter: "playSegment",
  c: "playAroundCut",
  l: "audition",
  p: "preview",
  ArrowLeft: "back",
  ArrowRight: "forward",
  ",": "frameBack",
  ".": "frameForward",
  "[": "slower",
  "]": "faster",
  s: "split",
  m: "merge",
  n: "note",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  f: "zoomToFit",
  z: "zoomToSegment",
  t: "tune",
  w: "words",
  e: "export",
  h: "here",
  "?": "showKeys",
  Home: "toStart",
  End: "toEnd",
  Escape: "close",
};

/** @type {Record<string, string>} */
const WITH_SHIFT = { ArrowLeft: "startEarlier", ArrowRight: "startLater", "?": "showKeys", "+": "zoomIn" };
/** @type {Record<string, string>} */
const WITH_ALT = { ArrowLeft: "endEarlier", ArrowRight: "endLater", h: "lock" };

/**
 * The command of a key.
 *
 * @param {Key} pressed
 * @returns {string | null} null for a key that is the browser's own
 */
export function commandOf({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (ctrlKey || metaKey) {
    // On some keyboards these two are typed with Ctrl and Alt.
    if (altKey) return "[]".includes(name) ? (PLAIN[name] ?? null) : null;
    if (name === "a" && !shiftKey) return "selectAll";
    if (name === "z") return shiftKey ? "redo" : "undo";
    return name === "y" && !shiftKey ? "redo" : null;
  }
  if (altKey) return shiftKey ? null : (WITH_ALT[name] ?? null);
  if (shiftKey) return WITH_SHIFT[name] ?? null;
  return PLAIN[name] ?? null;
}

/**
 * Whether a command may be done again and again while its key is held: moving about, but no decisions.
 *
 * @param {string} command
 * @returns {boolean}
 */
export function mayRepeat(command) {
  return [
    "next",
    "previous",
    "back",
    "forward",
    "frameBack",
    "frameForward",
    "zoomIn",
    "zoomOut",
    "startEarlier",
    "startLater",
    "endEarlier",
    "endLater",
  ].includes(command);
}

/**
 * Whether a key is a single letter or sign, which some people cannot help pressing by accident.
 *
 * @param {Key} pressed
 * @returns {boolean}
 */
export function isLetter({ key, ctrlKey, metaKey }) {
  return key.length === 1 && key !== " " && !ctrlKey && !metaKey;
}

/**
 * Whether a key belongs to the element that has the focus, such as a letter in a text field.
 *
 * @param {Key} pressed
 * @param {{tagName: string, type?: string, isContentEditable?: boolean}} focused
 * @returns {boolean}
 */
export function belongsTo(pressed, { tagName, type, isContentEditable }) {
  if (isContentEditable || tagName === "TEXTAREA") return true;
  // Nothing there is undone by the browser.
  const hasNoUndo = tagName === "SELECT" || ["range", "checkbox", "radio"].includes(type ?? "");
  if (hasNoUndo && (pressed.ctrlKey || pressed.metaKey)) return false;
  if (tagName === "SELECT") return pressed.key !== "Escape";
  if (tagName === "INPUT") {
    if (type === "range")
      return pressed.key.startsWith("Arrow") || ["Home", "End", "PageUp", "PageDown"].includes(pressed.key);
    if (type === "checkbox" || type === "radio")
      return [" ", "Enter"].includes(pressed.key) || pressed.key.startsWith("Arrow");
    return true;
  }
  // A button or a link is pressed by these.
  return ["BUTTON", "A", "SUMMARY"].includes(tagName) && [" ", "Enter"].includes(pressed.key);
}
