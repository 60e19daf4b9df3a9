/** What transcriptions send where and what they cost, said before they do. */

import { call } from "./api.js";
import { confirmed } from "./dialogs.js";
import { count } from "./format.js";

/**
 * Ask whether recordings are to be sent to a service; what is paid for already is not asked about.
 *
 * @param {{id: string, title: string, track: string}[]} recordings
 * @returns {Promise<boolean>}
 */
export async function agreesToPrice(recordings) {
  let [minutes, known, price] = [0, 0, 0];
  let [service, currency] = ["", ""];
  for (const { id, track } of recordings) {
    const estimate = await call("GET", `/media/${id}/transcript/estimate?audio_track=${track || 0}`);
    minutes += estimate.minutes;
    known += estimate.minutes_transcribed;
    price += estimate.price;
    ({ service, currency } = estimate);
  }
  if (minutes === 0) return true;
  const rounded = Math.round(10 * minutes) / 10;
  const knownText = known ? ` ${Math.round(10 * known) / 10} minutes are paid for already and are not sent again.` : "";
  const [only] = recordings;
  return confirmed({
    title:
      recordings.length === 1 && only ? `Transcribe ${only.title}?` : `Transcribe ${recordings.length} recordings?`,
    text: `${count(rounded, "minute")} of sound will be sent to ${service}, for about ${price.toFixed(2)} ${currency}.${knownText}`,
    yes: "Send and transcribe",
  });
}
