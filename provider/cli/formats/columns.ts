const gap = "  ";

/** No column gets narrower: a narrower terminal breaks the lines itself. */
const narrowest = 8;

/** Rows in aligned columns. Where they are wider than the terminal, the widest cells go on in further lines. */
export function alignColumns(rows: readonly (readonly string[])[], columns?: number): string {
  // Not by spreading: a large instance has more rows than a function may have arguments.
  const natural = (rows[0] ?? []).map((_, column) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[column] ?? "")), 0),
  );
  // A terminal without a size, as in some containers, has 0 columns.
  const widths = columns ? fitted(natural, columns) : natural;
  return rows
    .flatMap((row) => {
      const cells = row.map((cell, column) => wrapped(cell, widths[column] ?? 0));
      const height = Math.max(...cells.map((parts) => parts.length));
      return Array.from({ length: height }, (_, line) =>
        cells
          .map((parts, column) => padded(parts[line] ?? "", widths[column] ?? 0))
          .join(gap)
          .trimEnd(),
      );
    })
    .join("\n");
}

/** Cuts the widest columns to one common width, the largest that fits. */
function fitted(natural: readonly number[], columns: number): number[] {
  const cut = (limit: number) => natural.map((width) => Math.min(width, limit));
  const total = (widths: readonly number[]) =>
    widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
  let limit = Math.max(0, ...natural);
  while (limit > narrowest && total(cut(limit)) > columns) limit--;
  const rest = Math.max(0, columns - total(cut(limit)));
  // What is left after the division goes to the last column that was cut.
  const last = natural.findLastIndex((width) => width > limit);
  return cut(limit).map((width, column) =>
    column === last ? Math.min(natural[column] ?? 0, width + rest) : width,
  );
}

/** The parts of a cell, broken behind a separator where there is one. */
function wrapped(text: string, width: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (widthOf(rest) > width) {
    const most = fittingPart(rest, width);
    const broken = /^(.*[\s,/_-])[^\s,/_-]*$/s.exec(most)?.[1] ?? most;
    parts.push(broken);
    rest = rest.slice(broken.length);
  }
  return [...parts, rest];
}

/** The longest start of the text that fits, at least one character. */
function fittingPart(text: string, width: number): string {
  let part = "";
  for (const character of text) {
    if (part !== "" && widthOf(part + character) > width) break;
    part += character;
  }
  return part;
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu;
const withoutWidth = /\p{M}/gu;

/** How many columns of a terminal a text takes: two for a character of East Asian width, none for an accent. */
function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  const characters = [...text.replace(withoutWidth, "")].length;
  return characters + (text.match(wide)?.length ?? 0);
}
