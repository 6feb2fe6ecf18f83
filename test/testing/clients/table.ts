import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Outcome } from "./attempt.js";
import { type Trial, trials, untried } from "./trials.js";

export const document = resolve(__dirname, "..", "..", "..", "docs", "using-tokens.md");

const [begin, end] = ["<!-- clients: begin, by npm run docs:clients -->", "<!-- clients: end -->"];
const heads = ["format", "client", "seen with the token", "seen after it was revoked"];

/** The key of a row: a format and its client, without the tested version. */
export const titleOf = ({ format, client }: Pick<Trial, "format" | "client">) => `${format} ${client}`;

export interface Row {
  readonly version: string;
  readonly does: string;
  readonly refused: string;
}

/** The rows that the page shows, by format and client. */
export function rowsOf(text: string = readFileSync(document, "utf8")): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const line of between(text)
    .split("\n")
    .filter((each) => each.startsWith("| `"))) {
    const [format = "", client = "", does = "", refused = ""] = line
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim());
    const [, name = client, version = ""] = /^(.*?) (\d[\d.]*)$/.exec(client) ?? [];
    rows.set(`${format.replaceAll("`", "")} ${name}`, {
      version,
      does,
      refused: refused.replaceAll("`", ""),
    });
  }
  return rows;
}

/** Replaces the rows of the clients that were tried. The rows of clients that are not installed stay. */
export function written(text: string, seen: ReadonlyMap<string, Outcome>): string {
  const before = rowsOf(text);
  const tried = trials.map((trial) => {
    const title = titleOf(trial);
    const { version, does, refused } = seen.get(title) ??
      before.get(title) ?? { version: "", does: "untried", refused: "" };
    return [
      `\`${trial.format}\``,
      `${trial.client} ${version}`.trim(),
      does,
      refused === "" ? "" : `\`${refused}\``,
    ];
  });
  const rest = untried.map(({ format, client, why }) => [`\`${format}\``, client, `untried: ${why}`, ""]);
  const [from, to] = place(text);
  return `${text.slice(0, from)}${table([heads, ...tried, ...rest])}${text.slice(to)}`;
}

function between(text: string): string {
  return text.slice(...place(text));
}

function place(text: string): readonly [number, number] {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`${document} has no table of clients`);
  return [from + begin.length, to];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  const [first = [], ...others] = rows;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return `\n\n${[line(first), rule, ...others.map(line)].join("\n")}\n\n`;
}
