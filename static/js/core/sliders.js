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
  showPreset(form);
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
 * Let the numbers beside the sliders follow them, and the buttons with presets move them.
 *
 * @param {HTMLFormElement} form
 */
export function bindSliders(form) {
  bindPresets(form);
  for (const slider of slidersOf(form)) {
    slider.addEventListener("input", () => {
      slider.dataset.touched = "yes";
      showValue(form, slider, slider.value);
    });
  }
}

/**
 * Let each way to cut that has a name put its numbers on the sliders; the form hears of all of them at once.
 *
 * @param {HTMLFormElement} form
 */
function bindPresets(form) {
  const buttons = presetButtons(form);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const wanted = optionsOf(button);
      for (const slider of slidersOf(form)) {
        if (wanted[slider.name] === undefined) continue;
        slider.value = String(wanted[slider.name]);
        slider.dataset.touched = "yes";
        showValue(form, slider, slider.value);
      }
      form.dispatchEvent(new Event("input"));
    });
  }
  form.addEventListener("input", () => showPreset(form));
}

/**
 * Mark the way to cut that the sliders stand for now.
 *
 * @param {HTMLFormElement} form
 */
function showPreset(form) {
  const now = Object.fromEntries(slidersOf(form).map((slider) => [slider.name, Number(slider.value)]));
  for (const button of presetButtons(form)) {
    const isIt = Object.entries(optionsOf(button)).every(
      ([name, value]) => now[name] === undefined || now[name] === value,
    );
    if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(isIt));
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {HTMLButtonElement[]}
 */
function presetButtons(form) {
  return [.../** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("button[data-preset]"))];
}

/**
 * @param {HTMLButtonElement} button
 * @returns {TuningOptions}
 */
function optionsOf(button) {
  return JSON.parse(button.dataset.preset ?? "{}");
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
