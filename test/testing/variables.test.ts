import { Gitlab } from "@gitbeaker/rest";
import { describe, expect, it } from "vitest";
import { raw } from "../contract/raw.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";

useEmulator();

const ask = (path: string, method = "GET", json?: unknown, token: string | null = tokens.owner) =>
  raw({ url: gitlab.url, token: "" }, path, { method, token, ...(json === undefined ? {} : { json }) });
const path = "/projects/acme%2Ftools/variables";
const pull = { key: "PULL_TOKEN", value: "gldt-00000000000000000000" };
const shown = {
  variable_type: "env_var",
  ...pull,
  hidden: false,
  protected: false,
  masked: false,
  raw: false,
  environment_scope: "*",
  description: null,
};

describe("a project's CI/CD variables", () => {
  it("are created, read, listed, changed and deleted by another client", async () => {
    const client = new Gitlab({ host: gitlab.url, token: tokens.owner });
    const made = await client.ProjectVariables.create("acme/tools", pull.key, pull.value, { masked: true });
    expect(made).toEqual({ ...shown, masked: true });
    expect(await client.ProjectVariables.show("acme/tools", pull.key)).toEqual(made);
    const settings = {
      protected: true,
      raw: true,
      description: "from Pulumi",
      variableType: "file",
      filter: { environment_scope: "*" },
    } as const;
    const changed = await client.ProjectVariables.edit("acme/tools", pull.key, "gldt-1", {
      ...settings,
      masked: false,
    });
    expect(changed).toMatchObject({
      value: "gldt-1",
      variable_type: "file",
      protected: true,
      raw: true,
      description: "from Pulumi",
    });
    expect(await client.ProjectVariables.all("acme/tools")).toEqual([changed]);
    expect(await client.ProjectVariables.all("acme/app")).toEqual([]);
    await client.ProjectVariables.remove("acme/tools", pull.key);
    expect(gitlab.store.variables.size).toBe(0);
  });

  it("belong to an environment, which distinguishes them", async () => {
    await ask(path, "POST", pull);
    await ask(path, "POST", { ...pull, value: "production", environment_scope: "production" });
    expect(await ask(`${path}/PULL_TOKEN`)).toMatchObject({
      status: 409,
      body: {
        message:
          "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
      },
    });
    const filtered = await ask(`${path}/PULL_TOKEN?filter[environment_scope]=production`);
    expect(filtered.body).toMatchObject({ value: "production" });
    const change = { value: "staging", filter: { environment_scope: "*" } };
    expect((await ask(`${path}/PULL_TOKEN`, "PUT", change)).body).toMatchObject({
      value: "staging",
      environment_scope: "*",
    });
  });

  it("hide their value permanently if they are hidden", async () => {
    expect((await ask(path, "POST", { ...pull, masked_and_hidden: true })).body).toEqual({
      ...shown,
      value: null,
      masked: true,
      hidden: true,
    });
  });

  it.each([
    ["a developer", {}, tokens.developer, 403, { message: "403 Forbidden" }],
    ["an outsider", pull, tokens.outsider, 404, { message: "404 Project Not Found" }],
    ["nobody", pull, null, 401, { message: "401 Unauthorized" }],
    ["nothing", {}, tokens.owner, 400, { error: "key is missing, value is missing" }],
    ["no value", { key: "A" }, tokens.owner, 400, { error: "value is missing" }],
    [
      "another type",
      { ...pull, variable_type: "x" },
      tokens.owner,
      400,
      { error: "variable_type does not have a valid value" },
    ],
    [
      "a key with a dash",
      { ...pull, key: "A-B" },
      tokens.owner,
      400,
      { message: { key: ["can contain only letters, digits and '_'."] } },
    ],
    [
      "an empty key",
      { ...pull, key: "" },
      tokens.owner,
      400,
      { message: { key: ["can't be blank", "can contain only letters, digits and '_'."] } },
    ],
    [
      "a long key",
      { ...pull, key: "A".repeat(256) },
      tokens.owner,
      400,
      { message: { key: ["is too long (maximum is 255 characters)"] } },
    ],
    [
      "a value that cannot be masked",
      { ...pull, value: "short", masked: true },
      tokens.owner,
      400,
      { message: { value: ["is invalid"] } },
    ],
  ])("are refused to %s", async (_who, json, token, status, body) => {
    expect(await ask(path, "POST", json, token)).toMatchObject({ status, body });
    expect(gitlab.store.variables.size).toBe(0);
  });

  it("are one for each key, give 404 if missing, and are deleted with their project", async () => {
    await ask(path, "POST", pull);
    expect(await ask(path, "POST", pull)).toMatchObject({
      status: 400,
      body: { message: { key: ["(PULL_TOKEN) has already been taken"] } },
    });
    const missing = { status: 404, body: { message: "404 Variable Not Found" } };
    expect(await ask(`${path}/OTHER`)).toMatchObject(missing);
    expect(await ask(`${path}/OTHER`, "DELETE")).toMatchObject(missing);
    expect(await ask(`${path}/PULL_TOKEN`, "PUT", { value: "", masked: true })).toMatchObject({
      status: 400,
    });
    expect((await ask(`${path}/PULL_TOKEN`)).body).toEqual(shown);
    gitlab.deleteOwner("project", "acme/tools");
    expect(gitlab.store.variables.size).toBe(0);
  });
});
