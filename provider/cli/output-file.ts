import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { invalid } from "../invalid-argument.js";
import { errorCode } from "./input-file.js";

/** A file that a command writes at its end. */
export interface OutputFile {
  /** Replaces the file in one step: a reader sees the old text or the new one, never a part. */
  write(text: string): Promise<void>;
}

/**
 * Checks that a file can be written, before the command sends a request.
 *
 * @param option as the user wrote it, for the message: `--output report.html`
 * @param mode of the file; @default that of the file before, or the system's usual one
 */
export async function openOutput(option: string, file: string, mode?: number): Promise<OutputFile> {
  const output = await namingOption(option, () => opened(file, mode));
  return { write: (text) => namingOption(option, () => output.write(text)) };
}

/** Names the option in the error of a file that cannot be written, which a full disk causes at the end only. */
export async function namingOption<Result>(option: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const reason = errorCode(error);
    const wanted = /^(ENOSPC|EDQUOT)$/.test(reason)
      ? "a disk with free space"
      : "a file in a folder that exists and can be written";
    throw invalid(`${option} cannot be written (${reason}); wanted: ${wanted}`);
  }
}

async function opened(file: string, mode: number | undefined): Promise<OutputFile> {
  const before = await stat(file).catch(whereMissing);
  if (before?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
  if (before !== undefined) await access(file, constants.W_OK);
  // A device or a pipe cannot be replaced.
  if (before !== undefined && !before.isFile()) return inPlace(file, mode);
  const path = before === undefined ? resolve(file) : await realpath(file);
  const beside = () => join(dirname(path), `.${randomUUID()}.tmp`);
  try {
    await probe(beside());
  } catch (error) {
    if (before === undefined) throw error;
    return inPlace(path, mode);
  }
  return { write: (text) => replace(path, beside(), text, mode ?? before?.mode) };
}

function whereMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function inPlace(path: string, mode: number | undefined): OutputFile {
  return {
    write: async (text) => {
      // An existing file keeps its mode, unless it is changed before the first secret is in it.
      if (mode !== undefined && (await stat(path)).isFile()) await chmod(path, mode);
      await writeFile(path, text, { mode });
    },
  };
}

/** Only a file that was made shows that files can be made there: rights say nothing of a read-only disk. */
async function probe(path: string): Promise<void> {
  await writeFile(path, "", { flag: "wx" });
  await rm(path);
}

async function replace(path: string, beside: string, text: string, mode: number | undefined): Promise<void> {
  try {
    await writeFile(beside, text, { flag: "wx", mode });
    // Whatever the umask took away.
    if (mode !== undefined) await chmod(beside, mode & 0o7777);
    await rename(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}
