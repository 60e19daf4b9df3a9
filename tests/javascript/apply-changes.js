/** Answers, for cases on standard input, what a page makes of segments and changes. */

import { readFileSync } from "node:fs";

import { applyDecisions, mergeDecisions, summarise } from "../../static/js/review/decisions.js";

const answers = JSON.parse(readFileSync(0, "utf8")).map(({ automatic, changes }) => {
  const reviewed = applyDecisions(automatic, mergeDecisions([], changes));
  return { reviewed, summary: summarise(reviewed) };
});
console.log(JSON.stringify(answers));
