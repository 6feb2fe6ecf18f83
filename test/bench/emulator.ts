import { fork } from "node:child_process";
import { type LoggedRequest, type Seed, start } from "../../provider/testing/index.js";

/** The stand-in for GitLab in a process of its own, so that its work is not measured as somebody else's. */
export interface EmulatorProcess {
  readonly url: string;
  /** `GET /projects/:id/deploy_tokens` → how often, since the last call. */
  requests(): Promise<Readonly<Record<string, number>>>;
  close(): void;
}

export async function startEmulator(seed: Seed): Promise<EmulatorProcess> {
  const child = fork(__filename, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const answer = <T>(message: object) =>
    new Promise<T>((resolve, reject) => {
      child.once("message", (value) => resolve(value as T));
      child.once("exit", (code) => reject(new Error(`the emulator ended with ${code}`)));
      child.send(message);
    });
  const { url } = await answer<{ url: string }>({ seed });
  return { url, requests: () => answer({ requests: true }), close: () => void child.kill() };
}

async function serve(): Promise<void> {
  const send = (message: object) => void process.send?.(message);
  const { seed } = await new Promise<{ seed: Seed }>((resolve) => process.once("message", resolve));
  const emulator = await start({ seed });
  process.on("message", () => {
    send(counted(emulator.requests));
    emulator.clearRequests();
  });
  process.on("disconnect", () => process.exit());
  send({ url: emulator.url });
}

function counted(requests: readonly LoggedRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path } of requests) {
    const what = `${method} ${path
      .replace("/api/v4", "")
      .replace(/\?.*/, "")
      .replace(/\/(\d+|[^/]*%2F[^/]*)(?=\/|$)/g, "/:id")}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

if (require.main === module) void serve();
