import { type Output, runtime } from "@pulumi/pulumi";
import { beforeAll, expect, it } from "vitest";
import { ImagePipeline } from "./image-pipeline";

const made = new Map<string, runtime.MockResourceArgs>();

beforeAll(() =>
  runtime.setMocks({
    newResource: (args) => {
      made.set(args.name, args);
      return { id: `${args.name}-id`, state: { ...args.inputs, token: `value of ${args.name}` } };
    },
    call: ({ inputs }) => inputs,
  }),
);

const plain = <T>(output: Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

it("pushes with one token, pulls with another that cannot push", async () => {
  const app = new ImagePipeline("app", { project: "acme/app", expiresAt: "2030-12-31" });
  expect(await plain(app.pushToken)).toBe("value of app-push");
  expect(await plain(app.pullToken)).toBe("value of app-pull");
  expect(made.get("app-push")?.inputs).toMatchObject({ scopes: ["read_registry", "write_registry"] });
  expect(made.get("app-pull")?.inputs).toMatchObject({
    scopes: ["read_registry"],
    expiresAt: "2030-12-31T00:00:00.000Z",
  });
});
