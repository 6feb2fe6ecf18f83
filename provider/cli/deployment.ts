import { readFile } from "node:fs/promises";
import { isRecord } from "../gitlab/error-body.js";
import { invalid } from "../invalid-argument.js";
import { decodeText } from "./decode-text.js";

export type JsonRecord = Readonly<Record<string, unknown>>;

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A field of a resource that is a text; an empty one counts as missing. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The records of a list. A missing list is empty. */
export function recordsOf(list: unknown = []): JsonRecord[] | undefined {
  return Array.isArray(list) ? list.filter(isRecord) : undefined;
}

/** The deployment in an export, in a backend's own file of a stack (a checkpoint), or alone. */
export function deploymentOf(text: string): JsonRecord | undefined {
  const json = parsed(text);
  if (!isRecord(json)) return undefined;
  if (isRecord(json["deployment"])) return json["deployment"];
  if (isRecord(json["checkpoint"])) {
    // A stack without resources has no latest deployment.
    return isRecord(json["checkpoint"]["latest"]) ? json["checkpoint"]["latest"] : {};
  }
  return isRecord(json["manifest"]) && "resources" in json ? json : undefined;
}

/** The text of a `--state` file. */
export async function readState(file: string): Promise<string> {
  try {
    return textOf(await readFile(file));
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw invalid(
      `--state ${file} cannot be read (${reason}); wanted: a file that pulumi stack export wrote, or --stack NAME`,
    );
  }
}

/** Empty for a file that starts like gzip and cannot be decompressed. */
function textOf(bytes: Buffer): string {
  try {
    return decodeText(bytes);
  } catch {
    return "";
  }
}
