/** What whoever looks at a page may do with what it shows, as the server has written it into the page. */

/**
 * @param {"view" | "export" | "comment" | "decide" | "edit" | "manage"} permission
 * @returns {boolean} also true on pages that are about no project
 */
export function may(permission) {
  const { may: granted } = document.documentElement.dataset;
  return granted === undefined || granted.split(" ").includes(permission);
}

/**
 * Whether the page is looked at by a guest with a review link.
 *
 * @returns {boolean}
 */
export function isGuest() {
  return document.documentElement.dataset.guest !== undefined;
}
