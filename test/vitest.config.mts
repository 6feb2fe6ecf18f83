import { defineConfig } from "vitest/config";

const root = new URL("..", import.meta.url).pathname;

/** Older GitLab versions. Every run checks the contract on each; test:versions runs the end-to-end list. */
const older = ["14.8", "13.0", "12.9"];
const e2e = {
  root,
  expect: { poll: { timeout: 20_000 } },
  globalSetup: ["test/engine/setup.ts"],
  testTimeout: 300_000,
  hookTimeout: 300_000,
  sequence: { groupOrder: 1 },
};

export default defineConfig({
  root,
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          root,
          testTimeout: 30_000,
          expect: { poll: { timeout: 10_000 } },
          include: [
            "test/{gitlab,lifecycle,resources,lookups,helpers,config,cli,testing,repository,faults,bench,fleet}/**/*.test.ts",
          ],
          // These tests run git, npm, pip and skopeo, which is slow.
          exclude: ["test/testing/clients-*.test.ts"],
        },
      },
      ...["latest", ...older].map((profile) => ({
        test: {
          name: profile === "latest" ? "contract" : `contract-${profile}`,
          root,
          env: { GITLAB_PROFILE: process.env["GITLAB_PROFILE"] ?? profile },
          testTimeout: 30_000,
          include: ["test/contract/**/*.test.ts"],
        },
      })),
      {
        test: {
          ...e2e,
          name: "e2e",
          include: ["test/{process,e2e}/**/*.test.ts", "test/testing/clients-*.test.ts"],
        },
      },
      ...older.map((profile) => ({
        test: {
          ...e2e,
          name: `e2e-${profile}`,
          env: { GITLAB_PROFILE: profile },
          // The other tests do not depend on the version, or try all versions themselves.
          include: [
            "test/e2e/{adopt,cli,crash,lifecycle,lookups,migration,options,reference,refusals,rotation,secrets}.test.ts",
          ],
        },
      })),
      {
        test: {
          name: "soak",
          root,
          include: ["test/soak/**/*.test.ts"],
          globalSetup: ["test/engine/setup.ts"],
          hookTimeout: 300_000,
        },
      },
    ],
    reporters: ["default", "./test/closing-line.ts"],
    coverage: {
      provider: "v8",
      include: ["provider/**/*.ts"],
      thresholds: { branches: 95 },
      reporter: ["text"],
    },
  },
});
