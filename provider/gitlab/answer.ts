/** GitLab's words in an answer that is not a success. */
export interface Refusal {
  /** What GitLab said, in one line; undefined where the answer is not GitLab's JSON. */
  readonly words: string | undefined;
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
export function parseRefusal(body: unknown): Refusal {
  const json = parseJson(body);
  if (!isRecord(json)) return { words: undefined, shape: "text", oauthCode: undefined };
  const { message, error, error_description: description } = json;
  if (typeof error === "string" && typeof description === "string") {
    return { words: line(description), shape: "oauth", oauthCode: error };
  }
  if (message !== undefined) return { words: line(message), shape: "message", oauthCode: undefined };
  if (error !== undefined) return { words: line(error), shape: "error", oauthCode: undefined };
  return { words: undefined, shape: "text", oauthCode: undefined };
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
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > longest ? `${flat.slice(0, longest)}…` : flat;
}
