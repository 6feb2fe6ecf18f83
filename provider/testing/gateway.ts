import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { notFound } from "./api-error.js";
import { commonHeaders, answer as toResponse } from "./application.js";
import { credentialOf } from "./authentication.js";
import type { Clock } from "./clock.js";
import {
  type Answer,
  type AnswerFault,
  headersOf,
  pause,
  readBody,
  send,
  sendFault,
  sendInstead,
  toAnswer,
  toRequest,
  waitFor,
} from "./exchange.js";
import type { ActiveFault, Fault, FaultRules, LostAnswer } from "./faults.js";
import { afterRateLimit, beforeRateLimit, type UnroutedRequest } from "./middlewares.js";
import type { Modes } from "./modes.js";
import type { Profile } from "./profiles.js";
import type { RateLimit } from "./rate-limit.js";
import type { LaggingReplica } from "./replica.js";
import { type LoggedRequest, logged, type RequestLog } from "./request-log.js";
import { parseTarget, routerPath } from "./request-target.js";
import type { Store } from "./store.js";

/** The parts between the socket and GitLab's API. */
export interface Gateway {
  /** The primary database. */
  readonly store: () => Store;
  readonly replica: LaggingReplica;
  readonly answer: (request: Request, store: Store) => Response | Promise<Response>;
  readonly clock: Clock;
  readonly log: RequestLog;
  readonly faults: FaultRules;
  readonly rateLimit: RateLimit | undefined;
  readonly modes: Modes;
  readonly profile: Profile;
  readonly latency: number;
  /** Aborted when the emulator closes, so that no timer outlives it. */
  readonly closing: AbortSignal;
}

/** A complete request, which GitLab may get now, later or twice. */
interface Arrival {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly entry: LoggedRequest;
}

const noAnswer: Answer = { status: 0, headers: {}, body: Buffer.alloc(0) };

/** The response of a proxy after its timeout. */
const gatewayTimeout: LostAnswer = {
  kind: "respond",
  status: 504,
  headers: { "content-type": "text/html" },
  body: "<html><head><title>504 Gateway Time-out</title></head><body>504 Gateway Time-out</body></html>\n",
};

