/** Numbers and times as people read them. */

/**
 * A length such as 1:02:03 or 2:03.
 *
 * @param {number} ms
 * @returns {string}
 */
export function duration(ms) {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = pad(seconds % 60);
  return hours ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/**
 * A moment such as 1:02:03.45 or 2:03.45.
 *
 * @param {number} ms
 * @returns {string}
 */
export function moment(ms) {
  const hundredths = Math.floor(Math.max(0, ms) / 10);
  return `${duration(Math.floor(hundredths / 100) * 1000)}.${pad(hundredths % 100)}`;
}

/**
 * A text with a capital letter in front, as a sentence begins.
 *
 * @param {string} text
 * @returns {string}
 */
export function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * A size such as 12.3 MiB, in the units of the limits.
 *
 * @param {number} bytes
 * @returns {string}
 */
export function size(bytes) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/**
 * A share such as 37 %.
 *
 * @param {number} part
 * @param {number} whole
 * @returns {string}
 */
export function share(part, whole) {
  return `${whole > 0 ? Math.round((100 * part) / whole) : 0} %`;
}

/**
 * A count with its noun, such as "1 cut" or "12 cuts".
 *
 * @param {number} number
 * @param {string} noun
 * @param {string} [nouns]
 * @returns {string}
 */
export function count(number, noun, nouns = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : nouns}`;
}

/**
 * A day and time of the browser's own zone.
 *
 * @param {string} text as the API says it
 * @returns {string}
 */
export function dayAndTime(text) {
  return new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/**
 * A browser and system such as "Firefox on Windows", by what a browser calls itself.
 *
 * @param {string} userAgent
 * @returns {string}
 */
export function device(userAgent) {
  const browser = firstNamed(userAgent, [
    ["Edg/", "Edge"],
    ["OPR/", "Opera"],
    ["Firefox/", "Firefox"],
    ["Chrome/", "Chrome"],
    ["Safari/", "Safari"],
    ["curl/", "curl"],
  ]);
  const system = firstNamed(userAgent, [
    ["Android", "Android"],
    ["iPhone", "iPhone"],
    ["iPad", "iPad"],
    ["Windows", "Windows"],
    ["Mac OS", "macOS"],
    ["Linux", "Linux"],
  ]);
  if (browser && system) return `${browser} on ${system}`;
  return browser || system || userAgent || "Unknown device";
}

/**
 * @param {string} text
 * @param {[string, string][]} names
 * @returns {string}
 */
function firstNamed(text, names) {
  return names.find(([mark]) => text.includes(mark))?.[1] ?? "";
}

/**
 * @param {number} number
 * @returns {string}
 */
function pad(number) {
  return String(number).padStart(2, "0");
}

/**
 * A text as it is compared: without case, accents and runs of blanks.
 *
 * @param {string} text
 * @returns {string}
 */
export function plainText(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss").replace(/\s+/gu, " ").trim();
}

/**
 * What whoever has made something is called.
 *
 * @param {{name: string | null, kind: string}} maker
 * @returns {string}
 */
export function makerName({ name, kind }) {
  return `${name ?? "Somebody who has left"}${kind === "token" ? " (by a program)" : ""}`;
}
