/** A request as it arrived; without credentials. */
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
  /** Undefined until it is answered, and where the answer was lost. */
  status: number | undefined;
}

const secretHeaders = new Set(["authorization", "private-token", "job-token", "cookie"]);
const secretParameters = /\b(private_token|access_token|job_token)=[^&\s"]*/g;

export function logged(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  user: string | undefined,
): LoggedRequest {
  const clean = Object.entries(headers).map(([name, value]) => [
    name,
    secretHeaders.has(name) ? "[secret]" : value,
  ]);
  return {
    method,
    path: path.replace(secretParameters, "$1=[secret]"),
    user,
    headers: Object.fromEntries(clean) as Record<string, string>,
    body: parse(body.replace(secretParameters, "$1=[secret]")),
    status: undefined,
  };
}

function parse(body: string): unknown {
  if (body === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
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

  /** The first request that fits, among those that arrived already or the next to come. */
  waitFor(fits: (request: LoggedRequest) => boolean): Promise<LoggedRequest> {
    const earlier = this.entries.find(fits);
    if (earlier !== undefined) return Promise.resolve(earlier);
    return new Promise((found) => this.waiting.push({ fits, found }));
  }

  clear(): void {
    this.entries.length = 0;
  }
}
