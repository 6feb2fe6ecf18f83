import type { DeployToken, Seed } from "../../provider/testing/index.js";

/** The state that a release wrote, with everything that a later version needs to continue. */
export interface RecordedState {
  /** The release. */
  readonly version: string;
  readonly pulumi: string;
  readonly passphrase: string;
  /** The time of the program, the provider and GitLab. */
  readonly time: string;
  readonly program: string;
  readonly seed: Seed;
  /** GitLab's data after the run. */
  readonly deployTokens: readonly DeployToken[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The output of `pulumi stack export`, with `recordedAddress` as GitLab's address. */
  readonly deployment: object;
}

/** Replaces the emulator's address, whose port differs in each run. */
export const recordedAddress = "http://gitlab.recorded.test";

export const time = "2031-02-15T08:00:00Z";

/** The access tokens belong to the emulator and open nothing else. */
export const accessTokens = { stack: "glpat-recorded-owner-001", provider: "glpat-recorded-owner-002" };

export const seed: Seed = {
  users: [{ username: "olivia", tokens: [{ value: accessTokens.stack }, { value: accessTokens.provider }] }],
  groups: [{ path: "acme", members: { olivia: "owner" } }],
  projects: [{ path: "acme/app" }, { path: "acme/tools" }],
  deployTokens: [
    { project: "acme/tools", name: "by hand", scopes: ["read_repository"], username: "hand" },
    { group: "acme", name: "somebody's", scopes: ["read_registry"] },
  ],
};

/** A resource of each kind, with every argument and with no optional argument. */
export const program = `import { Config } from "@pulumi/pulumi";
import { GroupDeployToken, ProjectDeployToken, Provider, RotatingProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
const config = new Config();
const full = new ProjectDeployToken("full", {
  project: "acme/app", name: "cluster pull", username: "cluster", scopes: ["read_registry", "read_repository"],
  expiresAt: "2031-12-31",
});
const plain = new GroupDeployToken("plain", { group: 1, scopes: ["read_package_registry"] });
const adopted = new ProjectDeployToken("adopted", {
  project: "acme/tools", name: "by hand", username: "hand", scopes: ["read_repository"],
  adopt: { deployTokenId: 1, token: config.requireSecret("adopted") },
});
const provider = new Provider("second", { token: config.requireSecret("second") });
const second = new ProjectDeployToken("other", { project: 2, scopes: ["read_registry"] }, { provider });
const rotating = new RotatingProjectDeployToken("rotating", {
  project: "acme/app", scopes: ["read_registry"], rotateEveryDays: 90, overlapDays: 60, rotationStart: "2031-01-01",
});
const read = GroupDeployToken.get("read", "acme:2");
export const values = [full.token, plain.token, adopted.token, second.token, rotating.token, rotating.previous?.token];
export const ids = [full.id, plain.id, adopted.id, second.id, rotating.current.id, read.id];
export const usernames = [full.username, plain.username, read.username];
export const expiresAt = full.expiresAt;
`;
