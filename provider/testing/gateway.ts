import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { commonHeaders } from "./application.js";
import { credentialOf } from "./authentication.js";
import { type Answer, headersOf, pause, readBody, send, sendFault, toAnswer, toRequest } from "./exchange.js";
import type { Fault, Faults } from "./faults.js";
import type { RateLimit } from "./rate-limit.js";
import { type LoggedRequest, logged, type RequestLog } from "./request-log.js";
import type { Store } from "./store.js";

/** What stands between the socket and GitLab's API. */
export interface Gateway {
  readonly store: () => Store;
  readonly answer: (request: Request) => Response | Promise<Response>;
  readonly now: () => Date;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly rateLimit: RateLimit | undefined;
  readonly latency: number;
  /** Aborted when the emulator closes, so that no timer outlives it. */
  readonly closing: AbortSignal;
}

/** Each request: into the log, then latency and faults, then the rate limit, then the API. */
export function gateway(parts: Gateway): RequestListener {
  return (incoming, outgoing) => {
    handle(parts, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function handle(parts: Gateway, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { log, faults, latency, closing } = parts;
  const body = await readBody(incoming);
  const headers = headersOf(incoming);
  const entry = logRequest(parts, incoming, headers, body.toString("utf8"));
  log.add(entry);
  if (latency > 0) await pause(latency, closing);
  const rule = faults.take(entry.method, entry.path);
  if (rule === undefined) {
    const answer = await answerOf(parts, incoming, headers, body, entry);
    entry.status = answer.status;
    return send(outgoing, answer);
  }
  const { fault, when = "before" } = rule;
  if (when === "before" && isInstead(fault)) {
    entry.status = fault.kind === "respond" ? fault.status : undefined;
    return sendFault(outgoing, fault, { status: 0, headers: {}, body: Buffer.alloc(0) }, closing);
  }
  if (when === "before" && fault.kind === "wait") await fault.until;
  if (when === "before" && fault.kind === "delay") await pause(fault.ms, closing);
  const answer = await answerOf(parts, incoming, headers, body, entry);
  entry.status = statusSent(fault, answer);
  const done = when === "before" && (fault.kind === "wait" || fault.kind === "delay");
  return done ? send(outgoing, answer) : sendFault(outgoing, fault, answer, closing);
}

/** Faults that leave GitLab out when they come before it. */
function isInstead(fault: Fault): boolean {
  return fault.kind === "reset" || fault.kind === "hang" || fault.kind === "respond";
}

function statusSent(fault: Fault, answer: Answer): number | undefined {
  if (fault.kind === "reset" || fault.kind === "hang") return undefined;
  return fault.kind === "respond" ? fault.status : answer.status;
}

function logRequest(
  { store, now }: Gateway,
  incoming: IncomingMessage,
  headers: Readonly<Record<string, string>>,
  body: string,
): LoggedRequest {
  const { accessTokens, deployTokens } = store();
  const path = incoming.url ?? "";
  const query = Object.fromEntries(new URLSearchParams(path.slice(path.indexOf("?") + 1)));
  const credential = credentialOf((name) => headers[name], query);
  const user = accessTokens.get(credential?.value ?? "")?.user.username;
  const secrets = [...accessTokens.keys(), ...[...deployTokens.values()].map(({ token }) => token)];
  return logged({ method: incoming.method ?? "", path, headers, body }, user, now(), secrets);
}

async function answerOf(
  { rateLimit, answer }: Gateway,
  incoming: IncomingMessage,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  { user }: LoggedRequest,
): Promise<Answer> {
  // Real time, whatever the emulator's clock says: the client's waiting is real too.
  const count = rateLimit?.count(user, Date.now());
  if (count?.refused) {
    const plain = { "content-type": "text/plain", ...count.headers };
    return { status: 429, headers: plain, body: Buffer.from("Retry later\n") };
  }
  const given = await toAnswer(await answer(toRequest(incoming, headers, body)));
  return { ...given, headers: { ...commonHeaders(), ...count?.headers, ...given.headers } };
}
