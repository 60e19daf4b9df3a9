/** The words of a review between the server and the page: loaded, imported, speakers named, corrections taken over. */

/** @import { Saving } from "./saving.js" */
/** @import { SegmentList } from "./segment-list.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { TranscriptPanel } from "./transcript-panel.js" */

import { call } from "../core/api.js";
import { sentenceOf } from "../core/forms.js";
import { loadAnalysis } from "./loading.js";
import { loadWords } from "./transcript.js";

export class WordsExchange {
  /**
   * @param {{analysisId: string, mediaId: string, hasTranscript: boolean}} of
   * @param {Saving} saving
   * @param {(sentence: string) => void} failed
   */
  constructor({ analysisId, mediaId, hasTranscript }, saving, failed) {
    this.analysisId = analysisId;
    this.mediaId = mediaId;
    this.hasTranscript = hasTranscript;
    this.saving = saving;
    this.failed = failed;
  }

  /**
   * Show the words as the server has them.
   *
   * @param {{store: ReviewStore, transcript: TranscriptPanel, list: SegmentList}} parts
   */
  async show({ store, transcript, list }) {
    try {
      transcript.setWords(this.hasTranscript ? await loadWords(this.analysisId, store.durationMs) : null);
      list.refresh();
    } catch (error) {
      this.failed(sentenceOf(error));
    }
  }

  /**
   * Take over what the engine says since words were corrected.
   *
   * @param {{store: ReviewStore, transcript: TranscriptPanel, list: SegmentList}} parts
   */
  async takeOver(parts) {
    try {
      parts.store.reword((await loadAnalysis(this.analysisId)).tuning);
      await this.show(parts);
    } catch (error) {
      this.failed(sentenceOf(error));
    }
  }

  /** @param {File} file */
  async importFile(file) {
    await this.saving.allSaved();
    const form = new FormData();
    form.append("file", file);
    await call("POST", `/media/${this.mediaId}/transcript`, { body: form });
    reload();
  }

  /**
   * @param {string} speaker
   * @param {string} name
   */
  async renameSpeaker(speaker, name) {
    await this.saving.allSaved();
    const { version } = await call("GET", `/analysis/${this.analysisId}/transcript?to_ms=1`);
    await call("PATCH", `/analysis/${this.analysisId}/transcript/speakers`, {
      body: { version, changes: [{ speaker, name }] },
    });
    reload();
  }
}

/** Everything that is known of the segments is made anew. */
function reload() {
  history.replaceState(null, "", "#transcript");
  location.reload();
}
