import { type Output, runtime } from "@pulumi/pulumi";
import { beforeAll, expect, it } from "vitest";

const made = new Map<string, Record<string, unknown>>();
beforeAll(() =>
  runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      made.set(type, inputs);
      return { id: name, state: { ...inputs, token: "gldt-1" } };
    },
    call: ({ inputs }) => inputs,
  }),
);

const known = <T>(output: Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

it("logs in to the registry with the token, for every pod of the namespace", async () => {
  const { secretName, serviceAccountName } = await import("./index");
  await Promise.all([known(secretName), known(serviceAccountName)]);
  const auth = Buffer.from("cluster:gldt-1").toString("base64");
  const { type, stringData } = made.get("kubernetes:core/v1:Secret") ?? {};
  expect(type).toBe("kubernetes.io/dockerconfigjson");
  // A secret among the inputs is wrapped as the engine gets it.
  const text = (stringData as { value?: unknown }).value ?? stringData;
  const written = (text as Record<string, string>)[".dockerconfigjson"];
  expect(JSON.parse(String(written))).toEqual({
    auths: { "registry.gitlab.com": { username: "cluster", password: "gldt-1", auth } },
  });
  expect(made.get("kubernetes:core/v1:ServiceAccount")).toMatchObject({
    metadata: { name: "default", namespace: "default" },
    imagePullSecrets: [{ name: "gitlab-registry" }],
  });
});
