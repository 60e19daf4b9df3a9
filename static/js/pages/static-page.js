/** A page with nothing on it but what every page has. */

import { startSession } from "../core/session.js";

startSession();
