/** The review of one recording: everything is loaded, joined and wired here. */

/** @import { Analysis } from "../review/saving.js" */
/** @import { Entry } from "../review/save-queue.js" */
/** @import { Segment } from "../review/types.js" */

import { addressOf, call, callForBytes, ensureSignedIn } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { byId, tell, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { moment } from "../core/format.js";
import { startSession } from "../core/session.js";
import { Commands } from "../review/commands.js";
import { ExportDialog } from "../review/exporting.js";
import { GroupPanel } from "../review/group-panel.js";
import { KeyPanel } from "../review/key-panel.js";
import { belongsTo, isLetter, mayRepeat } from "../review/keys.js";
import { Peaks } from "../review/peaks.js";
import { Player } from "../review/player.js";
import { showRange } from "../review/range-tools.js";
import { marksBetween } from "../review/ranges.js";
import { Saving } from "../review/saving.js";
import { SegmentList } from "../review/segment-list.js";
import { ReviewStore } from "../review/store.js";
import { showSummary } from "../review/summary.js";
import { frameOfTimecode, frameRateOf, timecode } from "../review/timecode.js";
import { loadWords } from "../review/transcript.js";
import { TranscriptPanel } from "../review/transcript-panel.js";
import { TuningPanel } from "../review/tuning.js";
import { WaveformView } from "../review/waveform.js";

const place = byId("review", HTMLElement);
const analysisId = place.dataset.analysisId ?? "";
const mediaId = place.dataset.mediaId ?? "";
const info = JSON.parse(place.dataset.mediaInfo ?? "{}");
const message = byId("review-message", HTMLElement);

/** Whether there are words to ask for. */
let hasTranscript = false;

startSession();
try {
  await start();
} catch (error) {
  message.textContent = sentenceOf(error);
}

async function start() {
  const peaks = loadPeaks();
  const analysis = await loadAnalysis();
  const clock = clockOf(info.video);
  /** @type {Saving} */
  const saving = new Saving(analysisId, analysis, loadAnalysis, (found, again) => {
    store.load(found.tuning, found.decisions, again);
    void showTuning(again, store, tuning);
    void showWords();
  });
  const store = new ReviewStore(analysis.tuning, analysis.decisions, (entry) => saving.save(entry));
  const transcript = new TranscriptPanel(store, {
    goTo: (ms) => commands.cursor.choose(ms),
    correct: (correction) => saving.save({ kind: "words", words: [correction] }),
    importFile,
    renameSpeaker,
  });
  const list = new SegmentList(store, {
    select: (ms) => commands.cursor.choose(ms),
    play: () => commands.run("playSegment"),
    textOf: (segment) => transcript.textOf(segment),
  });
  const waveform = new WaveformView(store, clock, {
    seek: (ms) => commands.cursor.point(ms),
    moveEdge: (edge, ms) => commands.edges.moveEdge(edge, ms),
    markRange: (from, to) => store.mark(marksBetween(from, to)),
  });
  const moved = (/** @type {number} */ ms, /** @type {boolean} */ isPlaying) => {
    if (isPlaying) commands.cursor.follow(ms);
    waveform.setPlayhead(ms, isPlaying);
    list.setPlayhead(ms, isPlaying);
    transcript.setPlayhead(ms, isPlaying);
    byId("clock", HTMLElement).textContent = moment(ms);
    byId("timecode", HTMLElement).textContent = clock.timecodeOf?.(ms) ?? "";
  };
  const player = makePlayer(store.durationMs, moved, () => commands.shuttle.end());
  const tuning = new TuningPanel(store, analysisId);
  const exporting = new ExportDialog(analysisId, saving);
  const { frameRate } = clock;
  const keys = new KeyPanel(JSON.parse(place.dataset.keyTable ?? ""), JSON.parse(place.dataset.keys || "null"));
  const groups = new GroupPanel(store, {
    decide: ({ title, members }, action) =>
      commands.deciding.decideAll(members, action, `${title} × ${members.length}`),
    listen: (members) => commands.listening.listen(members),
    commandOf: (pressed) => keys.commandOf(pressed),
    choose: (group) => {
      transcript.open(false);
      list.setFilter({ ...list.filter, group: group?.key ?? "" });
      if (group?.members[0]) commands.cursor.choose(group.members[0].start_ms);
    },
  });
  const commands = new Commands({
    store,
    player,
    list,
    waveform,
    tuning,
    exporting,
    transcript,
    groups,
    keys,
    frameRate,
  });

  async function showWords() {
    try {
      transcript.setWords(hasTranscript ? await loadWords(analysisId, store.durationMs) : null);
      list.refresh();
    } catch (error) {
      message.textContent = sentenceOf(error);
    }
  }

  /** @param {File} file */
  async function importFile(file) {
    await saving.allSaved();
    const form = new FormData();
    form.append("file", file);
    await call("POST", `/media/${mediaId}/transcript`, { body: form });
    // Everything that is known of the segments is made anew.
    history.replaceState(null, "", "#transcript");
    location.reload();
  }

  /**
   * @param {string} speaker
   * @param {string} name
   */
  async function renameSpeaker(speaker, name) {
    await saving.allSaved();
    const { version } = await call("GET", `/analysis/${analysisId}/transcript?to_ms=1`);
    await call("PATCH", `/analysis/${analysisId}/transcript/speakers`, {
      body: { version, changes: [{ speaker, name }] },
    });
    history.replaceState(null, "", "#transcript");
    location.reload();
  }

  saving.addEventListener("words", async () => {
    try {
      store.reword((await loadAnalysis()).tuning);
      await showWords();
    } catch (error) {
      message.textContent = sentenceOf(error);
    }
  });
  showSummary(store);
  showRange(store);
  wireButtons(commands, store, player);
  wireKeys(commands, keys);
  wireFilter(list);
  const leftOver = saving.takeLeftOver();
  if (leftOver.length > 0) {
    tell("Decisions that could not be saved before have been made again.");
    store.load(analysis.tuning, analysis.decisions, leftOver);
    void showTuning(leftOver, store, tuning);
  }
  if (location.hash === "#transcript") transcript.open(true);
  player.seek(0);
  place.dataset.ready = "segments";
  waveform.setPeaks(await peaks);
  // The waveform stands on the screen with the next frame.
  requestAnimationFrame(() => requestAnimationFrame(tellReady));
  await showWords();
}

function tellReady() {
  place.dataset.ready = "all";
  performance.mark("review-ready");
}

/** @returns {Promise<Peaks>} */
async function loadPeaks() {
  return Peaks.fromFile(await callForBytes(`/media/${mediaId}/waveform.dat`));
}

/** @returns {Promise<Analysis>} */
async function loadAnalysis() {
  const { analysis_result: found } = await call("GET", `/analysis/${analysisId}?decisions=false`);
  const sliders = [...document.querySelectorAll("#tuning input[type=range]")];
  const names = sliders.map((one) => /** @type {HTMLInputElement} */ (one).name);
  const options = Object.fromEntries(names.map((name) => [name, found.options[name]]));
  /** @type {Segment[]} */
  const automatic = found.segments;
  hasTranscript = found.has_transcript;
  return { version: found.version, tuning: { options, automatic }, decisions: found.decisions };
}

/**
 * How times are shown: by timecode too where there is a picture.
 *
 * @param {any} video
 */
function clockOf(video) {
  const frameRate = video ? frameRateOf(video.frame_rate) : null;
  if (!frameRate) return { frameRate: null, timecodeOf: null };
  const isDropFrame = Boolean(video.is_drop_frame);
  const startFrame = frameOfTimecode(video.start_timecode ?? "", frameRate, isDropFrame);
  const timecodeOf = (/** @type {number} */ ms) => timecode(ms, frameRate, { startFrame, isDropFrame });
  return { frameRate, timecodeOf };
}

/**
 * @param {number} durationMs
 * @param {(ms: number, isPlaying: boolean) => void} moved
 * @param {() => void} ended called when nothing is shuttled any more
 * @returns {Player}
 */
function makePlayer(durationMs, moved, ended) {
  const elements = [byId("player-a", HTMLVideoElement), byId("player-b", HTMLVideoElement)];
  const source = {
    address: addressOf(`/media/${mediaId}/file`),
    leadInMs: 1000 * (info.lead_in_s ?? 0),
    durationMs,
    renew: ensureSignedIn,
  };
  return new Player(/** @type {[HTMLVideoElement, HTMLVideoElement]} */ (elements), source, {
    moved,
    changed: (mode) => {
      place.dataset.mode = mode;
      if (mode !== "playing" && mode !== "backwards") ended();
      const isPaused = mode === "paused";
      within(byId("play", HTMLButtonElement), ".label", HTMLElement).textContent = isPaused ? "Play" : "Pause";
      within(byId("play", HTMLButtonElement), ".icon", HTMLElement).className =
        `icon icon-${isPaused ? "play" : "pause"}`;
      byId("preview", HTMLButtonElement).setAttribute("aria-pressed", String(mode === "preview"));
      byId("audition", HTMLButtonElement).setAttribute("aria-pressed", String(mode === "loop"));
    },
    failed: (sentence) => {
      message.textContent = sentence;
    },
  });
}

/**
 * @param {Commands} commands
 * @param {ReviewStore} store
 * @param {Player} player
 */
function wireButtons(commands, store, player) {
  for (const button of document.querySelectorAll("[data-command]")) {
    button.addEventListener("click", (event) => {
      const name = /** @type {HTMLElement} */ (button).dataset.command ?? "";
      // After a click the keys go on working on the list; Space would otherwise press the button again.
      const isPointer = /** @type {MouseEvent} */ (event).detail > 0;
      if (isPointer) byId("segments", HTMLElement).focus({ preventScroll: true });
      commands.run(name);
    });
  }
  for (const dialog of document.querySelectorAll("dialog")) bindCloseButtons(dialog);
  byId("volume", HTMLInputElement).addEventListener("input", (event) => {
    player.setVolume(Number(/** @type {HTMLInputElement} */ (event.target).value) / 100);
  });
  const [undo, redo] = [byId("undo", HTMLButtonElement), byId("redo", HTMLButtonElement)];
  const follow = () => {
    undo.disabled = store.done.length === 0;
    redo.disabled = store.undone.length === 0;
  };
  store.addEventListener("history", follow);
  follow();
}

/**
 * @param {Commands} commands
 * @param {KeyPanel} keys
 */
function wireKeys(commands, keys) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const focused = event.target instanceof HTMLElement ? event.target : document.body;
    if (belongsTo(event, /** @type {HTMLInputElement} */ (focused))) return;
    const command = keys.commandOf(event);
    // In the transcript it selects words, as anywhere.
    if (command === "selectAll" && commands.cursor.transcript.isOpen) return;
    if (!command || (isLetter(event) && document.documentElement.dataset.letterKeys === "off")) return;
    event.preventDefault();
    if (event.repeat && !mayRepeat(command)) return;
    commands.run(command);
  });
}

