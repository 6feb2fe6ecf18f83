import type { HonoRequest } from "hono";
import { grapeError, message } from "./api-error.js";

export type Parameters = Readonly<Record<string, unknown>>;

/** Query and body of a request as Grape merges them. */
export async function readParameters(request: HonoRequest): Promise<Parameters> {
  const query = fromForm(new URL(request.url).search.slice(1));
  if (request.method === "GET" || request.method === "HEAD") return query;
  return { ...query, ...(await readBody(request)) };
}

/** middlewares.ts refuses a body without a content type, and JSON that cannot be parsed. */
async function readBody(request: HonoRequest): Promise<Parameters> {
  const body = await request.text();
  if (body === "") return {};
  const header = request.header("content-type") ?? "";
  const [type = ""] = header.split(";");
  switch (type.trim().toLowerCase()) {
    case "application/json": {
      const value: unknown = JSON.parse(body);
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as Parameters)
        : {};
    }
    case "application/x-www-form-urlencoded":
      return fromForm(body);
    case "multipart/form-data":
      return fromPairs(await formData(body, header));
    default:
      throw grapeError(415, `The provided content-type '${type.trim()}' is not supported.`);
  }
}

async function formData(body: string, contentType: string): Promise<[string, string][]> {
  try {
    const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
    return [...form.entries()].map(([key, value]) => [key, String(value)]);
  } catch {
    throw message(400, "400 Bad Request");
  }
}

/** A query or form: a key without an equals sign has no value, as in Rack. */
export function fromForm(text: string): Parameters {
  const decode = (part: string) => decodeURIComponent(part.replaceAll("+", " "));
  const pairs = text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): [string, string | null] => {
      const equals = pair.indexOf("=");
      return equals < 0
        ? [decode(pair), null]
        : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
    });
  return fromPairs(pairs);
}

/** As Rack reads them: `scopes[]=a&scopes[]=b` is a list, `scopes[0]=a` an object. */
function fromPairs(pairs: Iterable<[string, string | null]>): Parameters {
  const result: Record<string, unknown> = {};
  for (const [key, value] of pairs) {
    const [, name = key, inner] = /^([^[]+)\[([^\]]*)\]/.exec(key) ?? [];
    const before = result[name];
    if (inner === undefined) result[name] = value;
    else if (inner === "") result[name] = [...(Array.isArray(before) ? before : []), value];
    else result[name] = { ...(typeof before === "object" ? before : {}), [inner]: value };
  }
  return result;
}

/** The texts that dry-types reads as booleans. */
const booleans = new Map([
  ...["1", "t", "T", "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map(
    (text) => [text, true] as const,
  ),
  ...["0", "f", "F", "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"].map(
    (text) => [text, false] as const,
  ),
]);

/** Reads parameters one after the other and refuses all invalid ones in one response, as Grape does. */
export class ParameterReader {
  private readonly problems: string[] = [];

  constructor(private readonly parameters: Parameters) {}

  /** Undefined if it is absent or empty. */
  boolean(name: string): boolean | undefined {
    return this.read(name, (value) => (typeof value === "object" ? undefined : booleans.get(String(value))));
  }

  /** Undefined if it is absent or empty. */
  integer(name: string): number | undefined {
    return this.read(name, (value) => (typeof value === "object" ? undefined : toInteger(String(value))));
  }

  /** Adds a problem, in the order of the parameters. */
  refuse(problem: string): void {
    this.problems.push(problem);
  }

  /** Throws if there was a problem. */
  finish(): void {
    if (this.problems.length > 0) throw grapeError(400, this.problems.join(", "));
  }

  private read<T>(name: string, coerce: (value: unknown) => T | undefined): T | undefined {
    const value = this.parameters[name];
    if (value === undefined || value === null || value === "") return undefined;
    const coerced = coerce(value);
    if (coerced === undefined) this.refuse(`${name} is invalid`);
    return coerced;
  }
}

/** Ruby's `Integer(text, 10)`: a sign, blanks around it and single underscores between digits are fine. */
export function toInteger(text: string): number | undefined {
  const trimmed = text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, "");
  return /^[+-]?\d+(?:_\d+)*$/.test(trimmed) ? Number(trimmed.replaceAll("_", "")) : undefined;
}

/** Reads parameters that GitLab refuses by themselves. */
export function readAlone<T>(parameters: Parameters, read: (reader: ParameterReader) => T): T {
  const reader = new ParameterReader(parameters);
  const value = read(reader);
  reader.finish();
  return value;
}

export function readBoolean(parameters: Parameters, name: string): boolean | undefined {
  return readAlone(parameters, (reader) => reader.boolean(name));
}

export function readInteger(parameters: Parameters, name: string): number | undefined {
  return readAlone(parameters, (reader) => reader.integer(name));
}
