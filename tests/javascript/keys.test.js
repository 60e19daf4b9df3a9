import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import {
  belongsTo,
  choiceOf,
  commandsOf,
  isLetter,
  keyMapOf,
  mayBeChosen,
  mayRepeat,
  spellingOf,
  withKey,
} from "../../static/js/review/keys.js";

const pressed = (key, held = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

const table = JSON.parse(readFileSync(new URL("../../clipflow/web/keys.json", import.meta.url), "utf8"));
const CLIPFLOW = keyMapOf(table, choiceOf({ map: "clipflow" }));
const EDITOR = keyMapOf(table, choiceOf(null));
const commandOf = (key, map = CLIPFLOW) => map.get(spellingOf(key)) ?? null;

describe("keys", () => {
  for (const [key, clipflow, editor] of [
    ["k", "keep", "shuttleStop"],
    ["K", "keep", "shuttleStop"],
    ["v", null, "keep"],
    ["x", "remove", "remove"],
    ["Delete", "remove", "remove"],
    [" ", "playPause", "playPause"],
    ["ArrowDown", "next", "next"],
    ["ArrowLeft", "back", "frameBack"],
    ["l", "audition", "shuttleForward"],
    ["?", "showKeys", "showKeys"],
  ]) {
    it(`${JSON.stringify(key)} is ${clipflow}, and to an editor ${editor}`, () => {
      assert.equal(commandOf(pressed(key)), clipflow);
      assert.equal(commandOf(pressed(key), EDITOR), editor);
    });
  }
  it("with Ctrl or Command are undo, redo, marking all and edges, and nothing else of ours", () => {
    assert.equal(commandOf(pressed("z", { ctrlKey: true })), "undo");
    assert.equal(commandOf(pressed("Z", { metaKey: true, shiftKey: true })), "redo");
    assert.equal(commandOf(pressed("y", { ctrlKey: true })), "redo");
    assert.equal(commandOf(pressed("a", { ctrlKey: true })), "selectAll");
    assert.equal(commandOf(pressed("ArrowLeft", { ctrlKey: true }), EDITOR), "previousEdge");
    for (const key of ["s", "p", "f", "c", "x", "n", "t"])
      assert.equal(commandOf(pressed(key, { ctrlKey: true })), null);
  });
  it("with Shift and Alt move edges", () => {
    assert.equal(commandOf(pressed("ArrowLeft", { shiftKey: true })), "startEarlier");
    assert.equal(commandOf(pressed("ArrowRight", { altKey: true })), "endLater");
    assert.equal(commandOf(pressed("ArrowRight", { altKey: true, shiftKey: true }), EDITOR), "endLater");
  });
  it("with Shift decide nothing by accident", () => assert.equal(commandOf(pressed("X", { shiftKey: true })), null));
  it("with Alt are known where the system types another letter", () =>
    assert.equal(commandOf(pressed("˙", { altKey: true, code: "KeyH" })), "lock"));
  it("of a layout that needs Shift for ? and + work too", () => {
    assert.equal(commandOf(pressed("?", { shiftKey: true })), "showKeys");
    assert.equal(commandOf(pressed("+", { shiftKey: true })), "zoomIn");
  });
  it("of a comma tell Shift apart, whatever the layout types", () => {
    assert.equal(commandOf(pressed(",", { code: "Comma" }), EDITOR), "frameBack");
    for (const typed of ["<", ";"])
      assert.equal(commandOf(pressed(typed, { shiftKey: true, code: "Comma" }), EDITOR), "back");
  });
  it("of a layout that needs AltGr for brackets work too", () => {
    assert.equal(commandOf(pressed("]", { ctrlKey: true, altKey: true })), "faster");
    assert.equal(commandOf(pressed("k", { ctrlKey: true, altKey: true })), null);
  });
  it("that are held repeat what moves about, and never what decides", () => {
    assert.ok(mayRepeat("next") && mayRepeat("frameForward"));
    for (const command of ["keep", "remove", "playPause", "split", "merge", "undo", "preview", "trimStart"])
      assert.ok(!mayRepeat(command));
  });
  it("of one letter can be told from others", () => {
    assert.ok(isLetter(pressed("k")) && isLetter(pressed("?")));
    for (const other of [pressed(" "), pressed("Delete"), pressed("z", { ctrlKey: true })]) assert.ok(!isLetter(other));
  });
  it("that mean nothing are the browser's own", () => assert.equal(commandOf(pressed("F5")), null));
});

describe("the table of keys", () => {
  for (const map of ["editor", "clipflow"]) {
    it(`gives no key of ${map} twice`, () => {
      const keys = commandsOf(table).flatMap((one) => one[map]);
      assert.deepEqual(
        keys.filter((one, number) => keys.indexOf(one) !== number),
        [],
      );
    });
  }
  it("has every command once, and a key of the editors for each", () => {
    const names = commandsOf(table).map((one) => one.name);
    assert.equal(new Set(names).size, names.length);
    for (const one of commandsOf(table)) assert.ok(one.editor.length > 0, one.name);
  });
});

describe("a key of one's own", () => {
  it("takes the place of those of the map", () => {
    const { choice, loser } = withKey(table, choiceOf(null), "split", "Y");
    const map = keyMapOf(table, choice);
    assert.equal(loser, null);
    assert.equal(commandOf(pressed("y"), map), "split");
    assert.equal(commandOf(pressed("s"), map), null);
  });
  it("is taken from the command that had it, which keeps its others", () => {
    const { choice, loser } = withKey(table, choiceOf(null), "split", "X");
    const map = keyMapOf(table, choice);
    assert.equal(loser?.name, "remove");
    assert.equal(commandOf(pressed("x"), map), "split");
    assert.equal(commandOf(pressed("Delete"), map), "remove");
  });
  it("outlives a change of the map", () => {
    const { choice } = withKey(table, choiceOf(null), "split", "K");
    assert.equal(commandOf(pressed("k"), keyMapOf(table, { ...choice, map: "clipflow" })), "split");
  });
  it("is none of the browser's", () => {
    for (const key of ["Tab", "Esc", "Ctrl W", "Shift Shift", "Ctrl Control"]) assert.ok(!mayBeChosen(key), key);
    for (const key of ["Y", "Ctrl Shift K", "F2"]) assert.ok(mayBeChosen(key), key);
  });
  it("is left out where what is stored makes no sense", () => {
    for (const stored of ["x", 7, [], { map: "vim", own: { split: "S", keep: [7] } }])
      assert.deepEqual(choiceOf(stored), { map: "editor", own: {} });
  });
});

describe("a key belongs to what has the focus", () => {
  const cases = [
    ["k", { tagName: "INPUT", type: "text" }, true],
    ["k", { tagName: "TEXTAREA" }, true],
    ["k", { tagName: "SELECT" }, true],
    [" ", { tagName: "BUTTON" }, true],
    ["k", { tagName: "BUTTON" }, false],
    ["Enter", { tagName: "A" }, true],
    ["ArrowLeft", { tagName: "INPUT", type: "range" }, true],
    ["k", { tagName: "INPUT", type: "range" }, false],
    [" ", { tagName: "INPUT", type: "checkbox" }, true],
    ["x", { tagName: "INPUT", type: "checkbox" }, false],
    ["Escape", { tagName: "SELECT" }, false],
    ["k", { tagName: "DIV", isContentEditable: true }, true],
    ["k", { tagName: "DIV" }, false],
  ];
  for (const [key, focused, isTheirs] of cases) {
    it(`${JSON.stringify(key)} in ${JSON.stringify(focused)}: ${isTheirs}`, () =>
      assert.equal(belongsTo(pressed(key), focused), isTheirs));
  }
});
