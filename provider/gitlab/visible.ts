/** Escapes what is invisible, turns the direction of writing, or ends a line: for a message or a string literal. */
export function escapeInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/** JSON for a file or a terminal: the same value, with nothing in it that a reader cannot see. */
export function visibleJson(value: unknown): string {
  const lines = JSON.stringify(value, null, 2).split("\n");
  return lines.map((line) => `${escapeInvisible(line)}\n`).join("");
}