/** @param {SegmentList} list */
function wireFilter(list) {
  const form = byId("filter", HTMLFormElement);
  const choose = () => {
    const values = new FormData(form);
    list.setFilter({
      ...list.filter,
      type: String(values.get("type") ?? ""),
      action: String(values.get("action") ?? ""),
      undecidedFirst: values.has("undecided_first"),
    });
  };
  // One of them stands outside of the form.
  for (const choice of form.elements) choice.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  giveFocusBack();
}

/** Who has chosen with the mouse goes on with the keys of the list; who has chosen by key stays where they are. */
function giveFocusBack() {
  for (const choice of document.querySelectorAll("#filter select, [form=filter], #rate")) {
    let isByPointer = false;
    choice.addEventListener("pointerdown", () => (isByPointer = true));
    choice.addEventListener("keydown", () => (isByPointer = false));
    choice.addEventListener("change", () => {
      if (isByPointer) byId("segments", HTMLElement).focus({ preventScroll: true });
    });
  }
}

/**
 * Show a tuning that is being saved again; what the engine says under it has to be asked for.
 *
 * @param {Entry[]} entries
 * @param {ReviewStore} store
 * @param {TuningPanel} tuning
 */
async function showTuning(entries, store, tuning) {
  const last = entries.findLast((one) => one.kind === "options");
  if (!last) return;
  try {
    store.show({ options: last.options, automatic: await tuning.ask(last.options) });
  } catch (error) {
    message.textContent = `Load the page again to see your tuning: ${sentenceOf(error)}`;
  }
}
