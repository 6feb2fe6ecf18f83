import { stripVTControlCharacters } from "node:util";

/** The form of a deploy token since GitLab 16.7. An instance may add a prefix. */
const tokenPattern = /(?:(?<![A-Za-z0-9])[A-Za-z0-9]+-)?gldt-[A-Za-z0-9_-]{8,}/g;

/** The minimum length of a value: shorter ones could be part of any text. */
const shortest = 8;

/** The maximum depth of nested encodings, such as percent-encoded base64 inside JSON. */
const depth = 4;

interface Finding {
  /** The known values in the text. */
  readonly found: ReadonlySet<string>;
  /** Values of deploy tokens in the text that no given stack has. */
  readonly others: readonly string[];
}

/**
 * Looks for deploy tokens in a text as it was found: a value alone or in quotes, an assignment, a URL, a configuration
 * file, encoded by JSON, percent signs or base64. `undefined`: the text has nothing that is certainly a token's value.
 */
export function findTokens(text: string, known: ReadonlySet<string>): Finding | undefined {
  const texts = decodedForms(text);
  const found = new Set([...known].filter((value) => value.length >= shortest && isIn(texts, value)));
  const named = new Set(texts.flatMap((each) => each.match(tokenPattern) ?? []));
  const alone = text.trim();
  // Before 16.7 a value has no prefix, so it must be the whole text.
  if (/^[A-Za-z0-9_-]{8,}$/.test(alone)) named.add(alone);
  const others = [...named].filter(
    (value) => ![...found].some((each) => each === value || value.includes(each)),
  );
  return found.size + others.length === 0 ? undefined : { found, others };
}

function isIn(texts: readonly string[], value: string): boolean {
  // GitLab's prefix begins a value by itself, whatever stands before it.
  const hasPrefix = value.includes("gldt-");
  const isPart = (character: string | undefined) => character !== undefined && /[A-Za-z0-9_]/.test(character);
  return texts.some((text) => {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
      if ((hasPrefix || !isPart(text[at - 1])) && !isPart(text[at + value.length])) return true;
    }
    return false;
  });
}

/** The text and its decoded forms. */
function decodedForms(text: string): string[] {
  // Logs of CI jobs are coloured, and a colour may begin in the middle of a word.
  const plain = stripVTControlCharacters(text);
  const all = new Set([plain]);
  let last = [plain];
  for (let round = 0; round < depth && last.length > 0; round++) {
    const next = last.flatMap((each) => [withoutBreaks(each), percent(each), escapes(each), ...base64(each)]);
    last = [...new Set(next)].filter((each) => each !== "" && !all.has(each));
    for (const each of last) all.add(each);
  }
  return [...all];
}

/** Joins wrapped lines, with or without a backslash. */
function withoutBreaks(text: string): string {
  return text.replace(/\\?\r?\n[ \t]*/g, "");
}

function percent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Escapes of JSON, JavaScript and shells. */
function escapes(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi, (_, four?: string, two?: string) =>
      String.fromCharCode(Number.parseInt(four ?? two ?? "", 16)),
    )
    .replace(/\\([^ntr])/g, "$1")
    .replace(/\\[ntr]/g, "\n");
}

/**
 * What base64 in the text may say, in either alphabet. A path or a name before the base64 shifts it, and all its
 * characters may be of the alphabet: each shift is tried, and each part between slashes by itself.
 */
function base64(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9+/_-]{11,}/g) ?? [];
  return runs.flatMap((run) => {
    const parts = run.split("/").filter((part) => part.length >= 11 && part !== run);
    return [...[0, 1, 2, 3].map((shift) => run.slice(shift)), ...parts].flatMap(readableParts);
  });
}

/** The parts that are text. UTF-16 of ASCII has a zero in each pair of bytes. */
function readableParts(encoded: string): string[] {
  const text = Buffer.from(encoded, "base64").toString("latin1").replaceAll("\0", "");
  return text.match(/[\t\r\n\x20-\x7e]{8,}/g) ?? [];
}
