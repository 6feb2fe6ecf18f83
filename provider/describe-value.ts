import { redact } from "./gitlab/redact.js";
import { escapeInvisible } from "./gitlab/visible.js";

const longest = 200;

/** A text as a one-line literal: truncated if long, with control and invisible characters escaped. */
export function showText(text: string): string {
  const clean = redact(text);
  const cut = clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
  return escapeInvisible(JSON.stringify(cut));
}

/** Describes the value of an argument in one line, without the content of objects. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return showText(value);
  if (value === undefined || value === null || typeof value === "number" || typeof value === "boolean")
    return String(value);
  if (typeof value === "bigint") return `the bigint ${value}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  if (isOutput(value)) return "an Output";
  if (Array.isArray(value) || isPlain(value)) return describeJson(value);
  const { name } = value.constructor ?? {};
  return `a ${typeof name === "string" && name !== "" ? name : "object"}`;
}

function describeJson(value: object): string {
  const what = Array.isArray(value) ? "a list" : "an object";
  try {
    const json = JSON.stringify(value, (_key, each: unknown) =>
      typeof each === "bigint" || typeof each === "function" || isStrange(each) ? describeValue(each) : each,
    );
    const text = redact(json);
    return text.length > longest ? `${what} (${escapeInvisible(text.slice(0, 60))}…)` : escapeInvisible(text);
  } catch {
    return what;
  }
}

function isStrange(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isPlain(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

// Recognizes Outputs of any copy of the SDK without an import of Pulumi.
function isOutput(value: object): boolean {
  return "__pulumiOutput" in value;
}
