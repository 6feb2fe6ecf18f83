import { createRequire } from "node:module";

/** The maximum number of edits between a word and its misspelling. */
const mostEdits = 2;

/**
 * The known word that a given one probably means: the same letters but for case, `_` and `-`, or at most two edits away.
 * The library is loaded only when a word is unknown.
 */
export function suggest(given: string, known: readonly string[]): string | undefined {
  const word = lettersOf(given);
  const same = known.find((each) => lettersOf(each) === word);
  if (same !== undefined) return same;
  const { distance } = createRequire(__filename)(
    "fastest-levenshtein",
  ) as typeof import("fastest-levenshtein");
  const ranked = known
    .map((each) => ({ each, edits: Math.min(distance(word, lettersOf(each)), distance(given, each)) }))
    .sort((a, b) => a.edits - b.edits);
  const [nearest] = ranked;
  return nearest !== undefined && nearest.edits <= mostEdits ? nearest.each : undefined;
}

function lettersOf(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, "");
}
