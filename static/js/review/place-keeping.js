/** Taking a review up where it was left, and remembering where it is left next. */

/** @import { Player } from "./player.js" */
/** @import { Saving } from "./saving.js" */
/** @import { SegmentList } from "./segment-list.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { TranscriptPanel } from "./transcript-panel.js" */
/** @import { WaveformView } from "./waveform.js" */

import { showFilter } from "./controls.js";
import { LastPlace, momentInAddress } from "./last-place.js";

/**
 * Begin where the review was left or where the address says, and remember where it is left next.
 *
 * @param {{store: ReviewStore, player: Player, list: SegmentList, waveform: WaveformView, transcript: TranscriptPanel,
 *   saving: Saving}} parts
 * @param {string} analysisId
 * @param {boolean} isChanged whether something was decided before anyone could see it
 */
export function keepPlace({ store, player, list, waveform, transcript, saving }, analysisId, isChanged) {
  const last = new LastPlace(analysisId);
  const found = last.read();
  if (found) {
    list.setFilter({ ...list.filter, ...found.filter, group: "" });
    showFilter(list);
    waveform.look(found.view);
    if (!isChanged && found.history?.version === saving.version) store.restore(found.history);
  }
  if (location.hash === "#transcript" || found?.isTranscript) transcript.open(true);
  const ms = momentInAddress(location.search) ?? found?.ms ?? 0;
  player.seek(ms);
  store.select(player.ms);
  if (ms > 0) {
    waveform.reveal(player.ms);
    list.revealSelection();
  }
  const keep = () => {
    const view = { startMs: waveform.view.startMs, msPerPx: waveform.view.msPerPx };
    const here = { ms: player.ms, view, isTranscript: transcript.isOpen, filter: list.filter };
    // What is not saved yet is another page's to make again, and undoing it would be undoing something else.
    const history = { version: saving.version, done: store.done, undone: store.undone };
    last.keep(here, saving.unsaved > 0 ? { ...history, done: [], undone: [] } : history);
  };
  window.addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) keep();
  });
}
