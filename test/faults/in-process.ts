import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import axios, {
  type AxiosAdapter,
  AxiosError,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from "axios";
import { Clock } from "../../provider/testing/clock.js";
import type { Emulator } from "../../provider/testing/emulator.js";
import { createInstance } from "../../provider/testing/instance.js";
import { VirtualTime } from "./virtual-time.js";

/** The emulator without sockets and in virtual time, so that thousands of histories take seconds. */
export interface InProcessGitLab extends Omit<Emulator, "close" | "reset"> {
  readonly time: VirtualTime;
  /** The adapter of the HTTP client, instead of Node.js's own. */
  readonly adapter: AxiosAdapter;
}

const url = "http://gitlab.test";

export function inProcessGitLab(): InProcessGitLab {
  const clock = new Clock();
  void clock.set("2027-01-01T00:00:00Z");
  const time = new VirtualTime(clock);
  const { emulator, handle } = createInstance({}, () => url, clock);
  // Each history uses the same values, because every message is searched for each value of the process.
  let values = 0;
  emulator.store.newValue = () => `value-${String(++values).padStart(14, "0")}`;
  const adapter: AxiosAdapter = (config) =>
    time.during(() => new Promise((resolve, reject) => exchange(config, handle, resolve, reject)));
  return Object.assign(emulator, { url, time, adapter });
}

/** Sends one request through the emulator's gateway, which sees the same as from a socket. */
function exchange(
  config: InternalAxiosRequestConfig,
  handle: RequestListener,
  resolve: (response: AxiosResponse) => void,
  reject: (error: AxiosError) => void,
): void {
  const broken = () => reject(new AxiosError("socket hang up", "ECONNRESET", config));
  const body = typeof config.data === "string" ? Buffer.from(config.data) : undefined;
  const headers = Object.entries(config.headers.toJSON()).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  const incoming = {
    method: config.method?.toUpperCase(),
    url: axios.getUri(config).slice(url.length),
    headers: { host: new URL(url).host, ...Object.fromEntries(headers) },
    async *[Symbol.asyncIterator]() {
      if (body !== undefined) yield body;
    },
  };
  const head = { status: 0, headers: {} };
  const outgoing = {
    req: incoming,
    socket: { resetAndDestroy: broken, destroy: broken },
    destroy: broken,
    writeHead: (status: number, given: Record<string, string>) =>
      Object.assign(head, { status, headers: given }),
    write: (_part: Buffer, written: () => void) => written(),
    end: (data: Buffer = Buffer.alloc(0)) => {
      const response: AxiosResponse = {
        data: data.toString("utf8"),
        status: head.status,
        statusText: "",
        headers: head.headers,
        config,
      };
      if (head.status >= 200 && head.status < 300) return resolve(response);
      reject(new AxiosError("bad status", "ERR_BAD_RESPONSE", config, undefined, response));
    },
  };
  handle(incoming as unknown as IncomingMessage, outgoing as unknown as ServerResponse);
}
