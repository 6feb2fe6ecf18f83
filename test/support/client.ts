import { GitLabClient, type GitLabClientOptions } from "../../provider/gitlab/client.js";
import type { Connection } from "../../provider/gitlab/connection.js";
import { RateLimitPause } from "../../provider/gitlab/rate-limit-pause.js";
import { tokens } from "./run.js";

/** A client without retries, with the owner's access token and its own pause after a 429. */
export function clientOf(
  connection: Pick<Connection, "baseUrl"> & Partial<Connection>,
  options: Partial<GitLabClientOptions> = {},
): GitLabClient {
  return new GitLabClient(
    {
      token: tokens.owner,
      tokenSource: "gitlab:token",
      headers: {},
      retries: 0,
      insecure: false,
      ...connection,
    },
    { rateLimitPause: new RateLimitPause(), ...options },
  );
}
