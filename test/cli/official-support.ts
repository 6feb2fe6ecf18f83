import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gitlab } from "../support/emulator.js";
import { folder } from "../support/folder.js";
import { secretMark } from "../support/pulumi.js";
import { cli, type RunCli } from "./support.js";

export type Row = Record<string, unknown> & { readonly urn: string; readonly type: string };

export const secret = (value: string) => ({ ...secretMark, plaintext: JSON.stringify(value) });
export const prefix = "urn:pulumi:dev::shop::";
export const stackRow = {
  urn: `${prefix}pulumi:pulumi:Stack::shop-dev`,
  type: "pulumi:pulumi:Stack",
  custom: false,
};
export const ourProvider = {
  urn: `${prefix}pulumi:providers:pulumi-nodejs::default`,
  id: "u-1",
  type: "pulumi:providers:pulumi-nodejs",
  custom: true,
  inputs: { "gitlab:token": secret("glpat-stack") },
};
export const ours = (
  kind: "project" | "group",
  name: string,
  id: string,
  outputs: object,
  more: object = {},
): Row => {
  const type = `pulumi-nodejs:dynamic/gitlab:${kind === "project" ? "Project" : "Group"}DeployToken`;
  return {
    urn: `${prefix}${type}::${name}`,
    type,
    id,
    custom: true,
    parent: stackRow.urn,
    provider: `${ourProvider.urn}::u-1`,
    propertyDependencies: { name: [] },
    inputs: { __provider: "x" },
    outputs: { baseUrl: "https://gitlab.example.com", revoked: false, __provider: "x", ...outputs },
    ...more,
  };
};
export const born = (more: object = {}, row: object = {}) =>
  ours(
    "project",
    "pull",
    "acme/app:4",
    {
      project: "acme/app",
      name: "cluster pull",
      scopes: ["read_registry"],
      username: "gitlab+deploy-token-4",
      expiresAt: "2031-01-31T00:00:00.000Z",
      deployTokenId: 4,
      ownerId: "1",
      token: secret("gldt-born"),
      ...more,
    },
    row,
  );

export async function toOfficial(
  resources: readonly object[],
  args: readonly string[] = [],
  options: RunCli = {},
  more: object = {},
) {
  const file = join(folder, "state.json");
  writeFileSync(file, JSON.stringify({ version: 3, deployment: { manifest: {}, resources, ...more } }));
  const ran = await cli(gitlab, ["to-official", "--state", file, ...args], options);
  const rows = ran.code === 0 && args.length === 0 ? (JSON.parse(ran.out).deployment.resources as Row[]) : [];
  return { ...ran, rows };
}
