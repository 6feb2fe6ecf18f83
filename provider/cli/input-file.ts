import { readFile } from "node:fs/promises";
import { invalid } from "../invalid-argument.js";
import { decodeText } from "./decode-text.js";

/**
 * The text of a file that an option names. It is empty for a file that starts like gzip and cannot be decompressed.
 *
 * @param wanted what the file should be, for the message if it cannot be read
 */
export async function readText(option: string, file: string, wanted: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw invalid(`${option} ${file} cannot be read (${errorCode(error)}); wanted: ${wanted}`);
  });
  try {
    return decodeText(bytes);
  } catch {
    return "";
  }
}

/** The system's code of an error, such as `ENOENT`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
