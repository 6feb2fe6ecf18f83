import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { runOrThrow } from "../engine/command.js";

const root = resolve(__dirname, "..", "..");

export const documentFile = join(root, "docs", "performance.md");

/** The circumstances of a figure: Node.js, the machine and the day. */
export function machine(): string {
  const day = new Date().toISOString().slice(0, 10);
  return `Node.js ${process.versions.node}, ${cpus().length} cores, the emulator of GitLab on the same machine, ${day}.`;
}

/** Replaces what a command wrote between its marks. The sections of other commands stay. */
export function withSection(text: string, command: string, section: string): string {
  const begin = `<!-- ${command} -->`;
  const end = "<!-- end -->";
  const at = text.indexOf(`${begin}\n`);
  const to = text.indexOf(end, at);
  if (at < 0 || to < 0) throw new Error(`the document has no lines ${begin} and ${end}`);
  return `${text.slice(0, at)}${begin}\n\n${section.trim()}\n\n${text.slice(to)}`;
}

/** Fails before an hour of measuring, not after it, if the document has no section of this command. */
export function assertSection(command: string): void {
  withSection(readFileSync(documentFile, "utf8"), command, "");
}

export async function writeSection(command: string, section: string): Promise<void> {
  const text = withSection(readFileSync(documentFile, "utf8"), command, section);
  const biome = ["biome", "format", `--stdin-file-path=${documentFile}`];
  const { stdout } = await runOrThrow("npx", biome, { cwd: root, input: text });
  writeFileSync(documentFile, stdout);
}
