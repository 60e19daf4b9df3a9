import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { belongsTo, commandOf, isLetter, mayRepeat } from "../../static/js/review/keys.js";

const pressed = (key, held = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

describe("keys", () => {
  for (const [key, command] of [
    ["k", "keep"],
    ["K", "keep"],
    ["x", "remove"],
    ["Delete", "remove"],
    [" ", "playPause"],
    ["ArrowDown", "next"],
    ["?", "showKeys"],
  ]) {
    it(`${JSON.stringify(key)} is ${command}`, () => assert.equal(commandOf(pressed(key)), command));
  }
  it("with Ctrl or Command are undo, redo and marking all, and nothing else of ours", () => {
    assert.equal(commandOf(pressed("z", { ctrlKey: true })), "undo");
    assert.equal(commandOf(pressed("Z", { metaKey: true, shiftKey: true })), "redo");
    assert.equal(commandOf(pressed("y", { ctrlKey: true })), "redo");
    assert.equal(commandOf(pressed("a", { ctrlKey: true })), "selectAll");
    for (const key of ["s", "p", "f", "c", "x", "n", "t"])
      assert.equal(commandOf(pressed(key, { ctrlKey: true })), null);
  });
  it("with Shift and Alt move edges", () => {
    assert.equal(commandOf(pressed("ArrowLeft", { shiftKey: true })), "startEarlier");
    assert.equal(commandOf(pressed("ArrowRight", { altKey: true })), "endLater");
  });
  it("with Shift decide nothing by accident", () => assert.equal(commandOf(pressed("X", { shiftKey: true })), null));
  it("of a layout that needs Shift for ? and + work too", () => {
    assert.equal(commandOf(pressed("?", { shiftKey: true })), "showKeys");
    assert.equal(commandOf(pressed("+", { shiftKey: true })), "zoomIn");
  });
  it("of a layout that needs AltGr for brackets work too", () => {
    assert.equal(commandOf(pressed("]", { ctrlKey: true, altKey: true })), "faster");
    assert.equal(commandOf(pressed("k", { ctrlKey: true, altKey: true })), null);
  });
  it("that are held repeat what moves about, and never what decides", () => {
    assert.ok(mayRepeat("next") && mayRepeat("frameForward"));
    for (const command of ["keep", "remove", "playPause", "split", "merge", "undo", "preview"])
      assert.ok(!mayRepeat(command));
  });
  it("of one letter can be told from others", () => {
    assert.ok(isLetter(pressed("k")) && isLetter(pressed("?")));
    for (const other of [pressed(" "), pressed("Delete"), pressed("z", { ctrlKey: true })]) assert.ok(!isLetter(other));
  });
  it("that mean nothing are the browser's own", () => assert.equal(commandOf(pressed("F5")), null));
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

describe("the help", () => {
  it("names a key for every command that has one", () => {
    const help = readFileSync(new URL("../../templates/parts/keys.html", import.meta.url), "utf8");
    for (const key of [
      "Space",
      "K",
      "X",
      "A",
      "J",
      "I",
      "U",
      "Enter",
      "C",
      "L",
      "P",
      "S",
      "M",
      "N",
      "F",
      "Z",
      "T",
      "E",
      "H",
      "Home",
      "End",
      "Delete",
      "Backspace",
      "?",
    ]) {
      assert.ok(help.includes(`"${key}"`), key);
      assert.notEqual(commandOf(pressed(key === "Space" ? " " : key)), null, key);
    }
  });
});
