/** Segments for the tests. */

const segment = (type, action) => (start_ms, end_ms) => ({
  start_ms,
  end_ms,
  type,
  confidence: 0.9,
  level_db: -20,
  action,
  reason: type,
  reason_code: type,
  decided_by: "auto",
});

export const speech = segment("speech", "keep");
export const silence = segment("silence", "remove");
export const suggestion = segment("silence", "suggest_remove");
