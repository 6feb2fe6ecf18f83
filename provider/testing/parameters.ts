import type { HonoRequest } from "hono";
import { grapeError, message } from "./api-error.js";

export type Parameters = Readonly<Record<string, unknown>>;

const malformed =
  "\nProblem:\n  message body does not match declared format\nResolution:\n  when specifying application/json as content-type, you must pass valid application/json in the request's 'body' ";

/** Query and body of a request as Grape merges them. */
export async function readParameters(request: HonoRequest): Promise<Parameters> {
  const query = fromPairs(new URL(request.url).searchParams);
  if (request.method === "GET" || request.method === "HEAD") return query;
  return { ...query, ...(await readBody(request)) };
}

async function readBody(request: HonoRequest): Promise<Parameters> {
  const body = await request.text();
  if (body === "") return {};
  // Without a content type, Grape takes the body for its default format.
  const header = request.header("content-type") ?? "application/json";
  const [type = ""] = header.split(";");
  switch (type.trim().toLowerCase()) {
    case "application/json":
      return fromJson(body);
    case "application/x-www-form-urlencoded":
      return fromPairs(new URLSearchParams(body));
    case "multipart/form-data":
      return fromPairs(await formData(body, header));
    default:
      throw grapeError(415, `The provided content-type '${type.trim()}' is not supported.`);
  }
}

function fromJson(body: string): Parameters {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw grapeError(400, malformed);
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Parameters) : {};
}

async function formData(body: string, contentType: string): Promise<[string, string][]> {
  try {
    const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
    return [...form.entries()].map(([key, value]) => [key, String(value)]);
  } catch {
    throw message(400, "400 Bad Request");
  }
}

/** As Rack reads them: `scopes[]=a&scopes[]=b` is a list, `scopes[0]=a` an object. */
function fromPairs(pairs: Iterable<[string, string]>): Parameters {
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

/** dry-types' words for its booleans. */
const booleans = new Map([
  ...["1", "t", "T", "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map(
    (text) => [text, true] as const,
  ),
  ...["0", "f", "F", "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"].map(
    (text) => [text, false] as const,
  ),
]);

/** Undefined where it is left out or empty. */
export function readBoolean(parameters: Parameters, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || value === "") return undefined;
  const boolean = booleans.get(String(value));
  if (boolean === undefined) throw grapeError(400, `${name} is invalid`);
  return boolean;
}

export function readInteger(parameters: Parameters, name: string): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === "") return undefined;
  if (!/^-?\d+$/.test(String(value))) throw grapeError(400, `${name} is invalid`);
  return Number(value);
}
