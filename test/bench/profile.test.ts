import { expect, it } from "vitest";
import { sharesOf } from "./profile.js";

const names: readonly (readonly [functionName: string, url: string, children: number[]])[] = [
  ["(root)", "", [2, 8]],
  [
    "call",
    "file:///cache/pulumi-gitlab-deploy-tokens/node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js",
    [3],
  ],
  [
    "read",
    "file:///cache/pulumi-gitlab-deploy-tokens/node_modules/pulumi-gitlab-deploy-tokens/dist/lifecycle/read.js",
    [4, 5],
  ],
  ["stringify", "", []],
  ["require", "node:internal/modules/helpers", [6]],
  ["request", "file:///cache/pulumi-gitlab-deploy-tokens/node_modules/axios/lib/axios.js", [7]],
  ["write", "node:_http_outgoing", []],
  ["(idle)", "", []],
];
const nodes = names.map(([functionName, url, children], index) => ({
  id: index + 1,
  callFrame: { functionName, url, scriptId: "0", lineNumber: 0, columnNumber: 0 },
  children,
}));

it("counts Node.js's work for a caller as the caller's, and the loading of its modules separately", () => {
  const samples = [2, 3, 4, 5, 7, 8, 1];
  const profile = {
    nodes,
    startTime: 0,
    endTime: 0,
    samples,
    timeDeltas: [0, 1, 2, 4, 8, 16, 32].map((ms) => ms * 1000),
  };
  const { shares, functions } = sharesOf([profile]);
  expect(shares).toEqual({ sdk: 1, package: 2 + 4, loading: 8, http: 16, node: 0 });
  expect([...functions]).toEqual([["read in lifecycle/read.js", 6]]);
});
