import { dynamicPackage, tokenTypes } from "../pulumi-package.js";

const text = { type: "string" };
const common = {
  name: text,
  scopes: { type: "array", items: text },
  username: text,
  expiresAt: text,
};

/**
 * The part of a Pulumi schema that `pulumi import` needs to print a program: the arguments of the two resources and
 * the npm package that has their classes.
 */
export function importSchema(): string {
  const resource = (owner: string) => ({
    inputProperties: { [owner]: text, ...common },
    requiredInputs: [owner, "scopes"],
    properties: { [owner]: text, ...common },
    required: [owner, "scopes"],
  });
  return JSON.stringify({
    name: dynamicPackage,
    version: "0.0.0",
    meta: { moduleFormat: "(.*)" },
    language: {
      nodejs: {
        packageName: "pulumi-gitlab-deploy-tokens",
        moduleToPackage: { "dynamic/gitlab": "" },
      },
    },
    resources: {
      [tokenTypes.project]: resource("project"),
      [tokenTypes.group]: resource("group"),
    },
  });
}
