import { ApiError, grapeError, message } from "./api-error.js";
import type { Modes } from "./modes.js";
import { fromForm } from "./parameters.js";
import type { Profile } from "./profiles.js";
import type { RequestTarget } from "./request-target.js";

/** A request before it is routed. */
export interface UnroutedRequest {
  readonly method: string;
  readonly target: RequestTarget;
  /** The target as the client sent it. */
  readonly sent: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** GitLab's middlewares before the rate limit, in its order. */
export function beforeRateLimit(request: UnroutedRequest, modes: Modes): ApiError | undefined {
  return refusedWrite(request, modes) ?? malformedStrings(request) ?? tooDeep(request);
}

/** Maintenance mode and a read-only instance refuse writes to the API. */
function refusedWrite({ method, target, headers }: UnroutedRequest, modes: Modes): ApiError | undefined {
  const isWrite = !["GET", "HEAD", "OPTIONS"].includes(method);
  if (!isWrite || !target.path.startsWith("/api/v4/")) return undefined;
  const refusal = modes.maintenance
    ? message(503, "GitLab Maintenance: system is in maintenance mode")
    : modes.readOnly
      ? message(403, "You cannot perform write operations on a read-only instance")
      : undefined;
  if (refusal === undefined || mediaType(headers) === "application/json") return refusal;
  // Everything else is redirected to the page that a browser came from.
  const location = headers["referer"] ?? `http://${headers["host"] ?? "127.0.0.1"}/`;
  return new ApiError(301, "", { location });
}

const badRequest = () => new ApiError(400, "Bad Request", { "content-type": "text/plain" });

/** NUL, invalid UTF-8 and bad percent signs, in path, query and body. */
function malformedStrings({ sent, headers, body }: UnroutedRequest): ApiError | undefined {
  if (isMalformed(Buffer.from(sent, "latin1"), true)) return badRequest();
  const type = mediaType(headers);
  const isForm = type === "application/x-www-form-urlencoded";
  if (!isForm && type !== "application/json") return undefined;
  if (isMalformed(body, isForm)) return badRequest();
  return isForm || !holdsNul(parseJson(body)) ? undefined : badRequest();
}

function isMalformed(bytes: Buffer, percent: boolean): boolean {
  const text = bytes.toString("latin1");
  if (percent && /%(?![0-9a-f]{2})/i.test(text)) return true;
  const decoded = percent
    ? text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
  if (decoded.includes("\0")) return true;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(decoded, "latin1"));
    return false;
  } catch {
    return true;
  }
}

function holdsNul(value: unknown): boolean {
  if (typeof value === "string") return value.includes("\0");
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key.includes("\0") || holdsNul(inner));
}

const mostSlashes = 50;

function tooDeep({ sent }: UnroutedRequest): ApiError | undefined {
  const [path = ""] = sent.split("?");
  if (path.split("/").length - 1 <= mostSlashes) return undefined;
  return new ApiError(414, "Request-URI Too Large: path exceeds maximum depth", {
    "content-type": "text/plain",
  });
}

const mostNested = 32;

/** GitLab's middleware between the rate limit and the routes: it refuses JSON that cannot be parsed, of any method. */
export function afterRateLimit({ headers, body }: UnroutedRequest, profile: Profile): ApiError | undefined {
  if (body.length === 0) return undefined;
  const type = mediaType(headers);
  if (type === undefined) return untyped(body, headers, profile);
  if (type !== "application/json") return undefined;
  const value = parseJson(body);
  if (value === undefined) return unreadable(headers, profile);
  const nested = profile.validatesJson && depth(value) > mostNested;
  return nested ? grapeError(400, "Parameters nested too deeply") : undefined;
}

/** Without a content type, GitLab treats a form as broken JSON, and JSON as an unknown type. */
function untyped(body: Buffer, headers: UnroutedRequest["headers"], profile: Profile): ApiError {
  const isForm = parseJson(body) === undefined && Object.keys(fromForm(body.toString())).length > 0;
  return isForm
    ? unreadable(headers, profile)
    : grapeError(415, "The provided content-type '' is not supported.");
}

function unreadable(headers: UnroutedRequest["headers"], { validatesJson }: Profile): ApiError {
  if (validatesJson) return grapeError(400, "Invalid JSON format");
  if (!headers["accept"]?.includes("text/html"))
    return new ApiError(400, { status: 400, error: "Bad Request" });
  return new ApiError(400, "<!DOCTYPE html><title>400 Bad Request</title>\n", {
    "content-type": "text/html",
  });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}

function depth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}

/** Undefined: the client sent none. */
function mediaType(headers: Readonly<Record<string, string>>): string | undefined {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type === "" ? undefined : type;
}
