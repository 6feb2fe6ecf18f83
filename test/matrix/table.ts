import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runOrThrow } from "../engine/command.js";
import type { Outcome } from "./attempt.js";
import { type Cell, everything, installations, variants } from "./cells.js";
import { nodes, tools } from "./tools.js";

const root = resolve(__dirname, "..", "..");
export const document = "docs/compatibility.md";
const [begin, end] = ["<!-- npm run test:matrix -->", "<!-- end -->"];

export type Outcomes = ReadonlyMap<string, Outcome>;

/** Both tables with their captions and notes. This run left out the cells without an outcome. */
export function render(outcomes: Outcomes, pulumi: string): string {
  const notes: string[] = [];
  const text = (cell: Cell | undefined): string => {
    if (cell === undefined) return "-";
    const outcome = outcomes.get(cell.name);
    if (outcome === undefined) return "not in this run";
    const picked = cell.sdk === undefined && outcome.sdk !== undefined ? ` (SDK ${outcome.sdk})` : "";
    if (outcome.note === undefined) return `${outcome.kind}${picked}`;
    if (!notes.includes(outcome.note)) notes.push(outcome.note);
    return `**${outcome.kind}** [${notes.indexOf(outcome.note) + 1}]`;
  };
  const kinds = [...outcomes.values()].map(({ kind }) => kind);
  const count = (kind: Outcome["kind"]) => kinds.filter((each) => each === kind).length;
  const left = everything().filter(({ name }) => !outcomes.has(name)).length;
  const tables = [installationTable(text), variantTable(text)];
  return [
    "### Node.js, `@pulumi/pulumi` and package manager, with a CommonJS program",
    "Every combination is a cell. A cell without a result is marked. The last row is the oldest Node.js that the package supports.",
    tables[0],
    "### Kinds of program, with npm and the newest `@pulumi/pulumi` of the first table",
    tables[1],
    ...(notes.length === 0 ? [] : [notes.map((note, index) => `${index + 1}. ${note}`).join("\n")]),
    `${count("works")} work, ${count("fails")} fail, ${count("untried")} untried, ${count("refused")} refused by Pulumi itself${left === 0 ? "" : `, ${left} not in this run`}. Pulumi CLI ${pulumi}, ${new Date().toISOString().slice(0, 10)}.`,
  ].join("\n\n");
}

function installationTable(text: (cell: Cell | undefined) => string): string {
  const cells = installations();
  const keys = [...new Set(cells.map(({ node, sdk }) => `${node.version} ${sdk}`))];
  const rows = keys.map((key) => {
    const [node = "", sdk = ""] = key.split(" ");
    const found = (manager: string) =>
      cells.find((cell) => cell.node.version === node && cell.sdk === sdk && cell.manager.name === manager);
    return [node, sdk, ...tools.map(({ name }) => text(found(name)))];
  });
  return table(["Node.js", "`@pulumi/pulumi`", ...tools.map(({ title }) => title)], rows);
}

function variantTable(text: (cell: Cell | undefined) => string): string {
  const cells = variants();
  const titles = [...new Set(cells.map(({ program }) => program.title))];
  const rows = titles.map((title) => [
    title,
    ...nodes.map((node) => text(cells.find((cell) => cell.program.title === title && cell.node === node))),
  ]);
  return table(["program", ...nodes.map(({ version }) => `Node.js ${version}`)], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (values: readonly string[]) => `| ${values.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Replaces the text between the document's marks. */
export async function write(text: string): Promise<void> {
  const file = join(root, document);
  const all = readFileSync(file, "utf8");
  const [from, to] = [all.indexOf(begin), all.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} must have the lines ${begin} and ${end}`);
  writeFileSync(file, `${all.slice(0, from)}${begin}\n\n${text}\n\n${all.slice(to)}`);
  await runOrThrow("npx", ["biome", "format", "--write", file], { cwd: root });
}
