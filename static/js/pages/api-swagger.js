/** Starts Swagger UI, which its own script has put on the window, for the description that the page names. */

import { byId } from "../core/dom.js";

const place = byId("api", HTMLElement);
const { SwaggerUIBundle } = /** @type {any} */ (window);

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.description,
  deepLinking: true,
  persistAuthorization: false,
  // Its badge would ask another host.
  validatorUrl: null,
});
