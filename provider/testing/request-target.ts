/** Path and query of a request line, as the client wrote them. */
export interface RequestTarget {
  /** One slash between segments, otherwise as sent. */
  readonly path: string;
  /** From the question mark on, or empty. */
  readonly search: string;
}

/** Splits the target of a request line. An absolute one (`GET http://host/path`) loses its origin. */
export function parseTarget(target: string): RequestTarget {
  const origin = /^https?:\/\/[^/?]*/i.exec(target)?.[0] ?? "";
  const relative = target.slice(origin.length);
  const question = relative.indexOf("?");
  const path = question < 0 ? relative : relative.slice(0, question);
  return {
    path: `/${path}`.replace(/\/{2,}/g, "/"),
    search: question < 0 ? "" : relative.slice(question),
  };
}

/**
 * The same path for the router, which parses URLs. Characters that a URL parser would resolve or drop are encoded.
 * Undefined if a segment is `.` or `..` in any encoding: no route has such a segment, and a parser would resolve it.
 */
export function routerPath({ path }: RequestTarget): string | undefined {
  const segments = path.split("/");
  if (segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) return undefined;
  return path.replace(/[^\x21-\x7e]|["#<>?\\^`{|}]/g, (character) => {
    const code = character.charCodeAt(0);
    return `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
  });
}
