/** What the keys do: from a key that was pressed to the name of a command, by the map that a person has chosen. */

/**
 * @typedef {object} Key
 * @property {string} key as the browser names it
 * @property {boolean} ctrlKey
 * @property {boolean} metaKey
 * @property {boolean} shiftKey
 * @property {boolean} altKey
 * @property {string} [code] where it lies on the keyboard
 *
 * @typedef {"editor" | "clipflow"} MapName
 *
 * @typedef {object} KeyedCommand a line of the table that pages, scripts and documentation share
 * @property {string} name
 * @property {string} meaning
 * @property {string[]} editor its keys in the map of video editors
 * @property {string[]} clipflow its keys in ClipFlow's older map
 *
 * @typedef {{groups: {title: string, commands: KeyedCommand[]}[]}} KeyTable
 *
 * @typedef {object} Choice what a person has chosen
 * @property {MapName} map
 * @property {Record<string, string[]>} own keys that differ from the map, by command
 *
 * @typedef {ReadonlyMap<string, string>} KeyMap from the spelling of a key to the name of a command
 */

/** How keys are spelled whose name is not what people read. @type {Record<string, string>} */
const SPELLINGS = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};
/** No command may have these: they are the browser's, or the way out of everything. */
const RESERVED = ["Esc", "Tab", "Shift Tab", "Ctrl T", "Ctrl W", "Ctrl N", "Ctrl R", "F5"];
/** Signs whose Shift tells two commands apart, because layouts agree on where they lie. */
const SHIFTED_SIGNS = ["Comma", "Period"];

/**
 * How a key is spelled in the table: `Ctrl Shift Z`. Ctrl stands for Command too.
 *
 * @param {Key} pressed
 * @returns {string}
 */
export function spellingOf({ key, code = "", ctrlKey, metaKey, shiftKey, altKey }) {
  const isCtrl = ctrlKey || metaKey;
  if (shiftKey && !isCtrl && !altKey && SHIFTED_SIGNS.includes(code)) return code === "Comma" ? "Shift ," : "Shift .";
  // With Alt alone some systems type other letters than those on the keys.
  const letter = altKey && !isCtrl && code.startsWith("Key") ? code.slice(3) : key;
  // On some keyboards signs are typed with Shift, or with Ctrl and Alt.
  if (isSign(letter))
    return [isCtrl && !altKey && "Ctrl", altKey && !isCtrl && "Alt", letter].filter(Boolean).join(" ");
  const name = SPELLINGS[letter] ?? (letter.length === 1 ? letter.toUpperCase() : letter);
  return [isCtrl && "Ctrl", altKey && "Alt", shiftKey && "Shift", name].filter(Boolean).join(" ");
}

/**
 * @param {string} key
 * @returns {boolean}
 */
function isSign(key) {
  return key.length === 1 && key !== " " && !/[\p{L}\p{N}]/u.test(key);
}

/**
 * What a person has chosen, out of what their settings hold.
 *
 * @param {any} stored null where nothing was chosen yet
 * @returns {Choice}
 */
export function choiceOf(stored) {
  const map = stored?.map === "clipflow" ? "clipflow" : "editor";
  /** @type {Record<string, string[]>} */
  const own = {};
  for (const [name, keys] of Object.entries(stored?.own ?? {})) {
    if (Array.isArray(keys) && keys.every((one) => typeof one === "string")) own[name] = keys;
  }
  return { map, own };
}

/**
 * The keys of a command.
 *
 * @param {KeyedCommand} command
 * @param {Choice} choice
 * @returns {string[]}
 */
export function keysOf(command, { map, own }) {
  return own[command.name] ?? command[map];
}

/**
 * @param {KeyTable} table
 * @param {Choice} choice
 * @returns {KeyMap}
 */
export function keyMapOf(table, choice) {
  /** @type {Map<string, string>} */
  const map = new Map();
  const commands = commandsOf(table);
  const chosen = commands.filter((one) => one.name in choice.own);
  // What a person has chosen counts more than what the map says of the same key.
  for (const command of [...commands, ...chosen]) {
    for (const key of keysOf(command, choice)) map.set(key, command.name);
  }
  return map;
}

/**
 * The choice with another key for a command; whatever had that key before loses it.
 *
 * @param {KeyTable} table
 * @param {Choice} choice
 * @param {string} name of the command
 * @param {string} key its spelling
 * @returns {{choice: Choice, loser: KeyedCommand | null}} `loser` had the key before
 */
export function withKey(table, choice, name, key) {
  const loser = commandsOf(table).find((one) => one.name !== name && keysOf(one, choice).includes(key)) ?? null;
  const own = { ...choice.own, [name]: [key] };
  if (loser) own[loser.name] = keysOf(loser, choice).filter((one) => one !== key);
  return { choice: { ...choice, own }, loser };
}

/**
 * Whether a command may have a key.
 *
 * @param {string} key its spelling
 * @returns {boolean}
 */
export function mayBeChosen(key) {
  return (
    !RESERVED.includes(key) && !/^(?:(?:Ctrl|Alt|Shift) )*(?:Control|Shift|Alt|Meta|AltGraph|Dead|Process)$/.test(key)
  );
}

/**
 * @param {KeyTable} table
 * @returns {KeyedCommand[]}
 */
export function commandsOf(table) {
  return table.groups.flatMap((one) => one.commands);
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
    "tenFramesBack",
    "tenFramesForward",
    "previousEdge",
    "nextEdge",
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