/** Each request passes the log, then latency and faults, then the rate limit, then the API. */
export function gateway(parts: Gateway): RequestListener {
  return (incoming, outgoing) => {
    handle(parts, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function handle(parts: Gateway, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { log, faults, latency, closing, clock } = parts;
  const body = await readBody(incoming);
  const headers = headersOf(incoming);
  const entry = logRequest(parts, incoming, headers, body.toString("utf8"));
  const arrival: Arrival = { incoming, outgoing, headers, body, entry };
  log.add(entry);
  // A late commit that is due comes before any later request.
  await clock.idle();
  if (latency > 0) await pause(latency, closing);
  const active = faults.take(entry.method, entry.path);
  if (active === undefined) {
    const answer = await answerOf(parts, arrival);
    entry.status = answer.status;
    return send(outgoing, answer);
  }
  const { fault, when = "before" } = active.rule;
  if (fault.kind === "late") return answerNow(parts, arrival, fault, active);
  if (fault.kind === "repeat") return repeat(parts, arrival, fault);
  if (when === "before" && isInstead(fault)) {
    entry.status = statusSent(fault, noAnswer);
    return sendInstead(outgoing, fault);
  }
  const waits = when === "before" && (fault.kind === "wait" || fault.kind === "delay");
  if (waits) await waitFor(fault, closing);
  const answer = await answerOf(parts, arrival);
  entry.status = statusSent(fault, answer);
  return waits ? send(outgoing, answer) : sendFault(outgoing, fault, answer, closing);
}

/** The client gets a response now; GitLab gets the request later. */
function answerNow(
  parts: Gateway,
  arrival: Arrival,
  { commit, answer = gatewayTimeout }: Extract<Fault, { kind: "late" }>,
  active: ActiveFault,
): void {
  const { store, clock } = parts;
  const database = store();
  const act = async () => {
    // A request does not outlive a reset or a restore.
    const isAlive = store() === database;
    if (isAlive) await answerOf(parts, arrival);
    return isAlive;
  };
  const committed =
    typeof commit === "number"
      ? new Promise<boolean>((resolve) =>
          clock.after(commit, () => act().then(resolve, () => resolve(false))),
        )
      : commit.then(act, act);
  active.follow(committed);
  arrival.entry.status = statusSent(answer, noAnswer);
  sendInstead(arrival.outgoing, answer);
}

/** GitLab gets the request several times; the client gets one response. */
async function repeat(
  parts: Gateway,
  arrival: Arrival,
  { arrivals = 2, answer = "last" }: Extract<Fault, { kind: "repeat" }>,
): Promise<void> {
  const entries = [arrival.entry];
  const answers: Answer[] = [];
  for (let count = 0; count < arrivals; count++) {
    if (count > 0) {
      const again = { ...arrival.entry, at: parts.clock.now(), status: undefined };
      entries.push(again);
      parts.log.add(again);
    }
    answers.push(await answerOf(parts, arrival));
  }
  const index = answer === "last" ? entries.length - 1 : 0;
  const entry = entries[index] as LoggedRequest;
  if (typeof answer !== "string") {
    entry.status = statusSent(answer, noAnswer);
    return sendInstead(arrival.outgoing, answer);
  }
  const passedOn = answers[index] as Answer;
  entry.status = passedOn.status;
  send(arrival.outgoing, passedOn);
}

/** Faults that keep the request from GitLab when they come before it. */
function isInstead(fault: Fault): fault is LostAnswer {
  return fault.kind === "reset" || fault.kind === "hang" || fault.kind === "respond";
}

function statusSent(fault: AnswerFault, answer: Answer): number | undefined {
  if (fault.kind === "reset" || fault.kind === "hang") return undefined;
  return fault.kind === "respond" ? fault.status : answer.status;
}

function logRequest(
  { store, clock }: Gateway,
  incoming: IncomingMessage,
  headers: Readonly<Record<string, string>>,
  body: string,
): LoggedRequest {
  const { accessTokens, deployTokens } = store();
  const path = incoming.url ?? "";
  const query = Object.fromEntries(new URLSearchParams(path.slice(path.indexOf("?") + 1)));
  const isOauth = (value: string) => accessTokens.get(value)?.oauth === true;
  const credential = credentialOf((name) => headers[name], query, isOauth);
  const user = accessTokens.get(credential?.value ?? "")?.user.username;
  const secrets = [...accessTokens.keys(), ...[...deployTokens.values()].map(({ token }) => token)];
  return logged({ method: incoming.method ?? "", path, headers, body }, user, clock.now(), secrets);
}

/** GitLab's own response: its middlewares around the rate limit, then its routes. */
async function answerOf(parts: Gateway, { incoming, headers, body, entry }: Arrival): Promise<Answer> {
  const { rateLimit, modes, profile } = parts;
  const sent = incoming.url ?? "/";
  const request = { method: incoming.method ?? "GET", target: parseTarget(sent), sent, headers, body };
  const early = beforeRateLimit(request, modes);
  // Real time instead of the emulator's clock, because the client waits in real time too.
  const count = early === undefined ? rateLimit?.count(entry.user, Date.now()) : undefined;
  if (count?.refused) {
    const plain = { "content-type": "text/plain", ...count.headers };
    return { status: 429, headers: plain, body: Buffer.from("Retry later\n") };
  }
  const refusal = early ?? afterRateLimit(request, profile);
  const given = await toAnswer(refusal === undefined ? await routed(parts, request) : toResponse(refusal));
  return { ...given, headers: { ...commonHeaders(), ...count?.headers, ...given.headers } };
}

/** Writes go to the primary database, reads to the replica if it lags. */
async function routed(parts: Gateway, request: UnroutedRequest): Promise<Response> {
  const { answer, store, replica } = parts;
  const path = routerPath(request.target);
  if (path === undefined) return toResponse(notFound.route());
  const isRead = request.method === "GET" || request.method === "HEAD";
  const response = await answer(toRequest(request, path), isRead ? replica.forRead() : store());
  if (!isRead) replica.record();
  return response;
}
