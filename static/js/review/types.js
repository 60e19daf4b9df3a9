/**
 * What the modules of the review speak of. Times are whole milliseconds from the start of the recording.
 *
 * @typedef {"keep" | "remove" | "suggest_remove"} Action
 *
 * @typedef {object} Segment a stretch of the recording; segments tile it without gap or overlap
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {string} type speech, silence or filler
 * @property {number} confidence
 * @property {number} level_db
 * @property {Action} action
 * @property {string} reason
 * @property {string} reason_code the reason for programs
 * @property {"auto" | "user"} decided_by
 * @property {string} [note]
 * @property {string} [text]
 * @property {string} [filler_word] the plain spelling of a filler
 *
 * @typedef {object} Decision what a person wants with a stretch
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {Action} action
 * @property {string | null} note
 * @property {string | null} [made_by] the id of who has made it, where the server has said so
 *
 * @typedef {object} Change a decision as it is sent; `auto` takes earlier ones back
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {Action | "auto"} action
 * @property {string} [note]
 *
 * @typedef {object} Summary
 * @property {number} duration_ms
 * @property {number} kept_ms
 * @property {number} removed_ms
 * @property {number} suggested_ms
 * @property {number} suggestions
 * @property {number} cuts
 *
 * @typedef {object} FrameRate an exact rate: `numerator / denominator` frames a second
 * @property {number} numerator
 * @property {number} denominator
 */

export {};
