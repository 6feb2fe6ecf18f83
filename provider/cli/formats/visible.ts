/** Characters without a glyph of their own: controls, turns of the direction of writing, blanks that are not a space. */
const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** A text of GitLab or a state for a reader, with the code point of each invisible character: `[U+202E]`. */
export function visible(text: string): string {
  return text.replace(invisible, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `[U+${code.padStart(4, "0")}]`;
  });
}
