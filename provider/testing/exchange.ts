import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { Fault, LostAnswer } from "./faults.js";
import type { UnroutedRequest } from "./middlewares.js";

/** Faults of one answer to one request. */
export type AnswerFault = Exclude<Fault, { readonly kind: "late" | "repeat" }>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function headersOf(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : String(value),
    ]),
  );
}

/** The same request for the router, with the client's host and path. */
export function toRequest({ method, target, headers, body }: UnroutedRequest, path: string): Request {
  const { connection: _, "transfer-encoding": __, ...rest } = headers;
  return new Request(`http://${headers["host"] ?? "127.0.0.1"}${path}${target.search}`, {
    method,
    headers: rest,
    // Bytes: `Request` adds a content type to a string, and the client may have sent none.
    ...(method === "GET" || method === "HEAD" || body.length === 0 ? {} : { body }),
  });
}

export async function toAnswer(response: Response): Promise<Answer> {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

export function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const length = status === 204 ? {} : { "content-length": String(body.length) };
  outgoing.writeHead(status, { ...headers, ...length });
  outgoing.end(outgoing.req.method === "HEAD" ? undefined : body);
}

/** Resolves after that time; rejects at once when the emulator closes. */
export async function pause(milliseconds: number, closing: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal: closing });
}

/** Answers instead of GitLab, or not at all. */
export function sendInstead(outgoing: ServerResponse, instead: LostAnswer): void {
  switch (instead.kind) {
    case "reset":
      outgoing.socket?.resetAndDestroy();
      return;
    case "hang":
      return;
    case "respond": {
      const { status, headers = {}, body = "" } = instead;
      send(outgoing, { status, headers, body: Buffer.from(body) });
    }
  }
}

/** Answers with a fault, in place of GitLab's answer or on top of it. */
export async function sendFault(
  outgoing: ServerResponse,
  fault: AnswerFault,
  answer: Answer,
  closing: AbortSignal,
): Promise<void> {
  switch (fault.kind) {
    case "reset":
    case "hang":
    case "respond":
      sendInstead(outgoing, fault);
      return;
    case "truncate": {
      const body = fault.body === undefined ? answer.body : Buffer.from(fault.body);
      outgoing.writeHead(answer.status, { ...answer.headers, "content-length": String(body.length) });
      outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.socket?.destroy());
      return;
    }
    case "trickle":
      outgoing.writeHead(answer.status, { ...answer.headers, "content-length": String(answer.body.length) });
      for (const byte of answer.body) {
        if (outgoing.destroyed) return;
        outgoing.write(Buffer.of(byte));
        await pause(fault.pause, closing);
      }
      outgoing.end();
      return;
    case "delay":
    case "wait":
      await waitFor(fault, closing);
      send(outgoing, answer);
  }
}

type Wait = Extract<Fault, { readonly kind: "delay" | "wait" }>;

export async function waitFor(fault: Wait, closing: AbortSignal): Promise<void> {
  await (fault.kind === "wait" ? fault.until : pause(fault.ms, closing));
}
