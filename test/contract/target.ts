import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { profile, profileName } from "../support/profile.js";
import { tokens } from "../support/run.js";

/**
 * The GitLab of a contract run: the emulator, or the real one of `GITLAB_URL` and `GITLAB_TOKEN`. On a real GitLab,
 * the run creates its own group and project and deletes them at the end.
 */
export interface Target {
  readonly url: string;
  readonly token: string;
  /** Numeric ids and full paths. */
  readonly project: { readonly id: number; readonly path: string };
  readonly group: { readonly id: number; readonly path: string };
}

/** Adds what this version requires in addition to name and scopes: GitLab 12.9 needs both keys, even if empty. */
export const body = (json: object): object =>
  profile.requiresExpiryAndUsername ? { expires_at: "", username: "", ...json } : json;

/** The response of a GitLab before 14.9 to a read of one token. */
export const routeNotFound = { status: 404, body: { error: "404 Not Found" } };

export const isReal = Boolean(process.env["GITLAB_URL"] && process.env["GITLAB_TOKEN"]);

/** The title of facts that no real GitLab can show. A skipped test gives the reason. */
export const emulatorOnly = (title: string, reason: string): string =>
  isReal ? `${title} (not on a real GitLab: ${reason})` : title;

export function useTarget(): { target: Target; emulator: Emulator } {
  const used = {} as { target: Target; emulator: Emulator };
  let cleanUp = async () => {};
  beforeAll(async () => {
    if (isReal) {
      const url = String(process.env["GITLAB_URL"]).replace(/\/+$/, "");
      const token = String(process.env["GITLAB_TOKEN"]);
      const name = `deploy-token-contract-${randomUUID()}`;
      const group = await api(url, token, "POST", "/groups", { name, path: name });
      // Set before anything else can fail, so that the group is always deleted.
      cleanUp = async () => void (await api(url, token, "DELETE", `/groups/${group.id}`));
      const project = await api(url, token, "POST", "/projects", { name: "app", namespace_id: group.id });
      used.target = {
        url,
        token,
        group: { id: group.id, path: String(group["full_path"]) },
        project: { id: project.id, path: String(project["path_with_namespace"]) },
      };
    } else {
      used.emulator = await start({ profile: profileName });
      const [group, project] = [
        { id: 1, path: "acme" },
        { id: 1, path: "acme/app" },
      ];
      used.target = { url: used.emulator.url, token: tokens.owner, group, project };
      cleanUp = () => used.emulator.close();
    }
  });
  afterAll(() => cleanUp());
  return used;
}

interface Created extends Record<string, unknown> {
  readonly id: number;
}

async function api(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<Created> {
  const response = await fetch(`${url}/api/v4${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} failed: ${response.status}`);
  return (await response.json()) as Created;
}
