import assert from "node:assert/strict";
import test from "node:test";

import { chosenNotes, newOfOthers } from "../../static/js/review/notes.js";

/**
 * @param {string} id
 * @param {string} author
 * @param {Partial<import("../../static/js/review/notes.js").Note>} [more]
 */
function note(id, author, more = {}) {
  return {
    id,
    author: { id: author, name: author, kind: "person" },
    at_ms: 0,
    end_ms: null,
    text: id,
    is_resolved: false,
    version: 1,
    created_at: "2026-11-30T09:00:00Z",
    replies: [],
    ...more,
  };
}

const NOTES = [
  note("first", "alice"),
  note("done", "bob", { is_resolved: true }),
  note("asked", "bob", { replies: [note("answer", "alice")] }),
];

for (const [filter, expected] of /** @type {const} */ ([
  ["all", ["first", "done", "asked"]],
  ["open", ["first", "asked"]],
  ["resolved", ["done"]],
  ["mine", ["first", "asked"]],
])) {
  test(`the filter ${filter} lets these through`, () => {
    const shown = chosenNotes(NOTES, filter, "alice").map((one) => one.id);
    assert.deepEqual(shown, expected);
  });
}

test("what others have written since is new, replies too, and nothing of one's own", () => {
  const before = [note("first", "alice"), note("asked", "bob")];
  const now = [
    note("first", "alice", { replies: [note("by-bob", "bob")] }),
    note("asked", "bob", { replies: [note("by-alice", "alice")] }),
    note("by-carol", "carol"),
  ];
  assert.deepEqual(
    newOfOthers(before, now, "alice").map((one) => one.id),
    ["by-bob", "by-carol"],
  );
});
