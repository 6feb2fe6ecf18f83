import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Emulator, EmulatorOptions } from "./emulator.js";
import { createInstance } from "./instance.js";

/**
 * Starts an emulator of GitLab's deploy token API. It keeps state and follows GitLab's source. It listens on
 * 127.0.0.1 only and needs the package `hono`.
 *
 * @example
 * ```ts
 * import { start } from "pulumi-gitlab-deploy-tokens/testing";
 *
 * const gitlab = await start();
 * process.env.GITLAB_BASE_URL = gitlab.url;
 * process.env.GITLAB_TOKEN = "glpat-owner-0000000001";
 * // … pulumi up …
 * console.log(gitlab.deployTokens().length);
 * await gitlab.close();
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/
 */
export async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  let url = "";
  const { emulator, handle, close } = createInstance(options, () => url);
  const server = createServer(handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(emulator, {
    url,
    close: () =>
      new Promise<void>((resolve) => {
        close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
