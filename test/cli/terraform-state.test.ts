import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AuditReport } from "../../provider/cli/audit-report.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { cli, now } from "./support.js";

useEmulator({ time: now });
useFolder();

function file(content: unknown, name = "terraform.tfstate"): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function state(...resources: object[]) {
  return { version: 4, terraform_version: "1.9.8", serial: 3, lineage: "6f7b-1", outputs: {}, resources };
}

const resource = (type: string, name: string, ...instances: object[]) => ({
  mode: "managed",
  type,
  name,
  provider: 'provider["registry.terraform.io/gitlabhq/gitlab"]',
  instances: instances.map((instance) => ({ schema_version: 0, sensitive_attributes: [], ...instance })),
});

async function findings(...resources: object[]) {
  const args = ["audit", "--group", "acme", "--recursive", "--format", "json"];
  const { out } = await cli(gitlab, [...args, "--state", file(state(...resources))]);
  const { tokens } = JSON.parse(out) as AuditReport;
  return Object.fromEntries(
    tokens.map(({ name, managedBy, findings }) => [name, [managedBy[0]?.urn, findings]]),
  );
}

const make = (owner: object, name: string) =>
  gitlab.createDeployToken({ ...owner, name, scopes: ["read_registry"], expiresAt: "2027-06-01" });

describe("the state of Terraform or OpenTofu", () => {
  it("makes its tokens known, for every type of the official provider and every form of id", async () => {
    const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) => make({ project: "acme/app" }, name).id);
    const [f, g] = ["f", "g"].map((name) => make({ group: "acme" }, name).id);
    make({ project: "acme/app" }, "by hand");
    const found = await findings(
      resource("gitlab_deploy_token", "three", { attributes: { id: `project:1:${a}`, project: "1" } }),
      resource("gitlab_deploy_token", "alone", {
        attributes: { id: `${b}`, project: "acme/app", group: "" },
      }),
      {
        ...resource("gitlab_project_deploy_token", "new", { attributes: { id: `1:${c}` } }),
        module: "module.app",
      },
      resource(
        "gitlab_project_deploy_token",
        "each",
        { index_key: "prod", attributes: { id: `acme/app:${d}` } },
        {
          index_key: 1,
          attributes_flat: { id: `acme/app:${e}`, "scopes.#": "1", "scopes.99": "read_registry" },
        },
      ),
      resource("gitlab_group_deploy_token", "group", { attributes: { id: `acme:${f}` } }),
      resource("gitlab_deploy_token", "both", { attributes: { id: `group:1:${g}`, group: "1" } }),
      { ...resource("gitlab_deploy_token", "read", { attributes: { id: "1" } }), mode: "data" },
      resource("gitlab_project", "app", { attributes: { id: "1" } }),
    );
    expect(found).toEqual({
      a: ["gitlab_deploy_token.three", []],
      b: ["gitlab_deploy_token.alone", []],
      c: ["module.app.gitlab_project_deploy_token.new", []],
      d: ['gitlab_project_deploy_token.each["prod"]', []],
      e: ["gitlab_project_deploy_token.each[1]", []],
      f: ["gitlab_group_deploy_token.group", []],
      g: ["gitlab_deploy_token.both", []],
      "by hand": [undefined, ["unknown"]],
    });
  });

  it("shows which of its tokens are gone, including a deposed one", async () => {
    const attributes = { id: "1:98", project: "1", name: "old", scopes: ["read_registry"] };
    const found = await findings(
      resource("gitlab_project_deploy_token", "pull", { attributes, deposed: "ab12" }),
    );
    expect(found).toEqual({
      old: ["gitlab_project_deploy_token.pull (deposed ab12)", ["gone-in-stack"]],
    });
  });

  it("is read by whose, which names the address and the command, also in UTF-16", async () => {
    const attributes = { id: "1:4", name: "pull", token: "gldt-terraform-0000001" };
    const json = JSON.stringify(
      state(resource("gitlab_project_deploy_token", "pull", { index_key: "a", attributes })),
    );
    const path = file("", "utf16.tfstate");
    writeFileSync(path, Buffer.from(`\uFEFF${json}`, "utf16le"));
    const found = await cli(gitlab, ["whose", "--state", path], { stdin: "gldt-terraform-0000001\n" });
    expect(found.code).toBe(0);
    expect(found.out).toContain("deploy token: 4 (pull) of the project 1");
    expect(found.out).toContain(`state:        ${path}`);
    expect(found.out).toContain(
      `terraform apply -replace='gitlab_project_deploy_token.pull["a"]', or the same with tofu`,
    );
    expect(found.out).not.toContain("gldt-terraform");
    const other = await cli(gitlab, ["whose", "--state", path], { stdin: "gldt-another-0000000001\n" });
    expect(other.code).toBe(1);
  });

  it("with a token that was imported without a value makes whose report that it cannot be sure", async () => {
    const attributes = { id: "1:4", name: "pull", token: null };
    const path = file(state(resource("gitlab_project_deploy_token", "pull", { attributes })));
    const { code, err } = await cli(gitlab, ["whose", "--state", path], {
      stdin: "gldt-another-0000000001\n",
    });
    expect(code).toBe(1);
    expect(err).toBe(
      "warning: 1 resource has no value in its state, so the token may be its own: gitlab_project_deploy_token.pull\n",
    );
  });

  it.each([
    [
      { version: 3, terraform_version: "0.11.14", modules: [] },
      "is a Terraform state of version 3; wanted: version 4",
    ],
    [{ version: 4, lineage: "x", resources: {} }, "is a Terraform state of version 4; wanted: version 4"],
    [
      { encrypted_data: "aGVsbG8=", encryption_version: "v0" },
      "is encrypted by OpenTofu; wanted: what tofu state pull",
    ],
    [
      { format_version: "1.0", terraform_version: "1.9.8", values: {} },
      "wanted: what terraform state pull prints",
    ],
    [[1], "or a Terraform state"],
  ])("is refused by name if it is %j", async (content, message) => {
    const { code, err } = await cli(gitlab, ["audit", "--group", "acme", "--state", file(content)]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(gitlab.requests).toEqual([]);
  });

  it("is refused by to-official", async () => {
    const { code, err } = await cli(gitlab, ["to-official", "--state", file(state())]);
    expect([code, err]).toEqual([2, expect.stringContaining("is not what pulumi stack export prints")]);
  });
});
