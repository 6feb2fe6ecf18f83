import { fork } from "node:child_process";
import { type EmulatorOptions, type LoggedRequest, type Seed, start } from "../../provider/testing/index.js";

/** The requests that the emulator received. */
export interface Traffic {
  /** The number of requests by route, such as `GET /projects/:id/deploy_tokens`. */
  readonly counts: Readonly<Record<string, number>>;
  /** The number of requests that were answered 429. */
  readonly refused: number;
  /** The arrival of the first request, in milliseconds since 1970; undefined without a request. */
  readonly first: number | undefined;
}

/** The emulator of GitLab in its own process, so that its work does not count as the package's. */
export interface EmulatorProcess {
  readonly url: string;
  /** The requests since the last call. */
  traffic(): Promise<Traffic>;
  /** Resolves once the process has ended. */
  close(): Promise<void>;
}

export type EmulatorProcessOptions = Pick<EmulatorOptions, "latency" | "rateLimit">;

interface Start {
  readonly seed: Seed;
  readonly options: EmulatorProcessOptions;
}

export async function startEmulator(
  seed: Seed,
  options: EmulatorProcessOptions = {},
): Promise<EmulatorProcess> {
  const child = fork(__filename, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ask = <T>(message: Start | "traffic") =>
    new Promise<T>((resolve, reject) => {
      const settle = (value: unknown) => {
        child.off("message", settle);
        child.off("exit", fail);
        resolve(value as T);
      };
      const fail = (code: number | null) => {
        child.off("message", settle);
        reject(new Error(`the emulator ended with ${code}`));
      };
      child.once("message", settle);
      child.once("exit", fail);
      child.send(message, (error) => {
        if (error) reject(error);
      });
    });
  const { url } = await ask<{ url: string }>({ seed, options });
  return {
    url,
    traffic: () => ask("traffic"),
    close: () => {
      child.kill();
      return ended;
    },
  };
}

async function serve(): Promise<void> {
  const send = (message: object) => void process.send?.(message);
  const { seed, options } = await new Promise<Start>((resolve) => process.once("message", resolve));
  const emulator = await start({ seed, ...options });
  process.on("message", () => {
    send(trafficOf(emulator.requests));
    emulator.clearRequests();
  });
  process.on("disconnect", () => process.exit());
  send({ url: emulator.url });
}

function trafficOf(requests: readonly LoggedRequest[]): Traffic {
  const counts: Record<string, number> = {};
  for (const { method, path } of requests) {
    const what = `${method} ${path
      .replace("/api/v4", "")
      .replace(/\?.*/, "")
      .replace(/\/(\d+|[^/]*%2F[^/]*)(?=\/|$)/g, "/:id")}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  const refused = requests.filter(({ status }) => status === 429).length;
  return { counts, refused, first: requests[0]?.at.getTime() };
}

if (require.main === module) void serve();
