/** Calls to the API: cookies, CSRF values, a new access token when the old one has expired. */

import { isGuest } from "./permissions.js";

const NO_CONTENT = 204;
const PREFIX = "/api/v1";
const ACCESS_CSRF = "csrf_access_token";
const REFRESH_CSRF = "clipflow_refresh_csrf";
const GUEST_CSRF = "clipflow_guest_csrf";

/** An answer of the API that is an error; `message` is a sentence for people. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {Record<string, string>} details what is wrong with which field
   */
  constructor(status, code, message, details = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** No answer came. */
export class OfflineError extends Error {
  constructor() {
    super("The server cannot be reached; check the connection and try again.");
  }
}

/**
 * @typedef {object} CallOptions
 * @property {unknown} [body] sent as JSON, a FormData as a form
 * @property {AbortSignal} [signal] gives the call up
 * @property {Record<string, string>} [headers] further ones
 */

/** @type {() => Promise<void>} */
let signInAgain = async () => {
  throw new ApiError(401, "UNAUTHORIZED", "The session has ended; sign in again.");
};

/**
 * Say what is done when the session has ended: resolves when someone has signed in again.
 *
 * @param {() => Promise<void>} handler
 */
export function onSessionEnd(handler) {
  signInAgain = handler;
}

/** @type {() => Promise<boolean>} */
let showWhoItIs = async () => false;

/**
 * Say what is done where the server wants to know again who it is: resolves with whether that was shown.
 *
 * @param {() => Promise<boolean>} handler
 */
export function onReauthentication(handler) {
  showWhoItIs = handler;
}

/**
 * Call the API and return its answer.
 *
 * @param {string} method
 * @param {string} path such as `/projects`
 * @param {CallOptions} [options]
 * @returns {Promise<any>}
 * @throws {ApiError} the answer is an error
 * @throws {OfflineError} no answer came
 */
export async function call(method, path, options = {}) {
  const response = await signedInResponse(method, path, options);
  return response.status === NO_CONTENT ? null : readWhole(response, (one) => one.json());
}

/**
 * Call the API and return the bytes of its answer.
 *
 * @param {string} path
 * @param {string} [method]
 * @param {unknown} [body] sent as JSON
 * @returns {Promise<ArrayBuffer>}
 */
export async function callForBytes(path, method = "GET", body = undefined) {
  return readWhole(await signedInResponse(method, path, { body }), (response) => response.arrayBuffer());
}

/**
 * The address of a call, for links and players.
 *
 * @param {string} path
 * @returns {string}
 */
export function addressOf(path) {
  return `${PREFIX}${path}`;
}

/**
 * Make sure that an access token is there, before something that cannot get one by itself: a form, a player.
 *
 * @returns {Promise<void>}
 */
export async function ensureSignedIn() {
  await call("GET", isGuest() ? "/review/session" : "/auth/me");
}

/**
 * Get a new access token; one attempt for all calls that ask at once.
 *
 * @returns {Promise<boolean>} whether there is one now
 */
export function refresh() {
  refreshing ??= refreshOnce().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** @type {Promise<boolean> | null} */
let refreshing = null;
/** @type {Promise<void> | null} */
let signingIn = null;

/**
 * Whether someone has signed in here before, and may still be.
 *
 * @returns {boolean}
 */
export function mayRefresh() {
  return cookie(REFRESH_CSRF) !== "";
}

/** @returns {Promise<boolean>} */
async function refreshOnce() {
  if (!mayRefresh()) return false;
  const response = await send("POST", "/auth/refresh", { body: {} }, REFRESH_CSRF);
  if (response.ok) return true;
  const error = await errorOf(response);
  if (error.status === 401) return false;
  throw error;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {CallOptions} options
 * @returns {Promise<Response>}
 */
async function signedInResponse(method, path, options) {
  let response = await send(method, path, options, ACCESS_CSRF);
  if (response.status === 401 && !isSignIn(path)) {
    if (!(await refresh())) {
      signingIn ??= signInAgain().finally(() => {
        signingIn = null;
      });
      await signingIn;
    }
    response = await send(method, path, options, ACCESS_CSRF);
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  if (error.code !== "REAUTHENTICATION_REQUIRED" || !(await showWhoItIs())) throw error;
  const again = await send(method, path, options, ACCESS_CSRF);
  if (!again.ok) throw await errorOf(again);
  return again;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {CallOptions} options
 * @param {string} csrfCookie
 * @returns {Promise<Response>}
 */
async function send(method, path, { body, signal, headers: further = {} }, csrfCookie) {
  /** @type {Record<string, string>} */
  const headers = { ...further };
  if (method !== "GET") headers["X-CSRF-TOKEN"] = csrfValue(csrfCookie);
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  try {
    return await fetch(addressOf(path), {
      method,
      headers,
      signal: signal ?? null,
      body: body === undefined ? null : isForm ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new OfflineError();
  }
}

/**
 * The body of an answer; one that breaks off, or is not what the API sends, is no answer.
 *
 * @template T
 * @param {Response} response
 * @param {(response: Response) => Promise<T>} read
 * @returns {Promise<T>}
 */
async function readWhole(response, read) {
  try {
    return await read(response);
  } catch {
    throw new OfflineError();
  }
}

/**
 * What an answer says is wrong, also when something in between has answered that is not the API.
 *
 * @param {Response} response
 * @returns {Promise<ApiError>}
 */
async function errorOf(response) {
  try {
    const { error } = await response.json();
    return new ApiError(response.status, error.code, error.message, error.details);
  } catch {
    const sentence = "The server gave an answer that cannot be understood; try again in a minute.";
    return new ApiError(response.status, "INTERNAL_ERROR", sentence);
  }
}

/**
 * @param {string} path
 * @returns {boolean}
 */
function isSignIn(path) {
  const paths = ["/auth/login", "/auth/login/mfa", "/auth/register", "/auth/refresh", "/auth/logout", "/review/open"];
  return paths.includes(path);
}

/**
 * The value that goes along with a cookie that scripts cannot read; a guest has one of its own.
 *
 * @param {string} name
 * @returns {string}
 */
function csrfValue(name) {
  return cookie(name) || (isGuest() ? cookie(GUEST_CSRF) : "");
}

/**
 * @param {string} name
 * @returns {string}
 */
function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
