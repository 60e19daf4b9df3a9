/** Small charts of a few bars, which say their figures to who cannot see them. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 32;
const GAP = 2;

/**
 * @typedef {object} Bar
 * @property {string} label when that was
 * @property {number} value not negative
 */

/**
 * @param {string} title what is counted
 * @param {Bar[]} bars from left to right
 * @returns {HTMLElement}
 */
export function barChart(title, bars) {
  const figure = document.createElement("figure");
  figure.className = "bar-chart";
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  figure.append(caption, drawing(title, bars));
  return figure;
}

/**
 * @param {string} title
 * @param {Bar[]} bars
 * @returns {SVGElement}
 */
function drawing(title, bars) {
  const image = document.createElementNS(SVG, "svg");
  image.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  image.setAttribute("role", "img");
  const figures = bars.map(({ label, value }) => `${label}: ${value.toLocaleString("en")}`);
  image.setAttribute("aria-label", `${title}. ${figures.join("; ")}.`);
  const highest = Math.max(1, ...bars.map((bar) => bar.value));
  const width = WIDTH / bars.length;
  bars.forEach(({ value }, number) => {
    const height = Math.max(1, (value / highest) * HEIGHT);
    const bar = document.createElementNS(SVG, "rect");
    const place = { x: number * width, y: HEIGHT - height, width: width - GAP, height };
    for (const [name, of] of Object.entries(place)) bar.setAttribute(name, String(of));
    const hint = document.createElementNS(SVG, "title");
    hint.textContent = figures[number] ?? "";
    bar.append(hint);
    image.append(bar);
  });
  return image;
}
