/** Answers, for words and texts on standard input, where a page finds the texts. */

import { readFileSync } from "node:fs";

import { plainText, search } from "../../static/js/review/transcript.js";

/** @type {{words: string[], text: string}[]} */
const questions = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(questions.map(({ words, text }) => search(words.map(plainText), text))));
