/** What pointers and wheel do on the waveform: seek, mark a range, pan, zoom, pinch, drag an edge. */

const CLICK_PX = 4;
const WHEEL_STEP = 0.0022;
const LINE_PX = 16;

/**
 * @typedef {object} Actions
 * @property {(x: number) => void} click
 * @property {(x: number) => void} scrub
 * @property {(fromX: number, toX: number, isFree: boolean) => void} dragRange
 * @property {(byPx: number) => void} pan
 * @property {(factor: number, x: number) => void} zoom
 * @property {(x: number, y: number, isTouch: boolean) => number | null} edgeAt where the edge is that is caught, or null
 * @property {(edge: number, x: number, isFree: boolean) => void} dragEdge
 * @property {(edge: number, x: number, isFree: boolean) => void} dropEdge
 * @property {() => void} cancelEdge
 * @property {(x: number | null) => void} hover
 * @property {(y: number) => boolean} isRuler
 */

/**
 * @typedef {object} Gesture what the pointers that are down are doing
 * @property {"press" | "pan" | "range" | "scrub" | "edge" | "pinch"} mode
 * @property {number} startX
 * @property {number} lastX
 * @property {number} edge where the edge is that is dragged
 * @property {number} spread how far apart two fingers are
 */

/**
 * Turn what pointers do on an element into actions.
 *
 * @param {HTMLElement} element
 * @param {Actions} actions
 */
export function bindGestures(element, actions) {
  /** @type {Map<number, {x: number, y: number}>} */
  const pointers = new Map();
  /** @type {Gesture | null} */
  let gesture = null;

  const placeOf = (/** @type {MouseEvent} */ event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  element.addEventListener("pointerdown", (event) => {
    // The middle button moves the picture about, as a finger does.
    const isMiddle = event.button === 1;
    if (event.button !== 0 && !isMiddle) return;
    if (isMiddle) event.preventDefault();
    const { x, y } = placeOf(event);
    pointers.set(event.pointerId, { x, y });
    element.setPointerCapture(event.pointerId);
    if (pointers.size === 2) {
      if (gesture?.mode === "edge") actions.cancelEdge();
      gesture = { mode: "pinch", startX: x, lastX: middleOf(pointers), edge: -1, spread: spreadOf(pointers) };
      return;
    }
    const edge = actions.edgeAt(x, y, event.pointerType === "touch");
    const mode = isMiddle ? "pan" : actions.isRuler(y) ? "scrub" : edge === null ? "press" : "edge";
    gesture = { mode, startX: x, lastX: x, edge: edge ?? -1, spread: 0 };
    if (mode === "scrub") actions.scrub(x);
  });

  element.addEventListener("pointermove", (event) => {
    const { x, y } = placeOf(event);
    if (!gesture) {
      actions.hover(x);
      element.style.cursor = actions.edgeAt(x, y, false) === null ? "" : "ew-resize";
      return;
    }
    if (!pointers.has(event.pointerId)) return;
    pointers.set(event.pointerId, { x, y });
    if (gesture.mode === "pinch") {
      const [spread, middle] = [spreadOf(pointers), middleOf(pointers)];
      if (gesture.spread > 0 && spread > 0) actions.zoom(spread / gesture.spread, middle);
      actions.pan(gesture.lastX - middle);
      gesture.spread = spread;
      gesture.lastX = middle;
      return;
    }
    if (gesture.mode === "press" && Math.abs(x - gesture.startX) > CLICK_PX) {
      gesture.mode = event.pointerType === "touch" ? "pan" : "range";
    }
    if (gesture.mode === "range") actions.dragRange(gesture.startX, x, event.altKey);
    if (gesture.mode === "pan") actions.pan(gesture.lastX - x);
    if (gesture.mode === "scrub") actions.scrub(x);
    if (gesture.mode === "edge") actions.dragEdge(gesture.edge, x, event.altKey);
    gesture.lastX = x;
  });

  const end = (/** @type {PointerEvent} */ event) => {
    const ended = gesture;
    pointers.delete(event.pointerId);
    if (!ended) return;
    if (pointers.size > 0) {
      // One finger of a pinch goes on alone, from where it is.
      gesture = { ...ended, mode: "pan", lastX: middleOf(pointers) };
      return;
    }
    gesture = null;
    const { x } = placeOf(event);
    if (event.type === "pointercancel") {
      if (ended.mode === "edge") actions.cancelEdge();
      return;
    }
    if (ended.mode === "press") actions.click(x);
    if (ended.mode === "edge") {
      if (Math.abs(x - ended.startX) > 1) actions.dropEdge(ended.edge, x, event.altKey);
      else actions.cancelEdge();
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !gesture || !["edge", "range"].includes(gesture.mode)) return;
    if (gesture.mode === "edge") actions.cancelEdge();
    gesture = null;
  });
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
  element.addEventListener("pointerleave", () => actions.hover(null));

  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
      const { x } = placeOf(event);
      const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (isSideways) actions.pan(event.deltaX * unit);
      else if (event.shiftKey) actions.pan(event.deltaY * unit);
      // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
      else actions.zoom(Math.exp(-event.deltaY * unit * WHEEL_STEP * (event.ctrlKey ? 4 : 1)), x);
    },
    { passive: false },
  );
}

/**
 * @param {Map<number, {x: number, y: number}>} pointers
 * @returns {number}
 */
function spreadOf(pointers) {
  const [a, b] = [...pointers.values()];
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
}

/**
 * @param {Map<number, {x: number, y: number}>} pointers
 * @returns {number}
 */
function middleOf(pointers) {
  const all = [...pointers.values()];
  return all.reduce((sum, one) => sum + one.x, 0) / Math.max(1, all.length);
}
