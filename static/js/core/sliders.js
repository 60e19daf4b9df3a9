/** Forms of sliders for the options of an analysis. */

/** @typedef {Record<string, number>} TuningOptions */

/**
 * Put options on the sliders of a form; a slider grows where an option lies beyond its end.
 *
 * @param {HTMLFormElement} form
 * @param {TuningOptions} options
 */
export function setSliders(form, options) {
  for (const slider of slidersOf(form)) {
    const value = options[slider.name];
    if (value === undefined) continue;
    slider.max = String(Math.max(Number(slider.max), value));
    slider.min = String(Math.min(Number(slider.min), value));
    slider.value = String(value);
    delete slider.dataset.touched;
    showValue(form, slider, String(value));
  }
}

/**
 * The options that someone has changed; a slider that nobody has touched may be less exact than its option.
 *
 * @param {HTMLFormElement} form
 * @returns {TuningOptions}
 */
export function readTouched(form) {
  const touched = slidersOf(form).filter((slider) => slider.dataset.touched === "yes");
  return Object.fromEntries(touched.map((slider) => [slider.name, Number(slider.value)]));
}

/**
 * Let the numbers beside the sliders follow them.
 *
 * @param {HTMLFormElement} form
 */
export function bindSliders(form) {
  for (const slider of slidersOf(form)) {
    slider.addEventListener("input", () => {
      slider.dataset.touched = "yes";
      showValue(form, slider, slider.value);
    });
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {HTMLInputElement[]}
 */
function slidersOf(form) {
  return [.../** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=range]"))];
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} slider
 * @param {string} value
 */
function showValue(form, slider, value) {
  const output = form.querySelector(`output[for="${CSS.escape(slider.id)}"]`);
  if (!(output instanceof HTMLElement)) return;
  const text = `${value} ${output.dataset.unit ?? ""}`.trim();
  output.textContent = text;
  slider.setAttribute("aria-valuetext", text);
}
