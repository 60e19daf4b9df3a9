/** What roles are called. */

/** @type {Record<string, string>} */
const ROLES = { owner: "Owner", editor: "Editor", reviewer: "Reviewer", viewer: "Viewer" };

/**
 * @param {string} role
 * @returns {string}
 */
export function roleName(role) {
  return ROLES[role] ?? role;
}
