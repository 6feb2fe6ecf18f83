import { readConnection } from "./config.js";
import type { ConfigReader } from "./find-setting.js";
import type { GitLabClient, GitLabClientOptions } from "./gitlab/client.js";

/** Receives messages that do not belong to the program side of a resource. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** Shorter waits cause no message. */
const longWait = 5_000;

/** A client for the configured GitLab. It loads the HTTP library only here. */
export async function connect(
  lookup: ConfigReader,
  env: NodeJS.ProcessEnv,
  log: Log,
  options: Pick<GitLabClientOptions, "timeouts" | "mayPost" | "adapter"> = {},
): Promise<GitLabClient> {
  const connection = readConnection(lookup, env);
  const [{ GitLabClient }, { RateLimitPause }] = await Promise.all([
    import("./gitlab/client.js"),
    import("./gitlab/rate-limit-pause.js"),
  ]);
  return new GitLabClient(connection, {
    rateLimitPause: new RateLimitPause(),
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
