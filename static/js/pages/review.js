/** The review of one recording: everything is loaded, joined and wired here. */

/** @import { Entry } from "../review/save-queue.js" */
/** @import { Analysis } from "../review/saving.js" */

import { call } from "../core/api.js";
import { byId, tell } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { isGuest, may } from "../core/permissions.js";
import { moment } from "../core/format.js";
import { startSession } from "../core/session.js";
import { Storyboard } from "../core/storyboard.js";
import { startCoach } from "../review/coach.js";
import { Commands } from "../review/commands.js";
import { wireButtons, wireFilter, wireKeys } from "../review/controls.js";
import { bindDividers } from "../review/dividers.js";
import { ExportDialog } from "../review/exporting.js";
import { GroupPanel } from "../review/group-panel.js";
import { bindHistory } from "../review/history-dialog.js";
import { KeyPanel } from "../review/key-panel.js";
import { ListTabs } from "../review/list-tabs.js";
import { clockOf, loadAnalysis, loadPeaks } from "../review/loading.js";
import { keepPlace } from "../review/place-keeping.js";
import { followOthers } from "../review/presence.js";
import { showRange } from "../review/range-tools.js";
import { marksBetween } from "../review/ranges.js";
import { NotePins } from "../review/note-pins.js";
import { Notes } from "../review/notes.js";
import { NotesPanel } from "../review/notes-panel.js";
import { bindReviewed } from "../review/reviewed.js";
import { Saving } from "../review/saving.js";
import { SettingOffer } from "../review/setting-offer.js";
import { SegmentList } from "../review/segment-list.js";
import { ReviewStore } from "../review/store.js";
import { SuggestionCards } from "../review/suggestion-cards.js";
import { showSummary } from "../review/summary.js";
import { Transcribing } from "../review/transcribing.js";
import { TranscriptPanel } from "../review/transcript-panel.js";
import { makePlayer } from "../review/transport.js";
import { TuningPanel } from "../review/tuning.js";
import { VersionsMenu } from "../review/versions.js";
import { WaveformView } from "../review/waveform.js";
import { WordsExchange } from "../review/words-exchange.js";

let isViewCounted = false;
const place = byId("review", HTMLElement);
const analysisId = place.dataset.analysisId ?? "";
const mediaId = place.dataset.mediaId ?? "";
const info = JSON.parse(place.dataset.mediaInfo ?? "{}");
const clock = clockOf(info.video);

startSession();
bindDividers();
try {
  const peaks = loadPeaks(mediaId);
  await begin(build(await loadAnalysis(analysisId)), peaks);
} catch (error) {
  fail(sentenceOf(error));
}

/** @param {string} sentence empty once it works again */
function fail(sentence) {
  byId("review-message", HTMLElement).textContent = sentence;
}

/**
 * All parts of the page, each knowing what it has to do with the others.
 *
 * @param {Analysis} analysis
 */
function build(analysis) {
  /** @type {Saving} */
  const saving = new Saving(
    analysisId,
    analysis,
    () => loadAnalysis(analysisId),
    (found, again) => {
      people = found.people;
      store.load(found.tuning, found.decisions, again);
      void showTuning(again, store, tuning);
      void words.show(parts);
    },
  );
  const store = new ReviewStore(analysis.tuning, analysis.decisions, (entry) => saving.save(entry), may);
  let { people } = analysis;
  const words = new WordsExchange({ analysisId, mediaId, hasTranscript: analysis.hasTranscript }, saving, fail);
  const tabs = new ListTabs();
  const transcript = new TranscriptPanel(store, tabs, {
    goTo: (ms) => commands.cursor.choose(ms),
    importFile: (file) => words.importFile(file),
    renameSpeaker: (speaker, name) => words.renameSpeaker(speaker, name),
    tellWithUndo: (sentence) => commands.deciding.tellWithUndo(sentence),
  });
  const list = new SegmentList(store, {
    select: (ms) => commands.cursor.choose(ms),
    play: () => commands.run("playSegment"),
    textOf: (segment) => transcript.textOf(segment),
    makerOf: (segment) => {
      const maker = store.makerOf(segment);
      return maker === null || maker === document.documentElement.dataset.userId ? "" : (people[maker] ?? "");
    },
  });
  const waveform = new WaveformView(store, clock, {
    seek: (ms) => commands.cursor.point(ms),
    moveEdge: (edge, ms) => {
      commands.edges.moveEdge(edge, ms);
      if (player.isPlaying) return;
      commands.cursor.point(ms);
      commands.listening.auditionOnce(ms);
    },
    showEdge: (ms) => player.glimpse(ms),
    markRange: (from, to) => store.mark(marksBetween(from, to)),
  });
  const recording = {
    mediaId,
    leadInMs: 1000 * (info.lead_in_s ?? 0),
    durationMs: store.durationMs,
    hasPicture: Boolean(info.video),
  };
  const player = makePlayer(recording, {
    moved: (ms, isPlaying) => {
      if (isPlaying) {
        commands.cursor.follow(ms);
        countView(mediaId);
      }
      for (const view of [waveform, list, transcript]) view.setPlayhead(ms, isPlaying);
      notesPanel.setPlayhead(ms);
      byId("clock", HTMLElement).textContent = moment(ms);
      byId("timecode", HTMLElement).textContent = clock.timecodeOf?.(ms) ?? "";
    },
    shuttleEnded: () => commands.shuttle.end(),
    failed: fail,
  });
  const ids = { analysisId, projectId: place.dataset.projectId ?? "", teamId: place.dataset.teamId ?? "" };
  const tuning = new TuningPanel(store, ids);
  const offer = new SettingOffer(store, tuning, analysis.roomDb);
  const exporting = new ExportDialog(ids, saving, store);
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
      // Its members are gone through one by one there.
      if (group) byId("segments", HTMLElement).focus({ preventScroll: true });
      void offer.show(group);
    },
  });
  const shown = { store, player, list, waveform, tuning, exporting, transcript, groups, keys };
  const commands = new Commands({ ...shown, frameRate: clock.frameRate });
  const cards = new SuggestionCards(store, commands.cursor, commands.deciding);
  const notes = new Notes(mediaId);
  const notesPanel = new NotesPanel(notes, tabs, commands.cursor);
  commands.writeNote = (segment) => notesPanel.write(segment);
  const pins = new NotePins(
    notes,
    () => waveform.view,
    (id) => notesPanel.open(id),
  );
  waveform.viewDrawn = () => pins.place();
  const parts = { ...shown, analysis, saving, words, tabs, commands, cards, notes, notesPanel };
  return parts;
}

