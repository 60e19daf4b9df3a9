/** Starts ReDoc, which its own script has put on the window, for the description that the page names. */

import { byId } from "../core/dom.js";

const place = byId("api", HTMLElement);
const { Redoc } = /** @type {any} */ (window);

Redoc.init(place.dataset.description, { hideDownloadButtons: false, disableSearch: false }, place);
