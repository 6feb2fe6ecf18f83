import type { AuditedToken, AuditReport, Finding } from "../../provider/cli/audit-report.js";

const day = 86_400_000;
export const at = "2026-11-24T12:00:00.000Z";

/** A report of a company's tokens, the same at each call. */
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
    notes: [
      "2 deploy tokens of the instance have no project or group that was found: it may be deleted, or out of the access token's sight",
    ],
  };
}
