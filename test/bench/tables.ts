/** A table in Markdown. The first columns are text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const under = head.map((_, column) => (column < texts ? "---" : "---:"));
  return [head, under, ...rows].map(line).join("\n");
}

/** Three significant digits; a dash if it was not measured. */
export function seconds(value: number | undefined): string {
  if (value === undefined) return "–";
  return `${value.toFixed(value < 9.995 ? 2 : 1)} s`;
}

export function megabytes(value: number | undefined): string {
  return value === undefined || value === 0 ? "–" : `${value.toFixed(0)} MB`;
}

/** Bytes as kB or MB. */
export function size(bytes: number | undefined): string {
  if (bytes === undefined) return "–";
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
