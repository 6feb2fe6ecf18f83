/** A request as it arrived, without credentials. */
export interface LoggedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  /** Undefined for an anonymous one. */
  readonly user: string | undefined;
  /** Lower-case names; the values of credentials are "[secret]". */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON of the body, or its text. */
  readonly body: unknown;
  /** When it arrived, by the emulator's clock. */
  readonly at: Date;
  /** The status that the client got. Undefined before the response, and if the response was lost. */
  status: number | undefined;
}

const secretHeaders = new Set([
  "authorization",
  "cookie",
  "deploy-token",
  "job-token",
  "private-token",
  "proxy-authorization",
]);
const secretParameters = /\b(private_token|access_token|bearer_token|job_token)=[^&\s"]*/g;
const secretKeys = new Set(["private_token", "access_token", "bearer_token", "job_token"]);

/** GitLab's own prefixes of tokens, also of a token in the wrong place. */
const tokens = /\bgl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|rtr|soat)-[\w-]{8,}/g;
/** A shorter value of a test's seed would remove ordinary words from the log. */
const shortestSecret = 12;

interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param secrets values that must not be in the log, of tokens without a prefix too */
export function logged(
  { method, path, headers, body }: Arrived,
  user: string | undefined,
  at: Date,
  secrets: Iterable<string>,
): LoggedRequest {
  const texts = [path, body, ...Object.values(headers)];
  const known = [...secrets].filter(
    (secret) => secret.length >= shortestSecret && texts.some((text) => text.includes(secret)),
  );
  const clean = (text: string): string => {
    const plain = text.replace(secretParameters, "$1=[secret]").replace(tokens, "[secret]");
    return known.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), plain);
  };
  const cleanHeaders = Object.entries(headers).map(([name, value]) => [
    name,
    secretHeaders.has(name) ? "[secret]" : clean(value),
  ]);
  return {
    method,
    path: clean(path),
    user,
    headers: Object.fromEntries(cleanHeaders) as Record<string, string>,
    body: parse(body, clean),
    at,
    status: undefined,
  };
}

function parse(body: string, clean: (text: string) => string): unknown {
  if (body === "") return undefined;
  try {
    return JSON.parse(body, (key, value: unknown) => {
      if (secretKeys.has(key)) return "[secret]";
      return typeof value === "string" ? clean(value) : value;
    });
  } catch {
    return clean(body);
  }
}

/** Requests in the order of their arrival. */
export class RequestLog {
  readonly entries: LoggedRequest[] = [];
  private readonly waiting: {
    fits: (request: LoggedRequest) => boolean;
    found: (request: LoggedRequest) => void;
  }[] = [];

  add(request: LoggedRequest): void {
    this.entries.push(request);
    for (const entry of this.waiting.filter(({ fits }) => fits(request))) {
      this.waiting.splice(this.waiting.indexOf(entry), 1);
      entry.found(request);
    }
  }

  /** The first matching request, among those that arrived already and later ones. */
  waitFor(fits: (request: LoggedRequest) => boolean): Promise<LoggedRequest> {
    const earlier = this.entries.find(fits);
    if (earlier !== undefined) return Promise.resolve(earlier);
    return new Promise((found) => this.waiting.push({ fits, found }));
  }

  clear(): void {
    this.entries.length = 0;
  }
}
