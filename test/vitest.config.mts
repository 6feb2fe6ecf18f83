import { defineConfig } from "vitest/config";

const root = new URL("..", import.meta.url).pathname;

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
            "test/{gitlab,lifecycle,resources,lookups,config,cli,testing,house,faults,fleet}/**/*.test.ts",
          ],
        },
      },
      ...["latest", "14.8", "13.0", "12.9"].map((profile) => ({
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
          name: "e2e",
          root,
          expect: { poll: { timeout: 20_000 } },
          include: ["test/{process,e2e}/**/*.test.ts"],
          globalSetup: ["test/engine/setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
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
