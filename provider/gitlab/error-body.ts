import { redact } from "./redact.js";

/** The body of a response without success. */
export interface ErrorBody {
  /** GitLab's message in one line; undefined if the response is not GitLab's JSON. */
  readonly gitlabMessage: string | undefined;
  /** `{"error": …}`: answered before GitLab looked at the project or group. */
  readonly shape: "message" | "error" | "oauth" | "text";
  readonly oauthCode: string | undefined;
}

const longest = 500;

/**
 * GitLab's three error shapes, `{"message"}`, `{"error"}` and `{"error", "error_description"}`, and everything
 * else as text.
 *
 * @see https://docs.gitlab.com/api/rest/troubleshooting/
 */
export function parseErrorBody(body: unknown): ErrorBody {
  const json = parseJson(body);
  if (!isRecord(json)) return { gitlabMessage: undefined, shape: "text", oauthCode: undefined };
  const { message, error, error_description: description } = json;
  if (typeof error === "string" && typeof description === "string") {
    const isNamed = error !== "dpop_error" || /dpop/i.test(description);
    const text = isNamed ? description : `DPoP: ${description}`;
    return { gitlabMessage: line(text), shape: "oauth", oauthCode: error };
  }
  if (message !== undefined) return { gitlabMessage: line(message), shape: "message", oauthCode: undefined };
  if (error !== undefined) return { gitlabMessage: line(error), shape: "error", oauthCode: undefined };
  return { gitlabMessage: undefined, shape: "text", oauthCode: undefined };
}

/** The JSON value of a body, or undefined: no body of GitLab's is the bare value `undefined`. */
export function parseJson(body: unknown): unknown {
  if (typeof body !== "string") return undefined;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function line(value: unknown): string {
  // Before anything is cut or collapsed: what is left of a credential would not be found.
  const text = redact(typeof value === "string" ? value : JSON.stringify(value));
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > longest ? `${flat.slice(0, longest)}…` : flat;
}
