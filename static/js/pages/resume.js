/** Exchange the refresh token for a new access token, and load the page that was asked for. */

import { refresh } from "../core/api.js";
import { byId } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";

const place = byId("resume", HTMLElement);

try {
  if (await refresh()) {
    window.location.reload();
  } else {
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    // Without the cookie of the old session, which would lead here again.
    document.cookie = "clipflow_refresh_csrf=; path=/; max-age=0; samesite=strict";
    window.location.replace(`${place.dataset.signIn}?next=${next}`);
  }
} catch (error) {
  place.textContent = sentenceOf(error);
}
