import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { runOrThrow } from "../engine/command.js";

const root = resolve(__dirname, "..", "..");

/** Writes a command's section of docs/performance.md between its marks, so that what other commands wrote stays. */
export async function writeSection(command: string, table: string): Promise<void> {
  const file = join(root, "docs", "performance.md");
  const [begin, end] = [`<!-- ${command} -->`, "<!-- end -->"];
  const machine = `Node.js ${process.versions.node}, ${cpus().length} cores, the stand-in for GitLab on the same machine, ${new Date().toISOString().slice(0, 10)}.`;
  const text = readFileSync(file, "utf8");
  const at = text.indexOf(begin);
  if (at < 0) throw new Error(`${file} has no line ${begin}`);
  const after = text.slice(text.indexOf(end, at));
  writeFileSync(file, `${text.slice(0, at)}${begin}\n\n${table}\n\n${machine}\n\n${after}`);
  await runOrThrow("npx", ["biome", "format", "--write", file], { cwd: root });
}
