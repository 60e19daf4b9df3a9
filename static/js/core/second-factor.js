/** Signing in: with a password, and with a code where there is a second factor. */

import { call } from "./api.js";
import { byId, show } from "./dom.js";

/**
 * Sign in with what a form says. Where a second factor is needed the form asks for it, and is sent again.
 */
export class SignInForm {
  /**
   * @param {HTMLFormElement} form
   * @param {string} codeId of the field of the code, within an element that is hidden at first
   */
  constructor(form, codeId) {
    this.form = form;
    this.code = byId(codeId, HTMLInputElement);
    this.place = /** @type {HTMLElement} */ (this.code.closest("[data-code-part]"));
    this.token = "";
  }

  /**
   * @param {Record<string, string>} values of the form
   * @returns {Promise<any>} the answer with the person; null where the code is to come
   */
  async send({ email: name = "", password = "", code = "" }) {
    if (this.token) {
      const text = code.trim();
      const proof = /^[\d ]{6,8}$/u.test(text) ? { code: text } : { recovery_code: text };
      return call("POST", "/auth/login/mfa", { body: { mfa_token: this.token, ...proof } });
    }
    const named = name.includes("@") || name === "" ? { email: name } : { username: name };
    const answer = await call("POST", "/auth/login", { body: { ...named, password } });
    if (!answer.mfa_required) return answer;
    this.token = answer.mfa_token;
    show(this.place, true);
    this.code.focus();
    return null;
  }

  /**
   * Ask for the second factor of a sign-in that has begun elsewhere.
   *
   * @param {string} token
   */
  begin(token) {
    this.token = token;
    show(this.place, true);
    // What is not needed any more must not be in the way.
    for (const input of this.form.querySelectorAll("input[required]")) input.removeAttribute("required");
    this.code.focus();
  }

  /** Begin again with the password. */
  reset() {
    this.token = "";
    show(this.place, false);
    this.form.reset();
  }
}
