import { isRecord } from "../gitlab/error-body.js";
import { readText } from "./input-file.js";

export type JsonRecord = Readonly<Record<string, unknown>>;

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Pulumi's mark of a secret in a state. */
export const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** Whether a field is a secret of an export without `--show-secrets`. */
export function isEncrypted(value: unknown): boolean {
  return isRecord(value) && "ciphertext" in value;
}

/** A field of a resource. `--show-secrets` writes that of a secret as JSON; an encrypted one is undefined. */
function readable(value: unknown): unknown {
  if (isEncrypted(value)) return undefined;
  return isRecord(value) && typeof value["plaintext"] === "string" ? parsed(value["plaintext"]) : value;
}

/** A field of a resource that is a text; an empty or encrypted one counts as missing. */
export function text(value: unknown): string | undefined {
  const plain = readable(value);
  return typeof plain === "string" && plain !== "" ? plain : undefined;
}

/** A field of a resource that is a list of texts. */
export function texts(value: unknown): string[] {
  const plain = readable(value);
  return Array.isArray(plain) ? plain.map(String) : [];
}

/** The outputs of a resource, or its inputs. */
export function fieldsOf(resource: JsonRecord, name: "inputs" | "outputs" = "outputs"): JsonRecord {
  const fields = resource[name];
  return isRecord(fields) ? fields : {};
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
export function readState(file: string): Promise<string> {
  return readText("--state", file, "a file that pulumi stack export wrote, or --stack NAME");
}
