// node run-programs.mjs FILE...: runs programs one after another under Pulumi's mocks. For each program it prints a
// line of JSON: the number of its resources and look-ups, and its errors.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { group, project } from "pulumi-gitlab-deploy-tokens/lifecycle";

const token = {
  deployTokenId: 4,
  name: "cluster pull",
  username: "cluster",
  scopes: ["read_registry"],
  expired: false,
  revoked: false,
  active: true,
};
/** The arguments that the mocks receive keep Pulumi's marks of secrets. */
const plain = (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if ("4dabf18193072939515e22adb298388d" in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
};
const environment = { ...process.env };
let errors = [];
process.on("unhandledRejection", (error) => errors.push(String(error)));

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const named = (pattern) => [...text.matchAll(pattern)].map(([, name]) => name);
  let asked = 0;
  errors = [];

  const newResource = async ({ type, name, inputs, id }) => {
    asked++;
    if (type === "pulumi:pulumi:StackReference") {
      const keys = named(/(?:get|require)Output\("(\w+)"\)/g);
      return { id: name, state: { ...inputs, outputs: Object.fromEntries(keys.map((key) => [key, "1"])) } };
    }
    if (/:(Project|Group)DeployToken$/.test(type) && (id === undefined || id === "")) {
      const lifecycle = type.includes("Project") ? project : group;
      const { failures = [] } = await lifecycle.check({}, plain(inputs));
      errors.push(...failures.map(({ reason }) => `${name}: ${reason}`));
    }
    const { scopes = token.scopes } = plain(inputs);
    const made = {
      ...token,
      scopes,
      ownerId: "1",
      baseUrl: "https://gitlab.com",
      token: "gldt-mocked-000000000000",
    };
    return { id: id || `${name}:1`, state: { ...inputs, ...made } };
  };
  const call = ({ token: name }) => {
    asked++;
    return name.endsWith("s") ? { tokens: [token] } : token;
  };

  const keys = named(/\.(?:require|requireSecret)\("(\w+)"\)/g);
  pulumi.runtime.setAllConfig(Object.fromEntries(keys.map((key) => [`documents:${key}`, "1"])));
  await pulumi.runtime.setMocks({ newResource, call }, "documents", "dev", false);
  try {
    await import(pathToFileURL(file).href);
    await pulumi.runtime.disconnect();
  } catch (error) {
    errors.push(String(error));
  }
  Object.assign(process.env, environment);
  console.log(JSON.stringify({ file, asked, errors }));
}
// An example leaves its emulator running, and its exit code is its own.
process.exit(0);
