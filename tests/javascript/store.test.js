import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ReviewStore, withoutSegments } from "../../static/js/review/store.js";
import { silence, speech, suggestion } from "./samples.js";

const AUTOMATIC = [speech(0, 300), silence(300, 600), suggestion(600, 1000)];
const OTHERWISE = [speech(0, 500), silence(500, 1000)];
const keep = (start_ms, end_ms) => ({ start_ms, end_ms, action: "keep" });

/** A store, what it has saved and what it has said. */
function opened(decisions = []) {
  const saved = [];
  const told = [];
  const store = new ReviewStore({ options: { keep_pause_ms: 0 }, automatic: AUTOMATIC }, decisions, (entry) =>
    saved.push(entry),
  );
  for (const name of ["segments", "selection", "history"]) store.addEventListener(name, () => told.push(name));
  return { store, saved, told };
}

const actions = (store) => store.segments.map((one) => one.action);

describe("the store", () => {
  it("shows a decision at once, and hands it over to be saved", () => {
    const { store, saved, told } = opened();
    store.decide([keep(300, 600)], "kept");
    assert.deepEqual(actions(store), ["keep", "keep", "suggest_remove"]);
    assert.equal(store.summary.cuts, 0);
    assert.deepEqual(saved, [{ kind: "changes", changes: [keep(300, 600)] }]);
    assert.ok(told.includes("segments") && told.includes("history"));
  });

  it("does nothing for nothing", () => {
    const { store, saved } = opened();
    store.decide([], "nothing");
    assert.deepEqual(saved, []);
    assert.equal(store.undo(), null);
  });

  it("undoes and does again, and saves both", () => {
    const { store, saved } = opened();
    store.decide([keep(300, 600)], "kept");
    assert.equal(store.undo().label, "kept");
    assert.deepEqual(actions(store), ["keep", "remove", "suggest_remove"]);
    assert.equal(store.redo().label, "kept");
    assert.deepEqual(actions(store), ["keep", "keep", "suggest_remove"]);
    assert.deepEqual(
      saved.map((one) => one.changes[0].action),
      ["keep", "auto", "keep"],
    );
  });

  it("forgets what was undone when something else is done", () => {
    const { store } = opened();
    store.decide([keep(300, 600)], "kept");
    store.undo();
    store.decide([keep(600, 1000)], "kept");
    assert.equal(store.redo(), null);
  });

  it("tries other options without keeping or saving them, and lays decisions over them", () => {
    const { store, saved } = opened([{ ...keep(500, 600), note: null }]);
    store.previewTuning(OTHERWISE);
    assert.deepEqual(
      store.segments.map((one) => one.end_ms),
      [500, 600, 1000],
    );
    store.previewTuning(null);
    assert.deepEqual(
      store.segments.map((one) => one.end_ms),
      [300, 500, 600, 1000],
    );
    assert.deepEqual(saved, []);
  });

  it("undoes a tuning as well as the decisions before it", () => {
    const { store, saved } = opened();
    store.decide([keep(300, 600)], "kept");
    store.tune({ options: { keep_pause_ms: 5 }, automatic: OTHERWISE });
    assert.deepEqual(saved[1], { kind: "options", options: { keep_pause_ms: 5 } });
    store.undo();
    assert.deepEqual(saved[2], { kind: "options", options: { keep_pause_ms: 0 } });
    store.undo();
    assert.deepEqual(actions(store), ["keep", "remove", "suggest_remove"]);
  });

  it("asks for what the engine says where a tuning of an earlier page is undone", () => {
    const { store, saved } = opened();
    const asked = [];
    store.addEventListener("asked", ({ detail }) => asked.push(detail));
    store.tune({ options: { keep_pause_ms: 5 }, automatic: OTHERWISE });
    store.restore({ done: store.done.map(withoutSegments), undone: [] });
    store.undo();
    assert.deepEqual(saved.at(-1), { kind: "options", options: { keep_pause_ms: 0 } });
    assert.deepEqual(asked, [{ keep_pause_ms: 0 }]);
    assert.equal(store.segments.length, OTHERWISE.length, "until the answer is there");
    store.answer({ options: asked[0], automatic: AUTOMATIC });
    assert.equal(store.segments.length, AUTOMATIC.length);
  });

  it("lets an answer go once other options hold", () => {
    const { store } = opened();
    const [asked] = [{ keep_pause_ms: 0 }];
    store.tune({ options: { keep_pause_ms: 5 }, automatic: OTHERWISE });
    store.answer({ options: asked, automatic: AUTOMATIC });
    assert.equal(store.segments.length, OTHERWISE.length);
  });

  it("takes a correction back, whether words have gone or become several", () => {
    const { store, saved } = opened();
    const before = (text) => ({ start_ms: 100, end_ms: 200, text, timing: "exact" });
    const correct = (was, text) => {
      store.correct([{ respelling: { index: 3, start_ms: 100, was, text }, before: before(was) }], "corrected");
      store.undo();
      return saved.at(-1).words;
    };
    assert.deepEqual(correct("and", "or"), [{ index: 3, start_ms: 100, was: "or", text: "and" }]);
    assert.deepEqual(correct("gonna", "going to"), [{ start_ms: 100, was: "going to", restored: before("gonna") }]);
    assert.deepEqual(correct("uh", ""), [{ start_ms: 100, was: "", restored: before("uh") }]);
  });

  it("begins anew with what the server has, and what is being saved over it", () => {
    const { store } = opened();
    store.decide([keep(300, 600)], "kept");
    store.load(
      { options: {}, automatic: AUTOMATIC },
      [{ start_ms: 600, end_ms: 1000, action: "remove", note: null }],
      [{ kind: "changes", changes: [keep(300, 600)] }],
    );
    assert.deepEqual(actions(store), ["keep", "keep", "remove"]);
    store.undo();
    assert.deepEqual(actions(store), ["keep", "remove", "remove"], "what others decided elsewhere stays");
  });

  it("does not take back what others have decided over since", () => {
    const { store } = opened();
    store.decide([keep(300, 600)], "kept");
    store.load(
      { options: {}, automatic: AUTOMATIC },
      [{ start_ms: 500, end_ms: 700, action: "remove", note: null }],
      [],
    );
    assert.equal(store.undo(), null);
  });

  it("keeps a moment selected, not a number", () => {
    const { store } = opened();
    store.select(700);
    store.decide([keep(0, 100), keep(100, 200)], "split");
    assert.equal(store.selected.start_ms, 600);
  });
});
