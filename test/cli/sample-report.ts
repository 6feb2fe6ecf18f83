import type { AuditedToken, AuditReport, Finding } from "../../provider/cli/audit-report.js";
import type { AuditCall } from "../../provider/cli/next-steps.js";

const day = 86_400_000;
export const at = "2026-11-24T12:00:00.000Z";

/** The command that made it. */
export const sampleCall: AuditCall = {
  connection: [],
  targets: ["--group", "acme", "--recursive"],
  stacks: ["--stack", "production"],
  terraform: [],
  selectors: { "shop/production": "production" },
};

/** A report of a company's tokens, which is the same at each call. */
export function sampleReport(count = 60, more: readonly Partial<AuditedToken>[] = []): AuditReport {
  const owners = ["acme/app", "acme/tools", "acme/platform/images", "acme", "acme/platform"].map(
    (path, index) => ({
      kind: index < 3 ? ("project" as const) : ("group" as const),
      id: index + 1,
      path,
    }),
  );
  const names = ["cluster pull", "ci", "docs build", "mirror", "release"];
  const scopes = [
    ["read_registry"],
    ["read_repository"],
    ["read_package_registry", "write_package_registry"],
  ];
  const tokens = Array.from({ length: count }, (_, index): AuditedToken => {
    const id = index + 1;
    const owner = index % 23 === 22 ? undefined : owners[index % owners.length];
    const status = index % 19 === 18 ? "revoked" : index % 13 === 12 ? "expired" : "active";
    const days = status === "expired" ? -20 - index : 5 + ((index * 37) % 700);
    const expires = index % 7 === 6 && status === "active" ? undefined : Date.parse(at) + days * day;
    const isManaged = index % 4 !== 3;
    const scope = scopes[index % scopes.length] ?? [];
    const found: Finding[] =
      status !== "active"
        ? [isManaged ? `${status}-in-stack` : status]
        : [
            ...(expires === undefined
              ? (["never-expires"] as const)
              : days <= 30
                ? (["expiring"] as const)
                : []),
            ...(scope.some((each) => each.startsWith("write")) ? (["may-write"] as const) : []),
          ];
    return {
      deployTokenId: id,
      name: names[index % names.length] ?? "",
      username: index % 3 === 0 ? "cluster" : `gitlab+deploy-token-${id}`,
      scopes: scope,
      expiresAt: expires === undefined ? undefined : new Date(expires).toISOString(),
      status,
      owner,
      managedBy: isManaged
        ? [{ stack: "shop/production", urn: `urn:pulumi:production::shop::t::t${id}` }]
        : [],
      superseded: false,
      findings: isManaged ? found : [...found, "unknown"],
      ...more[index],
    };
  });
  return {
    at,
    baseUrl: "https://gitlab.acme.test",
    targets: ["group acme and all below it"],
    withinDays: 30,
    stacks: ["shop/production"],
    tokens,
    unsettled: [],
    complete: true,
    notes: [
      "2 deploy tokens of the instance belong to no project or group that was read: it may be deleted, or hidden from the access token's user",
    ],
  };
}

const app = { kind: "project", id: 1, path: "acme/app" } as const;

/** The report that docs/audit.md shows in each format. */
export function documentedReport(): AuditReport {
  const common = { username: "cluster", scopes: ["read_registry"], owner: app, superseded: false } as const;
  return {
    ...sampleReport(0),
    targets: ["project acme/app"],
    tokens: [
      {
        ...common,
        deployTokenId: 4,
        name: "cluster pull",
        expiresAt: "2026-12-01T00:00:00.000Z",
        status: "active",
        managedBy: [{ stack: "shop/production", urn: "urn:pulumi:production::shop::t::pull" }],
        findings: ["expiring"],
      },
      {
        ...common,
        deployTokenId: 7,
        name: "by hand",
        expiresAt: undefined,
        status: "active",
        managedBy: [],
        findings: ["never-expires", "unknown"],
      },
    ],
    notes: [],
  };
}
