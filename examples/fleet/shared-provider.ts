import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The process that talks to GitLab for every stack. */
export interface SharedProvider {
  /** With these an engine connects to it instead of starting one of its own. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Starts it. It ends with this process, however that ends: its channel breaks.
 *
 * @see https://www.pulumi.com/docs/iac/cli/environment-variables/
 */
export async function startSharedProvider(
  project: string,
  log: (line: string) => void,
): Promise<SharedProvider> {
  // The argument is the address of an engine, to which warnings go; nobody listens there, so they are printed.
  const child = fork(join(__dirname, "provider-process"), ["127.0.0.1:1"], {
    env: { ...process.env, PULUMI_NODEJS_PROJECT: project },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Ctrl-C in a terminal reaches the whole group.
    detached: true,
  });
  const ended = once(child, "exit");
  const port = await new Promise<number>((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const match = /^(\d+)$/m.exec(output);
      if (match !== null) resolve(Number(match[1]));
    });
    child.once("exit", (code) => reject(new Error(`the provider's process ended with ${code}`)));
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString().split("\n")) if (line.trim() !== "") log(line.trim());
  });
  return {
    env: { PULUMI_DEBUG_PROVIDERS: `pulumi-nodejs:${port}` },
    close: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
