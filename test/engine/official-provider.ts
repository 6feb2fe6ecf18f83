import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../provider/testing/index.js";

interface OfficialToken {
  readonly id: number;
  readonly kind: "projects" | "groups";
  readonly owner: number;
  readonly name: string;
  readonly username: string | null;
  readonly expires_at: string | null;
  readonly scopes: string[];
  readonly token: string;
}

const fixture = (name: string) => readFileSync(join(__dirname, "..", "fixtures", name), "utf8");

/** The stack that the official provider's plugin 10.1.1 wrote, under another name. */
export function officialStack(project: string, stack: string): { deployment: object } {
  const text = fixture("official-provider-stack.json")
    .replaceAll("urn:pulumi:m::mig::", `urn:pulumi:${stack}::${project}::`)
    .replaceAll("::mig-m", `::${project}-${stack}`);
  return JSON.parse(text) as { deployment: object };
}

/** Puts the tokens of that stack into an emulator of GitLab and returns their values. */
export function restoreOfficialTokens(gitlab: Emulator): string[] {
  const held = JSON.parse(fixture("official-provider-tokens.json")) as OfficialToken[];
  for (const { id, kind, owner, name, username, expires_at, scopes, token } of held) {
    gitlab.store.restoreDeployToken({
      id,
      kind: kind === "projects" ? "project" : "group",
      ownerId: owner,
      name,
      username,
      expiresAt: expires_at === null ? null : new Date(expires_at),
      scopes,
      revoked: false,
      token,
    });
  }
  return held.map(({ token }) => token);
}
