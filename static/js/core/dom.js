/** Finding and making elements, with types. */

/** How long a live region is empty before it says something new. */
const SILENCE_MS = 50;
const TOAST_MS = 6000;
let toastTimer = 0;

/**
 * The element with this id, of the kind that is expected.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  return checked(document.getElementById(id), kind, `#${id}`);
}

/**
 * The first element within another that a selector names.
 *
 * @template {Element} T
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function within(parent, selector, kind) {
  return checked(parent.querySelector(selector), kind, selector);
}

/**
 * A copy of the one element in a `<template>`.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function copyOf(id) {
  const content = byId(id, HTMLTemplateElement).content.cloneNode(true);
  return within(/** @type {DocumentFragment} */ (content), "*", HTMLElement);
}

/**
 * A new element with a text.
 *
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {string} text
 * @returns {HTMLElementTagNameMap[N]}
 */
export function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/**
 * Have a screen reader say something.
 *
 * @param {string} sentence
 */
export function announce(sentence) {
  const announcer = document.getElementById("announcer");
  if (!announcer) return;
  // The same words again would not be heard as something new.
  announcer.textContent = "";
  setTimeout(() => {
    announcer.textContent = sentence;
  }, SILENCE_MS);
}

/**
 * Say something to everybody: in a corner for a while, and to screen readers.
 *
 * @param {string} sentence
 * @param {{label: string, run: () => void}} [action] what can be done about it, which has a key as well
 */
export function tell(sentence, action) {
  announce(sentence);
  const toast = document.getElementById("toast");
  if (!toast) return;
  toast.replaceChildren(sentence);
  if (action) toast.append(" ", toastButton(toast, action));
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => {
    toast.hidden = true;
  }, TOAST_MS);
}

/**
 * A button for the pointer alone: the toast goes by itself, and what it offers has a key.
 *
 * @param {HTMLElement} toast
 * @param {{label: string, run: () => void}} action
 * @returns {HTMLButtonElement}
 */
function toastButton(toast, { label, run }) {
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.textContent = label;
  // The keys go on working where they did.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    toast.hidden = true;
    run();
  });
  return button;
}

/**
 * Show or hide an element.
 *
 * @param {HTMLElement} element
 * @param {boolean} isShown
 */
export function show(element, isShown) {
  element.hidden = !isShown;
}

/**
 * @template {Element} T
 * @param {Element | null} element
 * @param {new () => T} kind
 * @param {string} name
 * @returns {T}
 */
function checked(element, kind, name) {
  if (!(element instanceof kind)) throw new Error(`The page has no ${name} of the kind ${kind.name}.`);
  return element;
}
