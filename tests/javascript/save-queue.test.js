import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SaveQueue } from "../../static/js/review/save-queue.js";

const change = (start_ms) => ({ start_ms, end_ms: start_ms + 10, action: "keep" });
const changes = (...starts) => ({ kind: "changes", changes: starts.map(change) });
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A server whose answers the test decides on, one after another. */
class Server {
  constructor(version) {
    this.version = version;
    this.received = [];
    this.waiting = [];
    this.unsaved = [];
    this.states = [];
    const transport = {
      send: (entry, sentVersion) => {
        this.received.push({ entry: structuredClone(entry), version: sentVersion });
        return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
      },
      judge: (error) => error.verdict,
      pause: () => new Promise((resolve) => (this.endPause = resolve)),
    };
    const put = (leftOver) => (this.unsaved = structuredClone(leftOver));
    this.queue = new SaveQueue(version, transport, { put }, (state, unsaved) => this.states.push([state, unsaved]));
  }

  async accept() {
    this.waiting.shift().resolve((this.version += 1));
    await settled();
  }

  async refuse(verdict) {
    this.waiting.shift().reject({ verdict });
    await settled();
  }
}

describe("the save queue", () => {
  it("sends a decision at once, with the version it was made on", async () => {
    const server = new Server(4);
    server.queue.push(changes(0));
    assert.deepEqual(server.received, [{ entry: changes(0), version: 4 }]);
    await server.accept();
    assert.deepEqual(server.states.at(-1), ["saved", 0]);
    assert.equal(server.queue.version, 5);
  });

  it("sends one request at a time, and what has gathered meanwhile together", async () => {
    const server = new Server(1);
    for (const start of [0, 10, 20]) server.queue.push(changes(start));
    assert.equal(server.received.length, 1);
    await server.accept();
    assert.deepEqual(server.received[1], { entry: changes(10, 20), version: 2 });
  });

  it("keeps the order of decisions and tunings", async () => {
    const server = new Server(1);
    const tuning = { kind: "options", options: { keep_pause_ms: 5 } };
    for (const entry of [changes(0), changes(1), tuning, changes(2)]) server.queue.push(entry);
    for (let count = 0; count < 4; count += 1) await server.accept();
    assert.deepEqual(
      server.received.map((one) => one.entry),
      [changes(0), changes(1), tuning, changes(2)],
    );
  });

  it("tries again after a pause when the network is gone, and loses nothing", async () => {
    const server = new Server(1);
    server.queue.push(changes(0));
    await server.refuse("offline");
    server.queue.push(changes(10));
    assert.deepEqual(server.states.at(-1), ["offline", 2]);
    server.endPause();
    await settled();
    assert.deepEqual(server.received[1], { entry: changes(0), version: 1 }, "what was sent stays what it was");
    await server.accept();
    await server.accept();
    assert.deepEqual(server.states.at(-1), ["saved", 0]);
  });

  it("tries again at once when the network is back", async () => {
    const server = new Server(1);
    server.queue.push(changes(0));
    await server.refuse("offline");
    server.queue.retry();
    await settled();
    assert.equal(server.received.length, 2);
  });

  it("stops at a conflict, and keeps what is not saved", async () => {
    const server = new Server(1);
    server.queue.push(changes(0));
    await server.refuse("conflict");
    server.queue.push(changes(10));
    await settled();
    assert.equal(server.received.length, 1);
    assert.deepEqual(server.states.at(-1), ["conflict", 2]);
  });

  it("leaves what the server has refused as it was, whatever is decided after it", async () => {
    const server = new Server(1);
    server.queue.push(changes(0));
    await server.refuse("refused");
    server.queue.push(changes(10));
    server.queue.push(changes(20));
    assert.deepEqual(server.queue.entries, [changes(0), changes(10, 20)]);
  });

  it("sends very many changes in portions that the server takes", async () => {
    const server = new Server(1);
    server.queue.push(changes(...Array(12_000).keys()));
    for (let count = 0; count < 3; count += 1) await server.accept();
    assert.deepEqual(
      server.received.map((one) => one.entry.changes.length),
      [5000, 5000, 2000],
    );
  });

  it("goes on from another version with what is still wanted", async () => {
    const server = new Server(1);
    server.queue.push(changes(0));
    await server.refuse("conflict");
    server.version = 9;
    server.queue.restart(9, [...server.queue.entries]);
    assert.deepEqual(server.received[1], { entry: changes(0), version: 9 });
    await server.accept();
    assert.deepEqual(server.states.at(-1), ["saved", 0]);
  });

  it("goes on from another version without it", async () => {
    const server = new Server(1);
    server.queue.push(changes(0));
    await server.refuse("refused");
    server.queue.restart(9, []);
    assert.deepEqual(server.states.at(-1), ["saved", 0]);
    assert.deepEqual(server.unsaved, { version: 9, entries: [] });
  });

  it("waits with what an earlier page has left until somebody has decided", () => {
    const server = new Server(3);
    server.queue.hold({ version: 2, entries: [changes(0)] });
    assert.deepEqual(server.received, []);
    assert.deepEqual(server.states.at(-1), ["conflict", 1]);
    assert.equal(server.unsaved.version, 2, "so that the question is asked again after a reload");
  });

  it("leaves only the one change behind that the server refuses", async () => {
    const server = new Server(1);
    server.queue.push(changes(0, 1, 2, 3));
    await server.refuse("refused");
    await server.accept();
    await server.refuse("refused");
    await server.refuse("refused");
    assert.deepEqual(
      server.received.map((one) => one.entry),
      [changes(0, 1, 2, 3), changes(0, 1), changes(2, 3), changes(2)],
    );
    assert.deepEqual(server.queue.entries, [changes(2), changes(3)]);
    assert.deepEqual(server.states.at(-1), ["refused", 2]);
  });

  it("lets an answer go that comes after it has begun anew", async () => {
    const server = new Server(1);
    server.queue.push(changes(0));
    server.queue.restart(5, [changes(10)]);
    await server.accept();
    assert.deepEqual(server.queue.entries, [changes(10)]);
    assert.equal(server.queue.version, 5);
    server.version = 5;
    await server.accept();
    assert.deepEqual(server.states.at(-1), ["saved", 0]);
  });

  it("keeps what is not saved where a reload finds it", async () => {
    const server = new Server(1);
    server.queue.push(changes(0));
    server.queue.push(changes(10));
    assert.deepEqual(server.unsaved, { version: 1, entries: [changes(0), changes(10)] });
    await server.accept();
    assert.deepEqual(server.unsaved, { version: 2, entries: [changes(10)] });
  });

  it("does not change what the page has given it", () => {
    const server = new Server(1);
    const [first, second, third] = [changes(0), changes(1), changes(2)];
    for (const entry of [first, second, third]) server.queue.push(entry);
    assert.deepEqual(second, changes(1));
  });
});
