const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text, in an element or in a quoted attribute. What is invisible or turns the direction of writing is shown as such. */
export function escapeHtml(text: string): string {
  return text
    .replace(/\p{Cc}|\p{Cf}/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
