import { createHash } from "node:crypto";
import { tarball, zip } from "./archives.js";
import type { Route, StandIn } from "./stand-in.js";

const json = "application/json";
const sha1 = (data: string) => createHash("sha1").update(data).digest("hex");
const basic = { ways: ["basic"] } as const;

const parent = `<project><modelVersion>4.0.0</modelVersion><groupId>acme</groupId>
<artifactId>parent</artifactId><version>1.0</version><packaging>pom</packaging></project>
`;
const maven = "/api/v4/groups/1/-/packages/maven/acme/parent/1\\.0/parent-1\\.0\\.pom";

/** https://docs.gitlab.com/api/packages/maven/ */
const mavenRoutes: readonly Route[] = [
  {
    path: new RegExp(`^${maven}(\\.sha1)?$`),
    ways: ["deploy-token", "basic"],
    answer: ([, sum]) => ({ body: sum === undefined ? parent : sha1(parent) }),
  },
];

const composer = "/api/v4/group/1/-/packages/composer";
const composerFile = () =>
  zip({ "composer.json": '{"name":"acme/hello","version":"1.0.0"}', "hello.php": "<?php // hello\n" });

/** https://docs.gitlab.com/api/packages/composer/ */
const composerRoutes: readonly Route[] = [
  {
    path: new RegExp(`^${composer}/packages\\.json$`),
    ...basic,
    answer: () => ({
      type: json,
      body: JSON.stringify({ packages: [], "metadata-url": `${composer}/p2/%package%.json` }),
    }),
  },
  {
    path: new RegExp(`^${composer}/p2/acme/hello(~dev)?\\.json$`),
    ...basic,
    answer: ([, dev], { url }) => {
      const version = {
        name: "acme/hello",
        version: "1.0.0",
        dist: {
          type: "zip",
          url: `${url}/api/v4/projects/1/packages/composer/archives/acme/hello.zip?sha=1`,
          reference: "1",
        },
      };
      return {
        type: json,
        body: JSON.stringify({ packages: { "acme/hello": dev === undefined ? [version] : [] } }),
      };
    },
  },
  {
    path: /^\/api\/v4\/projects\/1\/packages\/composer\/archives\/acme\/hello\.zip\?sha=1$/,
    ...basic,
    answer: () => ({ type: "application/zip", body: composerFile() }),
  },
];

const nuspec = `<?xml version="1.0"?><package><metadata><id>Acme.Hello</id><version>1.0.0</version>
<authors>acme</authors><description>hello</description></metadata></package>
`;
const nuget = (base: StandIn) => `${base.url}/api/v4/groups/1/-/packages/nuget`;
const nugetPath = "/api/v4/groups/1/-/packages/nuget";
const nugetEntry = (base: StandIn) => ({
  "@id": `${nuget(base)}/metadata/Acme.Hello/1.0.0.json`,
  packageContent: `${base.url}/api/v4/projects/1/packages/nuget/download/Acme.Hello/1.0.0/Acme.Hello.1.0.0.nupkg`,
  catalogEntry: {
    "@id": `${nuget(base)}/metadata/Acme.Hello/1.0.0.json`,
    id: "Acme.Hello",
    version: "1.0.0",
    authors: "acme",
    dependencyGroups: [],
    packageContent: `${base.url}/api/v4/projects/1/packages/nuget/download/Acme.Hello/1.0.0/Acme.Hello.1.0.0.nupkg`,
  },
});

/** https://docs.gitlab.com/api/packages/nuget/ */
const nugetRoutes: readonly Route[] = [
  {
    path: new RegExp(`^${nugetPath}/index\\.json$`),
    ...basic,
    answer: (_, base) => ({
      type: json,
      body: JSON.stringify({
        version: "3.0.0",
        resources: [
          { "@id": `${nuget(base)}/query`, "@type": "SearchQueryService" },
          { "@id": `${nuget(base)}/metadata`, "@type": "RegistrationsBaseUrl" },
          { "@id": `${nuget(base)}/metadata`, "@type": "RegistrationsBaseUrl/3.0.0-beta" },
          { "@id": `${nuget(base)}/metadata`, "@type": "RegistrationsBaseUrl/3.0.0-rc" },
          { "@id": `${nuget(base)}/query`, "@type": "SearchQueryService/3.0.0-beta" },
          { "@id": `${nuget(base)}/query`, "@type": "SearchQueryService/3.0.0-rc" },
          {
            "@id": `${base.url}/api/v4/projects/1/packages/nuget/download`,
            "@type": "PackageBaseAddress/3.0.0",
          },
        ],
      }),
    }),
  },
  {
    path: new RegExp(`^${nugetPath}/metadata/acme\\.hello/index\\.json$`, "i"),
    ...basic,
    answer: (_, base) => ({
      type: json,
      body: JSON.stringify({
        count: 1,
        items: [
          {
            "@id": `${nuget(base)}/metadata/Acme.Hello/1.0.0.json`,
            lower: "1.0.0",
            upper: "1.0.0",
            count: 1,
            items: [nugetEntry(base)],
          },
        ],
      }),
    }),
  },
  {
    path: /^\/api\/v4\/projects\/1\/packages\/nuget\/download\/acme\.hello\/(?:(index\.json)|1\.0\.0\/acme\.hello\.1\.0\.0\.nupkg)$/i,
    ...basic,
    answer: ([, index]) =>
      index === undefined
        ? { type: "application/octet-stream", body: zip({ "Acme.Hello.nuspec": nuspec }) }
        : { type: json, body: '{"versions":["1.0.0"]}' },
  },
];

