/** Which recordings of a project are shown, and in which order: plain values in, plain values out. */

import { plainText } from "../core/format.js";

/**
 * @typedef {object} Arrangement
 * @property {string} text what is searched for; empty for everything
 * @property {string} standing as `standingOf` names it; empty for all
 * @property {"newest" | "oldest" | "title" | "longest" | "suggestions"} order
 *
 * @typedef {object} Entry what is known of a recording for this
 * @property {string} title
 * @property {string} fileName
 * @property {string} createdAt
 * @property {number} durationS
 * @property {number} suggestions
 * @property {string} standing
 */

/** @type {Record<Arrangement["order"], (a: Entry, b: Entry) => number>} */
const ORDERS = {
  newest: (a, b) => compare(b.createdAt, a.createdAt),
  oldest: (a, b) => compare(a.createdAt, b.createdAt),
  title: (a, b) => a.title.localeCompare(b.title, "en", { numeric: true, sensitivity: "base" }),
  longest: (a, b) => b.durationS - a.durationS,
  suggestions: (a, b) => b.suggestions - a.suggestions,
};

/**
 * The entries to show; those that are equal in an order stay as they were.
 *
 * @template {Entry} T
 * @param {readonly T[]} entries
 * @param {Arrangement} arrangement
 * @returns {T[]}
 */
export function arranged(entries, { text, standing, order }) {
  const words = plainText(text).split(" ").filter(Boolean);
  return entries
    .filter((one) => !standing || one.standing === standing)
    .filter((one) => words.every((word) => plainText(`${one.title} ${one.fileName}`).includes(word)))
    .sort(ORDERS[order]);
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
