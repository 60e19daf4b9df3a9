/** The providers that somebody signs in with. */

import { call } from "../core/api.js";
import { byId } from "../core/dom.js";
import { attemptIn } from "../core/forms.js";

/** Wire the buttons; where the server knows no provider there are none. */
export function bindProviders() {
  for (const row of document.querySelectorAll("[data-provider-name]")) {
    const path = `/auth/oidc/${/** @type {HTMLElement} */ (row).dataset.providerName}`;
    for (const button of row.querySelectorAll("button")) {
      button.addEventListener("click", () =>
        attemptIn(byId("providers-message", HTMLElement), async () => {
          if (button.dataset.act === "connect") {
            const { url } = await call("POST", `${path}/connect`, { body: {} });
            window.location.assign(url);
            return;
          }
          await call("DELETE", path);
          window.location.reload();
        }),
      );
    }
  }
}