const helm = "/api/v4/projects/1/packages/helm/stable";

/** https://docs.gitlab.com/api/packages/helm/ */
const helmRoutes: readonly Route[] = [
  {
    path: new RegExp(`^${helm}/index\\.yaml$`),
    ...basic,
    answer: () => ({
      body: `apiVersion: v1
entries:
  hello:
    - apiVersion: v2
      name: hello
      version: 1.0.0
      urls: [charts/hello-1.0.0.tgz]
`,
    }),
  },
  {
    path: new RegExp(`^${helm}/charts/hello-1\\.0\\.0\\.tgz$`),
    ...basic,
    answer: () => ({
      body: tarball({ "hello/Chart.yaml": "apiVersion: v2\nname: hello\nversion: 1.0.0\n" }),
    }),
  },
];

const terraform = "/api/v4/packages/terraform/modules/v1";

/** https://docs.gitlab.com/api/packages/terraform-modules/ */
const terraformRoutes: readonly Route[] = [
  {
    path: /^\/\.well-known\/terraform\.json$/,
    answer: () => ({ type: json, body: JSON.stringify({ "modules.v1": `${terraform}/` }) }),
  },
  {
    path: new RegExp(`^${terraform}/acme/hello/local/versions$`),
    ways: ["bearer"],
    answer: () => ({ type: json, body: '{"modules":[{"versions":[{"version":"1.0.0"}]}]}' }),
  },
  {
    path: new RegExp(`^${terraform}/acme/hello/local/1\\.0\\.0/download$`),
    ways: ["bearer"],
    answer: (_, { gitlab }) => {
      // GitLab puts its own JWT into the response.
      const token = gitlab.deployTokens().find(({ revoked }) => !revoked)?.token;
      const file = `${terraform}/acme/hello/local/1.0.0/file?token=${token}&archive=tgz`;
      return { body: "", status: 204, headers: { "x-terraform-get": file } };
    },
  },
  {
    path: new RegExp(`^${terraform}/acme/hello/local/1\\.0\\.0/file\\?.*$`),
    ways: ["parameter"],
    answer: () => ({
      type: "application/gzip",
      body: tarball({ "main.tf": 'output "greeting" {\n  value = "hello"\n}\n' }),
    }),
  },
];

const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: `sha256:${"0".repeat(64)}`,
    size: 2,
  },
  layers: [],
});

/** https://docs.gitlab.com/user/packages/dependency_proxy/ */
const dependencyProxyRoutes: readonly Route[] = [
  {
    path: /^\/v2\/?$/,
    answer: (_, { url }) => ({
      body: "",
      status: 401,
      headers: { "www-authenticate": `Bearer realm="${url}/jwt/auth",service="dependency_proxy"` },
    }),
  },
  {
    path: /^\/jwt\/auth\?.*service=dependency_proxy/,
    ways: ["basic"],
    scopes: ["write_registry"],
    answer: (_, { gitlab }) => {
      const token = gitlab.deployTokens().find(({ revoked }) => !revoked)?.token;
      return { type: json, body: JSON.stringify({ token }) };
    },
  },
  {
    path: /^\/v2\/acme\/dependency_proxy\/containers\/alpine\/manifests\/latest$/,
    ways: ["bearer"],
    scopes: ["write_registry"],
    answer: () => ({ type: "application/vnd.oci.image.manifest.v1+json", body: manifest }),
  },
];

/** https://docs.gitlab.com/api/packages/pypi/#upload-a-package and https://docs.gitlab.com/api/packages/ */
const otherRoutes: readonly Route[] = [
  {
    // Go omits ".git".
    path: /^\/acme\/app(\/info\/refs\?.*)$/,
    answer: ([, rest]) => ({ body: "", status: 301, headers: { location: `/acme/app.git${rest}` } }),
  },
  {
    method: "POST",
    path: /^\/api\/v4\/projects\/1\/packages\/pypi$/,
    ...basic,
    scopes: ["write_package_registry"],
    answer: () => ({ type: json, body: '{"message":"201 Created"}', status: 201 }),
  },
  {
    path: /^\/api\/v4\/projects\/1\/packages\/generic\/hello\/1\.0\.0\/hello\.txt$/,
    ways: ["basic", "deploy-token"],
    answer: () => ({ body: "hello from a generic package\n" }),
  },
];

export const routes: readonly Route[] = [
  ...mavenRoutes,
  ...composerRoutes,
  ...nugetRoutes,
  ...helmRoutes,
  ...terraformRoutes,
  ...dependencyProxyRoutes,
  ...otherRoutes,
];
