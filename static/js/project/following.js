/** Waiting for one analysis, where nothing else is followed beside it. */

import { call } from "../core/api.js";
import { isUnfinished, stageName } from "./stages.js";

const POLL_MS = 1000;

/**
 * Resolves once an analysis is done.
 *
 * @param {string} analysisId
 * @param {(stage: string, percent: number) => void} told called with how far it is, each second
 * @param {string} ended what is said when it has ended without a result and without a reason
 * @returns {Promise<void>}
 */
export async function untilDone(analysisId, told, ended) {
  for (;;) {
    const state = await call("GET", `/analysis/${analysisId}/status`);
    if (state.status === "completed") return;
    if (!isUnfinished(state.status)) throw new Error(state.error_message ?? ended);
    told(`${stageName(state.stage)}, ${state.progress_percent} %`, state.progress_percent);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
