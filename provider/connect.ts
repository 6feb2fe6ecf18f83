import { type Lookup, readConnection } from "./config.js";
import type { GitLabClient, GitLabClientOptions } from "./gitlab/client.js";

/** Where messages go that belong to no resource's program side. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** Shorter waits are not worth a message. */
const longWait = 5_000;

/** A client for the configured GitLab; the HTTP library is loaded here and not before. */
export async function connect(
  lookup: Lookup,
  env: NodeJS.ProcessEnv,
  log: Log,
  options: Pick<GitLabClientOptions, "timeouts" | "mayPost"> = {},
): Promise<GitLabClient> {
  const connection = readConnection(lookup, env);
  const [{ GitLabClient }, { Gate }] = await Promise.all([
    import("./gitlab/client.js"),
    import("./gitlab/gate.js"),
  ]);
  return new GitLabClient(connection, {
    gate: new Gate(),
    ...options,
    onWait: (milliseconds, reason) => {
      if (milliseconds >= longWait) log.info(`${reason}: waiting ${Math.ceil(milliseconds / 1000)} s`);
    },
    onSecondToken: (source) =>
      log.warn(
        `GitLab refused the access token from ${connection.tokenSource}; ${source} worked and is used instead. Run pulumi up to store the new one.`,
      ),
  });
}