/**
 * Wire the parts, and show what comes when it comes: segments, then the waveform, then words.
 *
 * @param {ReturnType<typeof build>} parts
 * @param {ReturnType<typeof loadPeaks>} peaks
 */
async function begin(parts, peaks) {
  const { analysis, store, saving, words, tabs, commands, cards, player, list, waveform, tuning, keys } = parts;
  const { notes, notesPanel } = parts;
  saving.addEventListener("words", () => void words.takeOver(parts));
  tabs.onShown.cards = () => cards.begin();
  showSummary(store);
  showRange(store);
  wireButtons(commands, store, player);
  wireKeys(commands, keys);
  wireFilter(list);
  startCoach(commands, keys);
  const leftOver = saving.takeLeftOver();
  if (leftOver.length > 0) {
    tell("Decisions that could not be saved before have been made again.");
    store.load(analysis.tuning, analysis.decisions, leftOver);
    void showTuning(leftOver, store, tuning);
  }
  keepPlace(parts, analysisId, leftOver.length > 0);
  if (tabs.hasCards && tabs.shown === "segments" && store.summary.suggestions > 0) tabs.show("cards");
  bindReviewed(analysisId, analysis.isReviewed);
  bindHistory(analysisId, (ms) => commands.cursor.choose(ms));
  // After what was called has said what it has done.
  store.addEventListener("refused", () =>
    queueMicrotask(() => tell("You may look at this recording, but not do this.")),
  );
  place.dataset.ready = "segments";
  for (const view of [waveform, cards]) view.setPeaks(await peaks);
  // The waveform stands on the screen with the next frame.
  requestAnimationFrame(() => requestAnimationFrame(tellReady));
  await words.show(parts);
  const address = new URLSearchParams(window.location.search);
  const wanted = address.get("find");
  if (wanted) parts.transcript.find(wanted);
  await notes.load().catch((error) => fail(sentenceOf(error)));
  notesPanel.open(address.get("note") ?? "");
  waveform.setStoryboard(info.video ? await Storyboard.load(mediaId) : null);
  followOthers(analysisId, {
    follow: async (version) => {
      await Promise.all([saving.follow(version), notes.load()]);
    },
  });
  // Of other versions, and of transcribing, guests know nothing.
  if (!isGuest()) await offerVersions(parts);
}

/**
 * Count that somebody plays the recording; nobody waits for that.
 *
 * @param {string} id
 */
function countView(id) {
  if (isViewCounted) return;
  isViewCounted = true;
  call("POST", `/media/${id}/view`).catch(() => {});
}

function tellReady() {
  place.dataset.ready = "all";
  performance.mark("review-ready");
}

/**
 * What is of no use before everything else is there: other versions, and a transcription.
 *
 * @param {ReturnType<typeof build>} parts
 */
async function offerVersions({ store, saving }) {
  const transcribing = new Transcribing(store, saving, { id: mediaId, title: place.dataset.title ?? "" });
  const versions = new VersionsMenu({ analysisId, mediaId, projectId: place.dataset.projectId ?? "" });
  await Promise.all([transcribing.offer(), versions.load()]).catch((error) => fail(sentenceOf(error)));
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
    fail(`Load the page again to see your tuning: ${sentenceOf(error)}`);
  }
}
